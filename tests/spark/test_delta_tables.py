"""Whole partitions, one commit: what readers see before, after, and when the writer is killed in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay.core.interval import Interval
from assay.errors import InfrastructureError, InputError
from assay.spark.session.errors import translate_spark_errors
from assay.spark.tables.delta_tables import publish, read_table, remove, table_version

from ..expect_errors import raises_code

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

MONDAY, TUESDAY, WEDNESDAY = date(2013, 1, 7), date(2013, 1, 8), date(2013, 1, 9)


def rows(spark: SparkSession, *values: tuple[int, date]) -> DataFrame:
    return spark.createDataFrame(list(values), "id long, day date")


def content(spark: SparkSession, table: Path) -> list[tuple[int, date]]:
    return sorted((row.id, row.day) for row in read_table(spark, table).collect())


def metadata_of(table: Path, version: int) -> dict[str, str]:
    lines = (table / "_delta_log" / f"{version:020}.json").read_text().splitlines()
    commits = [entry["commitInfo"] for entry in map(json.loads, lines) if "commitInfo" in entry]
    metadata: dict[str, str] = json.loads(commits[0]["userMetadata"])
    return metadata


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "the lake" / "clean" / "flights"  # with a space: a URI would hold %20


@pytest.fixture
def two_days(spark: SparkSession, table: Path) -> Path:
    publish(rows(spark, (1, MONDAY), (2, TUESDAY)), table, "day", [MONDAY, TUESDAY], {"run_id": "first"})
    return table


def test_the_first_write_creates_the_table_with_rows_and_metadata_in_one_commit(
    spark: SparkSession, two_days: Path
) -> None:
    assert content(spark, two_days) == [(1, MONDAY), (2, TUESDAY)]
    assert table_version(spark, two_days) == 0
    assert metadata_of(two_days, 0) == {"run_id": "first"}
    assert sorted(p.name for p in two_days.glob("day=*")) == ["day=2013-01-07", "day=2013-01-08"]


def test_a_published_date_is_replaced_whole_and_its_neighbour_is_untouched(spark: SparkSession, two_days: Path) -> None:
    version = publish(rows(spark, (7, TUESDAY), (8, TUESDAY)), two_days, "day", [TUESDAY], {"run_id": "second"})
    assert version == 1
    assert content(spark, two_days) == [(1, MONDAY), (7, TUESDAY), (8, TUESDAY)]
    assert metadata_of(two_days, 1) == {"run_id": "second"}


def test_a_date_without_rows_is_emptied_and_leaves_no_stale_ones(spark: SparkSession, two_days: Path) -> None:
    version = publish(rows(spark), two_days, "day", [MONDAY], {"run_id": "second"})
    assert content(spark, two_days) == [(2, TUESDAY)]
    assert metadata_of(two_days, version) == {"run_id": "second"}


def test_dates_are_emptied_and_filled_by_the_same_commit(spark: SparkSession, two_days: Path) -> None:
    version = publish(rows(spark, (9, WEDNESDAY)), two_days, "day", [MONDAY, WEDNESDAY], {})
    assert version == 1
    assert content(spark, two_days) == [(2, TUESDAY), (9, WEDNESDAY)]


def test_nothing_to_write_and_nothing_to_empty_keeps_the_version(spark: SparkSession, two_days: Path) -> None:
    assert publish(rows(spark), two_days, "day", [WEDNESDAY], {}) == 0
    assert content(spark, two_days) == [(1, MONDAY), (2, TUESDAY)]


def test_an_empty_first_write_makes_an_empty_table(spark: SparkSession, table: Path) -> None:
    assert publish(rows(spark), table, "day", [MONDAY], {}) == 0
    assert content(spark, table) == []


@pytest.mark.parametrize("exists", [False, True])
def test_a_row_outside_the_dates_is_refused_naming_its_date(spark: SparkSession, table: Path, exists: bool) -> None:
    if exists:
        publish(rows(spark, (1, MONDAY)), table, "day", [MONDAY], {})
    with raises_code(InputError, "outside-dates", "flights", "2013-01-09"):
        publish(rows(spark, (1, MONDAY), (2, WEDNESDAY)), table, "day", [MONDAY], {})
    assert len(list(table.glob("_delta_log/*.json"))) == int(exists)


def test_a_row_without_a_date_is_refused(spark: SparkSession, table: Path) -> None:
    frame = spark.sql("SELECT 1L AS id, CAST(NULL AS date) AS day")
    with raises_code(InputError, "outside-dates", "flights", "NULL"):
        publish(frame, table, "day", [MONDAY], {})


@pytest.mark.parametrize(
    ("select", "named"),
    [
        (("id", "day", "1 AS gate"), ["gate"]),
        (("CAST(id AS string) AS id", "day"), ["id", "string", "bigint"]),
        (("CAST(id AS int) AS id", "day"), ["id", "int", "bigint"]),
        (("id AS number", "day"), ["number", "id"]),
    ],
)
def test_a_changed_column_is_refused_by_name(
    spark: SparkSession, two_days: Path, select: tuple[str, ...], named: list[str]
) -> None:
    with raises_code(InputError, "schema-changed", "flights", *named):
        publish(rows(spark, (1, MONDAY)).selectExpr(*select), two_days, "day", [MONDAY], {})
    assert table_version(spark, two_days) == 0


def test_columns_in_another_order_are_the_same_columns(spark: SparkSession, two_days: Path) -> None:
    publish(rows(spark, (5, MONDAY)).select("day", "id"), two_days, "day", [MONDAY], {})
    assert content(spark, two_days) == [(2, TUESDAY), (5, MONDAY)]


def test_a_partition_column_that_is_no_date_is_refused(spark: SparkSession, table: Path) -> None:
    with raises_code(InputError, "partition-column", "flights", "day", "string", "date"):
        publish(spark.sql("SELECT 1 AS id, '2013-01-07' AS day"), table, "day", [MONDAY], {})
    with raises_code(InputError, "partition-column", "flights", "day", "date"):
        publish(spark.sql("SELECT 1 AS id"), table, "day", [MONDAY], {})


def test_an_older_version_stays_readable(spark: SparkSession, two_days: Path) -> None:
    publish(rows(spark, (7, TUESDAY)), two_days, "day", [TUESDAY], {})
    old = read_table(spark, two_days, version=0, partition="day", interval=Interval.of(TUESDAY), columns=["id"])
    assert old.columns == ["id"]
    assert [row.id for row in old.collect()] == [2]


def test_a_version_that_never_was_is_refused(spark: SparkSession, two_days: Path) -> None:
    with raises_code(InputError, "delta-version-not-found", 9):
        read_table(spark, two_days, version=9)


def test_an_interval_is_half_open(spark: SparkSession, two_days: Path) -> None:
    monday_rows = read_table(spark, two_days, partition="day", interval=Interval(MONDAY, TUESDAY))
    assert [row.day for row in monday_rows.collect()] == [MONDAY]


def test_a_missing_table_is_named(spark: SparkSession, table: Path) -> None:
    with raises_code(InputError, "no-table", "flights", table.parent):
        read_table(spark, table)


def test_remove_empties_dates_and_says_who(spark: SparkSession, two_days: Path) -> None:
    version = remove(spark, two_days, "day", [TUESDAY], {"why": "released"})
    assert content(spark, two_days) == [(1, MONDAY)]
    assert metadata_of(two_days, version) == {"why": "released"}


def test_no_dates_is_a_mistake_and_not_a_write_of_nothing(spark: SparkSession, table: Path) -> None:
    with raises_code(InputError, "no-dates", "flights"):
        publish(rows(spark), table, "day", [], {})


def test_a_truncated_parquet_file_is_named_and_never_gives_fewer_rows(spark: SparkSession, two_days: Path) -> None:
    file = next(two_days.glob("day=2013-01-07/*.parquet"))
    file.write_bytes(file.read_bytes()[:200])
    with raises_code(InfrastructureError, "unreadable-file", file), translate_spark_errors():
        read_table(spark, two_days).collect()


def test_a_missing_parquet_file_is_named(spark: SparkSession, two_days: Path) -> None:
    file = next(two_days.glob("day=2013-01-08/*.parquet"))
    file.unlink()
    with raises_code(InfrastructureError, "unreadable-file", file), translate_spark_errors():
        read_table(spark, two_days).collect()


def test_a_corrupt_log_is_refused_as_infrastructure(spark: SparkSession, two_days: Path) -> None:
    copy = two_days.with_name("copy")  # Delta remembers the log of a table that it has read
    two_days.rename(copy)
    (copy / "_delta_log" / f"{0:020}.json").write_text('{"commitInfo"')
    with (
        raises_code(InfrastructureError, "corrupt-log", copy / "_delta_log" / f"{0:020}.json"),
        translate_spark_errors(),
    ):
        read_table(spark, copy).collect()


WRITER = """
    import sys
    from datetime import date
    from pathlib import Path
    from assay.spark.session.session import open_session
    from assay.spark.tables.delta_tables import publish

    class Laptop:
        master, spark = "local[2]", {}

    session = open_session(Laptop(), "writer")
    frame = session.range(1000).selectExpr("id", "DATE'2013-01-07' AS day")
    publish(frame, Path(sys.argv[1]), "day", [date(2013, 1, 7)], {"stage": "clean", "run_id": "killed"})
"""


@pytest.mark.parametrize("exists", [False, True])
def test_killed_after_the_files_and_before_the_commit_nothing_is_visible_and_a_rerun_commits_once(
    spark: SparkSession, table: Path, exists: bool
) -> None:
    if exists:
        publish(rows(spark, (1, MONDAY)), table, "day", [MONDAY], {})
    before = set(table.rglob("*.parquet"))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(table)],
        env={**os.environ, "ASSAY_KILL_AT": "clean:after-files"},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    orphans = set(table.rglob("*.parquet")) - before
    assert orphans
    assert len(list(table.glob("_delta_log/*.json"))) == int(exists)
    if exists:
        assert content(spark, table) == [(1, MONDAY)]
    else:
        with raises_code(InputError, "no-table", "flights"):
            read_table(spark, table)
    publish(rows(spark, (5, MONDAY)), table, "day", [MONDAY], {"run_id": "again"})
    assert content(spark, table) == [(5, MONDAY)]
    assert len(list(table.glob("_delta_log/*.json"))) == int(exists) + 1
