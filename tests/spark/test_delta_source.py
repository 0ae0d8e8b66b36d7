"""A Delta table that other jobs fill goes through land and clean on a real Spark: each row is accounted for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from assay.core.interval import Interval
from assay.errors import InputError
from assay.spark.cleaning.clean import clean_landed
from assay.spark.cleaning.row_accounting import measure_cleaned
from assay.spark.sources.table_rows import RowReader, dates_by_sql, delta_frame, digests_by_sql
from assay.spark.tables.delta_tables import read_table
from assay.spec.schema.pipeline import TableSpec
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land, take_manifests
from assay.stages.runtime.context import Context
from assay.store.delta.source_table import SourceTable

from ..expect_errors import raises_code
from ..filled_tables import FIRST, PARCELS, SECOND, THIRD, FilledTable, filled_table, parcels
from .landed_csv import schema

TWO, DAYS = Interval(FIRST, THIRD), Interval(FIRST, date(2024, 1, 4))


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FilledTable:
    """Two days of parcels, of 3 and 4 rows."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(PARCELS))
    made = filled_table(tmp_path / "copy", tmp_path)
    made.rewrite("pipelines/parcels.yaml", "    suite: parcels\n", "")
    made.fill(FIRST, 3)
    made.fill(SECOND, 4)
    return made


def context(filled: FilledTable, spark: SparkSession) -> Context:
    """A new run, in the session of the tests."""
    ctx = filled.context()
    ctx.open_spark = lambda _: spark
    return ctx


def run(filled: FilledTable, spark: SparkSession, interval: Interval = TWO) -> dict[str, int]:
    """Land and clean; the account of what was cleaned."""
    land(context(filled, spark), "parcels", interval)
    return {
        name: number for name, number in clean(context(filled, spark), "parcels", interval).numbers.items() if number
    }


def published(filled: FilledTable, spark: SparkSession) -> dict[date, int]:
    frame = read_table(spark, filled.home / "lake" / "clean" / "parcels")
    return dict(sorted((day, rows) for day, rows in frame.groupBy("ship_date").count().collect()))


def test_each_row_is_out_quarantined_or_dropped_and_only_changed_days_are_cleaned_again(
    filled: FilledTable, spark: SparkSession
) -> None:
    filled.write(parcels(SECOND, 2, weight=0.0, first=10))
    filled.write(parcels(SECOND, 1, weight=9_999.0, first=20))
    account = run(filled, spark)
    assert account == {"in": 10, "out": 7, "quarantined": 1, "dropped": 2}
    assert published(filled, spark) == {FIRST: 3, SECOND: 4}
    refused = read_table(spark, filled.home / "lake" / "quarantine" / "parcels").collect()
    assert [(row.reason, '"weight":9999.0' in row.raw, "version 3" in row.file) for row in refused] == [
        ("absurd", True, True)
    ]
    filled.fill(THIRD, 5)
    assert run(filled, spark, DAYS) == {"in": 5, "out": 5}
    filled.write(parcels(FIRST, 2, 7.5), mode="overwrite", predicate="ship_date = '2024-01-01'")
    assert run(filled, spark, DAYS) == {"in": 2, "out": 2}
    assert published(filled, spark) == {FIRST: 2, SECOND: 4, THIRD: 5}
    assert run(filled, spark, DAYS) == {}


def test_rows_that_arrive_between_landing_and_cleaning_wait_for_the_next_landing(
    filled: FilledTable, spark: SparkSession
) -> None:
    land(context(filled, spark), "parcels", TWO)
    filled.write(parcels(SECOND, 2, first=10))
    assert clean(context(filled, spark), "parcels", TWO).numbers["in"] == 7
    assert published(filled, spark) == {FIRST: 3, SECOND: 4}
    assert run(filled, spark) == {"in": 6, "out": 6}
    assert published(filled, spark) == {FIRST: 3, SECOND: 6}


def test_a_version_that_delta_vacuumed_is_refused_and_landing_again_mends_it(
    filled: FilledTable, spark: SparkSession
) -> None:
    land(context(filled, spark), "parcels", TWO)
    filled.write(parcels(FIRST, 2, 7.5), mode="overwrite", predicate="ship_date = '2024-01-01'")
    check = "spark.databricks.delta.retentionDurationCheck.enabled"
    spark.conf.set(check, "false")
    spark.sql(f"VACUUM delta.`file://{filled.table}` RETAIN 0 HOURS")
    spark.conf.unset(check)
    with raises_code(InputError, "version-gone", "version 1", "assay land parcels"):
        clean(context(filled, spark), "parcels", TWO)
    assert run(filled, spark) == {"in": 6, "out": 6}


def test_a_column_that_the_source_added_or_retyped_is_refused(filled: FilledTable, spark: SparkSession) -> None:
    spark.sql(f"ALTER TABLE delta.`file://{filled.table}` ADD COLUMNS (colour STRING)")
    with raises_code(InputError, "changed-schema", "'colour'"):
        land(context(filled, spark), "parcels", TWO)


