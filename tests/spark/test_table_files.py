"""Tables that Spark wrote and delta-rs maintains: Spark reads them as before, whatever lies in the log."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.spark.tables.delta_tables import publish, read_table
from assay.store.delta.table_files import DeltaFiles

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAY = date(2024, 1, 1)


def forget(spark: SparkSession) -> None:
    """Let Spark read the logs anew, as another process would."""
    jvm: Any = spark._jvm
    jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


def test_spark_reads_a_table_whose_checkpoint_delta_rs_wrote_over_its_own(spark: SparkSession, tmp_path: Path) -> None:
    table = tmp_path / "parcels"
    frame = spark.range(40).selectExpr(
        "DATE'2024-01-01' AS day", "id", "id / 3 AS share", "CAST(id AS DECIMAL(12, 2)) AS price",
        "TIMESTAMP'2024-01-01 10:00:00' + make_interval(0, 0, 0, 0, 0, 0, id) AS seen",
        "if(id % 2 = 0, NULL, concat('p', id)) AS name", "id % 3 = 0 AS late", "array(id) AS many",
    )  # fmt: skip
    for _ in range(11):
        publish(frame, table, "day", [DAY], {"run_id": "r"})
    place = f"file://{table}"
    writer = frame.repartition(6).write.format("delta").mode("overwrite").option("dataChange", "false")
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    writer.option("replaceWhere", "day = DATE'2024-01-01'").save(place)
    spark.conf.unset("spark.sql.adaptive.enabled")
    assert (table / "_delta_log" / "._last_checkpoint.crc").exists(), "Spark has written a checkpoint"
    spark.sql(f"ALTER TABLE delta.`{place}` SET TBLPROPERTIES ('delta.checkpointInterval' = '1')")
    files = DeltaFiles(table)
    before, schema = sorted(map(str, read_table(spark, table).collect())), read_table(spark, table).schema
    files.compact("day", [str(DAY)], {"run_id": ""})
    assert len(files.paths()) == 1
    forget(spark)
    assert sorted(map(str, read_table(spark, table).collect())) == before
    assert read_table(spark, table).schema == schema
    assert sorted(map(str, read_table(spark, table, version=0).collect())) == before
    publish(frame.limit(5), table, "day", [DAY], {"run_id": "later"})
    assert read_table(spark, table).count() == 5


def test_a_new_table_is_told_at_once_to_keep_its_log(spark: SparkSession, tmp_path: Path) -> None:
    table = tmp_path / "parcels"
    publish(spark.range(3).selectExpr("DATE'2024-01-01' AS day", "id"), table, "day", [DAY], {"run_id": "r"})
    assert DeltaFiles(table).keeps_log()
