"""The contract with PySpark: what the adapter takes from its private attributes is what Spark has there."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.errors import ParseException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from assay.spark.jvm_objects import (
    empty_double_array,
    estimated_bytes,
    gateway_address,
    hadoop_configuration,
    jvm_of,
    jvm_process,
    parse_expression,
    query_execution,
    scala_context,
    start_jvm,
)


def test_one_jvm_is_behind_the_session_its_context_and_the_gateway(spark: SparkSession) -> None:
    pids = {int(jvm.java.lang.ProcessHandle.current().pid()) for jvm in (jvm_of(spark), start_jvm(), jvm_process().jvm)}
    assert len(pids) == 1
    assert scala_context(spark.sparkContext).applicationId() == spark.sparkContext.applicationId
    assert len(empty_double_array(spark.sparkContext)) == 0


def test_the_files_of_a_folder_are_listed_with_the_configuration_of_the_context(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("abc")
    path = jvm_of(spark).org.apache.hadoop.fs.Path(f"file://{tmp_path}")
    listed = path.getFileSystem(hadoop_configuration(spark.sparkContext)).listFiles(path, True)
    status = listed.next()
    assert (status.getPath().getName(), status.getLen(), listed.hasNext()) == ("a", 3, False)


def test_the_gateway_has_a_port_and_a_secret_with_which_another_process_may_use_it(spark: SparkSession) -> None:
    port, secret = gateway_address(spark.sparkContext)
    assert 1024 <= port < 65536
    assert len(secret) >= 32


def test_a_frame_has_its_plans(spark: SparkSession) -> None:
    assert "Range" in query_execution(spark.range(3)).analyzed().toString()


def test_the_estimate_of_a_persisted_frame_is_its_size_in_memory(spark: SparkSession) -> None:
    sizes = []
    for rows in (1_000, 10_000):
        kept = spark.range(rows).select(F.xxhash64("id").alias("random")).persist()
        try:
            assert kept.count() == rows
            sizes.append(estimated_bytes(kept))
        finally:
            kept.unpersist()
    assert 8 * 1_000 <= sizes[0] < sizes[1] <= 2 * 8 * 10_000


def test_an_expression_is_parsed_without_a_table_and_what_is_none_is_refused(spark: SparkSession) -> None:
    call = parse_expression(spark, "sum(DISTINCT fee)")
    assert call.getClass().getSimpleName() == "UnresolvedFunction"
    assert (call.nameParts().last(), call.isDistinct()) == ("sum", True)
    with pytest.raises(ParseException):
        parse_expression(spark, "sum(")
