"""Small reads and writes past Delta's own machinery: what they share with Delta's, and what is left to Delta."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay.core.interval import Interval
from assay.core.table_snapshot import Snapshot
from assay.errors import InfrastructureError, InputError
from assay.spark.session.errors import translate_spark_errors
from assay.spark.tables import small_tables
from assay.spark.tables.delta_tables import guard, publish, read_table, table_version
from assay.spark.tables.small_tables import collect_few, read_few, schema_of
from assay.store.delta.replace_days import CHECKPOINT_EVERY, replace_days
from assay.store.delta.snapshot import read_snapshot
from assay.store.delta.table_files import DeltaFiles
from assay.store.filesystem.storage_path import uri

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

MONDAY, TUESDAY = date(2013, 1, 7), date(2013, 1, 8)
BOTH = Interval(MONDAY, date(2013, 1, 9))

EVERY_TYPE = """
    SELECT DATE'2013-01-07' AS day, 1 AS whole, 9007199254740993L AS long, 1.5D AS double, 1.25F AS float,
           'é' AS text, true AS yes, DATE'2013-01-05' AS other, TIMESTAMP'2013-01-05T23:59:59.999999Z' AS instant,
           1.10BD AS decimal, CAST(3 AS SMALLINT) AS short
    UNION ALL SELECT DATE'2013-01-07', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    UNION ALL SELECT DATE'2013-01-07', -1, 0L, DOUBLE('NaN'), FLOAT('-Infinity'), '', false, DATE'1001-01-01',
                     TIMESTAMP'1001-01-01T00:00:00Z', -1.10BD, CAST(-3 AS SMALLINT)
"""


@pytest.fixture
def table(spark: SparkSession, tmp_path: Path) -> Path:
    """Monday, as Delta writes it, in a folder whose name means something to a glob."""
    place = tmp_path / "the lake" / "flights {x}"
    publish(spark.sql(EVERY_TYPE), place, "day", [MONDAY], {"run_id": "first"})
    return place


def snapshot_of(table: Path) -> Snapshot:
    snapshot = read_snapshot(table)
    assert snapshot is not None
    return snapshot


def few(spark: SparkSession, table: Path, interval: Interval = BOTH) -> DataFrame:
    frame = read_few(spark, uri(table), snapshot_of(table), interval)
    assert frame is not None
    return frame


def replace(frame: DataFrame, table: Path, *days: date) -> int:
    rows = collect_few(guard(frame, table, "day", days, schema_of(snapshot_of(table))))
    assert rows is not None
    return replace_days(table, snapshot_of(table), rows, days, {"run_id": "second"})


def shown(frame: DataFrame) -> list[str]:
    return sorted(str(row) for row in frame.collect())


def test_rows_of_every_type_come_back_the_same_whoever_writes_and_reads_them(spark: SparkSession, table: Path) -> None:
    before = shown(spark.sql(EVERY_TYPE))
    assert shown(few(spark, table)) == before == shown(read_table(spark, table))
    assert replace(spark.sql(EVERY_TYPE), table, MONDAY) == 1 == table_version(spark, table)
    assert shown(few(spark, table)) == before == shown(read_table(spark, table))
    assert few(spark, table).schema == read_table(spark, table).schema
    assert shown(read_table(spark, table, version=0)) == before, "the version before stays readable"
    ancient = few(spark, table).where("yes = false").collect()[0]
    assert (ancient.other, ancient.decimal) == (date(1001, 1, 1), Decimal("-1.10"))
    recent = few(spark, table).where("yes").selectExpr("unix_micros(instant)").collect()[0][0]
    assert recent == 1_357_430_399_999_999
    assert datetime.fromtimestamp(recent // 1_000_000, UTC).date() == date(2013, 1, 5)


def test_an_interval_reads_its_own_files_and_without_one_there_are_no_rows(spark: SparkSession, table: Path) -> None:
    replace(spark.sql(EVERY_TYPE).selectExpr("DATE'2013-01-08' AS day", "* EXCEPT (day)"), table, TUESDAY)
    assert {row.day for row in few(spark, table).collect()} == {MONDAY, TUESDAY}
    assert {row.day for row in few(spark, table, Interval.of(TUESDAY)).collect()} == {TUESDAY}
    nothing = few(spark, table, Interval.of(date(2013, 1, 9)))
    assert nothing.collect() == []
    assert nothing.schema == few(spark, table).schema


def test_delta_reads_what_a_checkpoint_of_ours_sums_up_and_writes_on(spark: SparkSession, table: Path) -> None:
    for _ in range(CHECKPOINT_EVERY):
        replace(spark.sql(EVERY_TYPE), table, MONDAY)
    assert DeltaFiles(table).checkpoints() == {CHECKPOINT_EVERY}
    assert shown(read_table(spark, table)) == shown(spark.sql(EVERY_TYPE))
    assert publish(spark.sql(EVERY_TYPE), table, "day", [MONDAY], {}) == CHECKPOINT_EVERY + 1
    assert snapshot_of(table).version == CHECKPOINT_EVERY + 1


def test_a_row_outside_the_dates_and_a_changed_column_are_refused_and_nothing_is_written(
    spark: SparkSession, table: Path
) -> None:
    with pytest.raises(InputError) as outside, translate_spark_errors():
        replace(spark.sql(EVERY_TYPE), table, TUESDAY)
    with pytest.raises(InputError) as changed:
        replace(spark.sql(EVERY_TYPE).drop("text"), table, MONDAY)
    assert (outside.value.code, changed.value.code) == ("outside-dates", "schema-changed")
    assert snapshot_of(table).version == 0


def test_large_frames_and_nested_columns_are_left_to_spark(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert collect_few(spark.sql("SELECT array(1) AS list")) is None
    assert collect_few(spark.createDataFrame([(1,)], "a long")) is None, "its size is not known"
    assert collect_few(spark.range(3)) is not None
    monkeypatch.setattr(small_tables, "MAX_BYTES", 8)
    assert collect_few(spark.range(3)) is None


def test_many_files_are_left_to_delta(spark: SparkSession, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_tables, "MAX_FILES", 0)
    assert read_few(spark, uri(table), snapshot_of(table), BOTH) is None


def test_a_byte_that_changed_on_the_disk_is_found(spark: SparkSession, table: Path) -> None:
    replace(spark.sql(EVERY_TYPE), table, MONDAY)
    [file] = snapshot_of(table).files
    data = bytearray((table / file.path).read_bytes())
    data[len(data) // 3] ^= 1
    (table / file.path).write_bytes(data)
    with pytest.raises(InfrastructureError), translate_spark_errors():
        few(spark, table).collect()


def test_a_file_that_is_gone_is_left_to_delta_which_names_it(spark: SparkSession, table: Path) -> None:
    for file in snapshot_of(table).files:
        (table / file.path).unlink()
    assert read_few(spark, uri(table), snapshot_of(table), BOTH) is None
