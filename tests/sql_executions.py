"""The SQL executions of a Spark session: what a day's stages cost however fast the machine is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAY_STAGES = ["land", "clean", "validate", "score", "monitor"]


def sql_executions(spark: SparkSession) -> list[str]:
    """Return every SQL execution of the session so far, as Spark describes it."""
    java: Any = spark._jsparkSession
    listed = java.sharedState().statusStore().executionsList()
    return [str(listed.apply(n).description()) for n in range(listed.size())]
