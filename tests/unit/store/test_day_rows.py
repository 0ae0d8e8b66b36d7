"""The rows of one date of a Delta table, written by Spark or by delta-rs."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from assay.errors import InfrastructureError
from assay.store.delta.day_rows import read_day

from ...expect_errors import raises_code

DAY, OTHER = date(2024, 2, 1), date(2024, 2, 2)
AT = datetime(2024, 2, 1, 6, tzinfo=UTC)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of two days with a row each."""
    place = tmp_path / "table"
    at = pa.array([AT, AT], pa.timestamp("us", "UTC"))
    write_deltalake(str(place), pa.table({"day": [DAY, OTHER], "n": [1, 2], "at": at}), partition_by=["day"])
    return place


def test_a_day_is_read_at_its_newest_and_at_an_earlier_version(table: Path) -> None:
    more = pa.table({"day": [DAY], "n": [3], "at": pa.array([AT], pa.timestamp("us", "UTC"))})
    write_deltalake(str(table), more, mode="append")
    rows = read_day(table, DAY)
    assert rows is not None
    assert sorted(rows["n"].to_pylist()) == [1, 3]
    earlier = read_day(table, DAY, 0)
    assert earlier is not None
    assert earlier.to_pylist() == [{"n": 1, "at": AT, "day": DAY}]


def test_without_table_version_or_rows_there_is_nothing(table: Path, tmp_path: Path) -> None:
    assert read_day(tmp_path / "none", DAY) is None
    assert read_day(table, DAY, 7) is None
    assert read_day(table, date(2024, 3, 1)) is None


def test_files_with_int96_and_with_the_partition_column_are_read_alike(table: Path) -> None:
    [path] = (table / f"day={DAY}").glob("*.parquet")
    naive = pa.array([AT.replace(tzinfo=None)], pa.timestamp("us"))
    rows = pa.table({"day": [DAY], "n": [1], "at": naive})
    pq.write_table(rows, path, use_deprecated_int96_timestamps=True)
    log = table / "_delta_log" / "00000000000000000000.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        if line.get("add", {}).get("path", "").startswith(f"day={DAY}"):
            line["add"]["size"] = path.stat().st_size
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert DeltaTable(str(table)).version() == 0
    kept = read_day(table, DAY)
    assert kept is not None
    assert kept.to_pylist() == [{"n": 1, "at": AT, "day": DAY}]


def test_a_file_that_is_gone_is_named(table: Path) -> None:
    [path] = (table / f"day={DAY}").glob("*.parquet")
    path.unlink()
    with raises_code(InfrastructureError, "version-gone", path.name):
        read_day(table, DAY)