def test_deleted_rows_of_deletion_vectors_do_not_count_and_make_their_day_due(
    filled: FilledTable, spark: SparkSession
) -> None:
    place = f"delta.`file://{filled.table}`"
    spark.sql(f"ALTER TABLE {place} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
    assert run(filled, spark) == {"in": 7, "out": 7}
    spark.sql(f"DELETE FROM {place} WHERE ship_date = '2024-01-02' AND parcel = 1")
    manifests = take_manifests(context(filled, spark), "parcels", TWO)
    assert {day: one.lines for day, one in manifests.items()} == {FIRST: 3, SECOND: 3}
    assert run(filled, spark) == {"in": 3, "out": 3}
    assert published(filled, spark) == {FIRST: 3, SECOND: 3}


def test_a_table_without_partitions_is_cleaned_by_the_digest_of_its_rows(
    tmp_path: Path, filled: FilledTable, spark: SparkSession
) -> None:
    plain = FilledTable(filled.project, tmp_path / "plain")
    for day in (FIRST, SECOND):
        plain.fill(day, 3, partition_by=None)
    filled.rewrite("pipelines/parcels.yaml", "filled/parcels", "plain/filled/parcels")
    assert run(filled, spark) == {"in": 6, "out": 6}
    spark.sql(f"OPTIMIZE delta.`file://{plain.table}`")
    assert run(filled, spark) == {}
    filled.rewrite("pipelines/parcels.yaml", "date: ship_date", 'date: "date_add(ship_date, 0)"')
    assert run(filled, spark) == {"in": 6, "out": 6}
    plain.write(parcels(SECOND, 1, first=10), partition_by=None)
    assert run(filled, spark) == {"in": 4, "out": 4}


CONTACTS = schema("seen_at timestamp", "price double", "code string")


def contacts(spark: SparkSession, folder: Path) -> Path:
    """Local times of Berlin, of which one was skipped and one shown twice, with decimal prices."""
    times = ["2024-03-30 12:00:00", "2024-03-31 02:30:00", "2024-10-27 02:30:00"]
    rows = [(datetime.fromisoformat(at), f"{n}.10") for n, at in enumerate(times)]
    frame = spark.createDataFrame(rows, "seen_at timestamp_ntz, price string")
    made = frame.select("seen_at", F.col("price").cast("decimal(9,2)").alias("price"), F.lit("x").alias("code"))
    made.write.format("delta").save(str(folder))
    return folder


def test_local_times_are_read_in_the_zone_and_those_of_no_one_instant_are_quarantined(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = contacts(spark, tmp_path / "contacts")
    sql, names = "to_date(seen_at)", ["seen_at", "price", "code"]
    frame = delta_frame(spark, f"file://{place}", 0)
    days = dates_by_sql(frame, sql)
    assert days == [date(2024, 3, 30), date(2024, 3, 31), date(2024, 10, 27)]
    content = digests_by_sql(frame, sql, names, Interval(date(2024, 1, 1), date(2025, 1, 1)))
    assert {day: one.rows for day, one in content.items()} == dict.fromkeys(days, 1)
    assert len({one.digest for one in content.values()}) == 3
    reader = RowReader(CONTACTS, "day", "Europe/Berlin")
    landed = reader.read(frame, {name: name for name in names}, sql, None, days, "contacts")
    spec: dict[str, Any] = {"from": {"path": "c", "format": "csv", "schema": "c"}, "key": ["seen_at"]}
    cleaned = clean_landed(landed, days, TableSpec(**spec), CONTACTS, "day")
    counts = measure_cleaned(cleaned, [], [], days)[1]
    quarantined = {day: one["quarantined"] for day, one in counts.items() if one["quarantined"]}
    assert quarantined == {day: {"clock_change:seen_at": 1} for day in days[1:]}
    noon = datetime(2024, 3, 30, 11, tzinfo=UTC)
    assert [(row.seen_at.timestamp(), row.price) for row in cleaned.good.collect()] == [(noon.timestamp(), 0.1)]
    cleaned.forget()


def test_sql_that_gives_no_date_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    frame = delta_frame(spark, f"file://{contacts(spark, tmp_path / 'contacts')}", 0)
    with raises_code(InputError, "no-date-column", "to_date"):
        dates_by_sql(frame, "seen_at")


def test_delta_and_delta_rs_see_the_same_rows_of_a_date(filled: FilledTable, spark: SparkSession) -> None:
    table = SourceTable(filled.table)
    partitioned = table.partitioned("ship_date")
    assert partitioned is not None
    frame = delta_frame(spark, f"file://{filled.table}", table.pinned)
    assert {day: one.rows for day, one in partitioned.items()} == {
        day: one.rows for day, one in digests_by_sql(frame, "ship_date", ["parcel"], TWO).items()
    }
