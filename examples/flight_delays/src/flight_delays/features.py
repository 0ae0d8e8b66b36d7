"""Features of a flight at midnight before it leaves: its plan, its recent history, the evening's weather.

Each input row comes once for every date that may see it: `flight_date` has that date, `observed_date` the row's own. So
`flight_date` is part of every key here, and nothing in this file cuts time itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

KEY = ("flight_date", "carrier", "flight", "origin")
LATE = 15
"""Minutes; a flight that arrives more than that after its time is late."""
WORST = 180
"""Minutes beyond which a delay counts as this much: one flight a day late is no sign for the others."""
PRIOR = 5
"""A flight's own share of late arrivals weighs as if its airline's share had been seen on so many flights before."""
EVENING = 6
"""Hours before midnight that are the evening."""
NEWEST = 2
"""Days back that are the newest; of the day before almost nothing has landed."""


def features(rows: DataFrame, *, outcomes: DataFrame, weather: DataFrame) -> DataFrame:
    """Return one row per row of `rows`: its key and the features, null where the past holds nothing.

    The month is left out on purpose: a window of 60 days sees at most three, and never the one that comes. The key's
    own names are no features either: `airport` and `airline` are their copies.
    """
    past = _judged(outcomes)
    return (
        _plan(rows)
        .join(_airports(past), on=["flight_date", "origin"], how="left")
        .join(_history(past, "airline", ["carrier", "origin"]), on=["flight_date", "carrier", "origin"], how="left")
        .join(_flights(past), on=list(KEY), how="left")
        .join(_evening(weather), on=["flight_date", "origin"], how="left")
        .withColumn("flight_late_share", _shrunk())
        .drop("_flight_late")
    )


def _plan(rows: DataFrame) -> DataFrame:
    departure, arrival = _minutes("sched_dep_time"), _minutes("sched_arr_time")
    hour = F.floor(F.col("sched_dep_time") / 100)
    same_hour = Window.partitionBy("flight_date", "origin", hour)
    return rows.select(
        *KEY,
        F.col("origin").alias("airport"),
        F.col("carrier").alias("airline"),
        (departure / 60).alias("sched_hour"),
        F.date_format("flight_date", "E").alias("day_of_week"),
        F.col("distance").cast("double").alias("distance"),
        # clocks of two time zones: wrong by whole hours, the same ones for a route
        F.pmod(arrival - departure, F.lit(1440)).cast("double").alias("sched_block"),
        F.count("*").over(same_hour).cast("double").alias("departures_in_hour"),
    )


def _minutes(clock: str) -> Column:
    """Minutes since midnight of a clock time written as HHMM."""
    return F.floor(F.col(clock) / 100) * 60 + F.col(clock) % 100


def _judged(outcomes: DataFrame) -> DataFrame:
    """The outcomes with `late` (null: cancelled or diverted), `lost` and a delay that no single flight dominates."""
    return outcomes.select(
        *KEY,
        "observed_date",
        (F.col("arr_delay") > LATE).cast("int").alias("late"),
        F.col("arr_delay").isNull().cast("int").alias("lost"),
        # not least(): it skips nulls, and would make a cancelled flight as late as can be
        F.when(F.col("arr_delay") > WORST, WORST).otherwise(F.col("arr_delay")).alias("delay"),
    )


def _history(past: DataFrame, name: str, by: Sequence[str]) -> DataFrame:
    return past.groupBy("flight_date", *by).agg(
        F.avg("late").alias(f"{name}_late_share"), F.avg("delay").alias(f"{name}_mean_delay")
    )


def _airports(past: DataFrame) -> DataFrame:
    newest = F.col("observed_date") >= F.date_sub("flight_date", NEWEST)
    return past.groupBy("flight_date", "origin").agg(
        F.avg("late").alias("airport_late_share"),
        F.avg("delay").alias("airport_mean_delay"),
        F.avg("lost").alias("airport_lost_share"),
        F.avg(F.when(newest, F.col("late"))).alias("airport_newest_late_share"),
    )


def _flights(past: DataFrame) -> DataFrame:
    return past.groupBy(*KEY).agg(
        F.sum("late").alias("_flight_late"),
        F.count("late").cast("double").alias("flight_seen"),
        F.avg("delay").alias("flight_mean_delay"),
    )


def _shrunk() -> Column:
    """The flight's late share, drawn towards its airline's where few of its flights were seen."""
    seen, late = (F.coalesce(F.col(name), F.lit(0.0)) for name in ("flight_seen", "_flight_late"))
    return (late + PRIOR * F.col("airline_late_share")) / (seen + PRIOR)


def _evening(weather: DataFrame) -> DataFrame:
    """The last weather before midnight at each airport."""
    latest = Window.partitionBy("flight_date", "origin")
    hours = weather.withColumn("_last", F.max("time_hour").over(latest))
    evening = F.col("time_hour") > F.col("_last") - F.make_dt_interval(hours=F.lit(EVENING))

    def last(name: str) -> Column:
        return F.max_by(name, F.when(F.col(name).isNotNull(), F.col("time_hour")))

    pressures = F.max_by("pressure", "_known"), F.min_by("pressure", "_known")
    return (
        hours.withColumn("_known", F.when(F.col("pressure").isNotNull(), F.col("time_hour")))
        .groupBy("flight_date", "origin")
        .agg(
            last("temp").alias("evening_temp"),
            last("humid").alias("evening_humid"),
            # rounded: a sum of floats depends on the order in which its rows come, and a model must not
            F.round(F.avg(F.when(evening, F.col("wind_speed"))), 4).alias("evening_wind"),
            F.round(F.sum(F.when(evening, F.col("precip"))), 4).alias("evening_rain"),
            F.min(F.when(evening, F.col("visib"))).alias("evening_visib"),
            pressures[0].alias("evening_pressure"),
            (pressures[0] - pressures[1]).alias("pressure_change"),
        )
    )
