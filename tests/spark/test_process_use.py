"""The JVM of a local session is one of the processes that a run is measured by."""

from __future__ import annotations

import os
import sys
import time

import pytest
from pyspark.sql import SparkSession

from assay.stages.runtime.process_use import process_use


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_the_time_of_a_job_in_the_jvm_counts(spark: SparkSession) -> None:
    before, own = process_use(os.getpid()), time.process_time()
    spark.range(30_000_000).selectExpr("sum(hash(id, 'parcel'))").collect()
    after, own = process_use(os.getpid()), time.process_time() - own
    assert before.cpu_seconds is not None
    assert after.cpu_seconds is not None
    assert after.peak_memory is not None
    assert after.cpu_seconds - before.cpu_seconds > own + 0.2
    assert after.peak_memory > 200_000_000, "a JVM with Spark has more than that"
