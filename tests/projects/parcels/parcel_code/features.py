"""Features of a parcel: what is written on it, and how late its depot has been of late."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def features(rows: DataFrame, *, deliveries: DataFrame) -> DataFrame:
    """One row per parcel: weight, boxes, depot, and the share of late parcels that was known by then."""
    recent = deliveries.groupBy("ship_date").agg(F.avg(F.expr("CAST(days_late > 0 AS DOUBLE)")).alias("late_share"))
    return rows.join(recent, on="ship_date", how="left").select(
        "ship_date", "parcel", F.col("depot").alias("depot_name"), "weight", F.col("boxes").cast("double"), "late_share"
    )


def leaking(rows: DataFrame, *, deliveries: DataFrame) -> DataFrame:
    """The same, with the mean weight of all parcels of the interval: later days change it."""
    from pyspark.sql import Window

    everything = Window.partitionBy()
    return features(rows, deliveries=deliveries).withColumn("mean_weight", F.avg("weight").over(everything))


def constant(rows: DataFrame, *, deliveries: DataFrame) -> DataFrame:
    """The same, with a feature that never changes."""
    return features(rows, deliveries=deliveries).withColumn("tariff", F.lit(4.5))


def doubling(rows: DataFrame, *, deliveries: DataFrame) -> DataFrame:
    """The same, with some parcels twice, as a join that forgot a part of its key gives them."""
    made = features(rows, deliveries=deliveries)
    again = made.where("parcel % 40 = 0")
    return made.unionByName(again)


def numbered(rows: DataFrame, *, deliveries: DataFrame) -> DataFrame:
    """The same, with how many parcels of the depot stand before this one in the batch: earlier days change it."""
    from pyspark.sql import Window

    depot = Window.partitionBy("depot_name").orderBy("ship_date", "parcel")
    return features(rows, deliveries=deliveries).withColumn("number", F.row_number().over(depot))
