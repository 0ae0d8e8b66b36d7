"""Features of each hour of a day, known at the midnight that begins it: the hour itself, and the week observed before.

Each observation comes once for every date that may see it: `day` has that date, `observed_date` its own. So `day` is
part of every key here, and nothing in this file cuts time itself.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

ZONE = "America/New_York"
KEY = ("day", "origin", "time_hour")


def features(rows: DataFrame, *, observations: DataFrame) -> DataFrame:
    """Return one row per row of `rows`: its key and the features, null where nothing was observed."""
    past = observations.withColumn("hour", _hour())
    hours = rows.select(*KEY, F.col("origin").alias("airport"), _hour().alias("hour"))
    return (
        hours.join(_same_hour(past), on=["day", "origin", "hour"], how="left")
        .join(_newest(past), on=["day", "origin"], how="left")
        .withColumn("hour", F.col("hour").cast("double"))
    )


def _hour() -> Column:
    """The local hour of the day, 0 to 23."""
    return F.hour(F.from_utc_timestamp("time_hour", ZONE))


def _same_hour(past: DataFrame) -> DataFrame:
    """The same hour of the day yesterday, and on average over the week."""
    yesterday = F.col("observed_date") == F.date_sub("day", 1)
    return past.groupBy("day", "origin", "hour").agg(
        F.max(F.when(yesterday, F.col("temp"))).alias("same_hour_temp"),
        # rounded: a sum of floats depends on the order in which its rows come, and a model must not
        F.round(F.avg("temp"), 4).alias("week_temp"),
    )


def _newest(past: DataFrame) -> DataFrame:
    """The last hour before midnight at each airport, what has changed in a day, and yesterday's extremes."""
    yesterday = F.col("observed_date") == F.date_sub("day", 1)
    before = F.col("observed_date") == F.date_sub("day", 2)

    def last(name: str, when: Column) -> Column:
        return F.max_by(name, F.when(when & F.col(name).isNotNull(), F.col("time_hour")))

    return past.groupBy("day", "origin").agg(
        last("temp", yesterday).alias("newest_temp"),
        (last("temp", yesterday) - last("temp", before)).alias("warming"),
        last("dewp", yesterday).alias("newest_dewp"),
        last("humid", yesterday).alias("newest_humid"),
        last("wind_speed", yesterday).alias("newest_wind"),
        last("pressure", yesterday).alias("newest_pressure"),
        (last("pressure", yesterday) - last("pressure", before)).alias("pressure_change"),
        F.max(F.when(yesterday, F.col("temp"))).alias("yesterday_high"),
        F.min(F.when(yesterday, F.col("temp"))).alias("yesterday_low"),
    )
