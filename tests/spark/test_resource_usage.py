"""What came to the driver is counted once, stage by stage."""

from __future__ import annotations

from pyspark.sql import SparkSession

from assay.spark.cluster.resource_usage import session_use


def test_results_are_counted_in_the_stages_that_brought_them(spark: SparkSession) -> None:
    before = session_use(spark)
    rows = spark.range(20_000, numPartitions=2).collect()
    after = session_use(spark, before.newest)
    assert len(rows) == 20_000
    assert after.newest > before.newest
    assert 20_000 < after.collected < 20_000 * 100
    nothing_new = session_use(spark, after.newest)
    assert nothing_new.collected == 0
    assert nothing_new.newest == after.newest
