"""An edit of the small project's features, with a function that runs on the workers."""

from __future__ import annotations

EDITED = """
from pyspark.sql import types as T


@F.udf(T.DoubleType())
def heavier(weight: float) -> float:
    return 1000.0 - weight


unedited = features


def features(rows: DataFrame, *, deliveries: DataFrame) -> DataFrame:
    return unedited(rows, deliveries=deliveries).withColumn("weight", heavier("weight"))
"""
