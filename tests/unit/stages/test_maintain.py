"""The stage without a JVM: delta-rs writes the tables, the locks are real, and storage fails for real."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from assay.core.interval import Interval
from assay.core.operations.retention import DAY, LOG_DAYS
from assay.errors import InfrastructureError
from assay.stages.operations.maintain import maintain
from assay.stages.runtime.context import Context
from assay.store.delta import table_files
from assay.store.delta.log import open_delta
from assay.store.delta.table_files import DeltaFiles
from assay.store.locks.locks import hold

from ...expect_errors import missing_data, raises_code
from ...local_paths import local


@pytest.fixture
def ctx(parcels: Context) -> Context:
    """The pipeline of parcels with one table of one day in four small files, which keeps its log."""
    for n in range(4):
        append(table_of(parcels), n)
    DeltaFiles(parcels.folder("clean", "parcels")).keep_log({})
    return parcels


def table_of(ctx: Context, name: str = "parcels") -> Path:
    return local(ctx.folder("clean", name))


def append(table: Path, n: int, mode: Any = "append") -> None:
    rows = pa.table({"parcel": [n], "ship_date": [date(2024, 2, 1)]})
    write_deltalake(str(table), rows, mode=mode, partition_by=["ship_date"])


def parcels(ctx: Context, version: int | None = None) -> list[int]:
    frame = DeltaTable(str(ctx.folder("clean", "parcels")), version=version).to_pyarrow_table()
    return sorted(frame.column("parcel").to_pylist())


def later(days: float) -> float:
    return time.time() + days * DAY


def test_small_files_become_one_and_go_when_the_retention_is_over(ctx: Context) -> None:
    done = maintain(ctx)
    assert missing_data(done.sentence, "parcels", 4) == []
    assert done.numbers["files_compacted"] == 4
    assert parcels(ctx) == parcels(ctx, 3) == [0, 1, 2, 3]
    assert maintain(ctx).run_id is None
    gone = maintain(ctx, now=later(8))
    assert gone.numbers["files_removed"] == 4
    assert parcels(ctx) == [0, 1, 2, 3]
    assert len(DeltaFiles(ctx.folder("clean", "parcels")).stored()) == 1
    assert [record.counts["files_removed"] for record in ctx.ledger.records("maintain")] == [0, 4]


def test_what_a_killed_writer_never_committed_goes_when_it_is_old(ctx: Context) -> None:
    orphan = table_of(ctx) / "ship_date=2024-02-01" / "part-killed.parquet"
    orphan.write_bytes(b"PAR1")
    maintain(ctx, now=later(6))
    assert orphan.exists(), "it may be about to be committed"
    maintain(ctx, now=later(8))
    assert not orphan.exists()


def test_the_log_is_trimmed_once_it_is_older_than_delta_would_keep_it_and_nobody_needs_it(ctx: Context) -> None:
    table = table_of(ctx)
    maintain(ctx)
    DeltaTable(str(table)).create_checkpoint()
    append(table, 9)
    assert maintain(ctx, now=later(LOG_DAYS - 1)).numbers["log_removed"] == 0
    assert maintain(ctx, now=later(LOG_DAYS + 1)).numbers["log_removed"] == 5, "versions 0 to 4; 5 is the checkpoint"
    assert parcels(ctx) == [0, 1, 2, 3, 9]
    assert DeltaFiles(table).readable(range(9)) == {5, 6}


def test_a_table_that_does_not_keep_its_log_is_told_to(ctx: Context) -> None:
    append(table_of(ctx, "deliveries"), 1)
    assert missing_data(maintain(ctx).sentence, "parcels", 1) == []
    assert DeltaFiles(ctx.folder("clean", "deliveries")).keeps_log()


def test_a_table_that_somebody_writes_is_left_alone_and_the_rest_is_done(ctx: Context) -> None:
    for n in range(3):
        append(table_of(ctx, "deliveries"), n)
    with hold(ctx.lake, "clean/parcels", Interval.of(date(2024, 2, 1))):
        done = maintain(ctx)
    assert (done.status, done.exit_code) == ("partly", 0)
    assert f"process {os.getpid()}" in done.numbers["skipped"]["clean/parcels"]
    assert [table["table"] for table in done.numbers["tables"]] == ["clean/deliveries"]
    assert missing_data(done.sentence, "clean/parcels") == []
    assert maintain(ctx).numbers["files_compacted"] == 4


def test_who_writes_without_a_lock_wins_too_and_that_is_said(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(ctx)
    newest: list[Path] = []

    def overtaken(place: Path, version: int | None = None) -> Any:
        opened = open_delta(place, version)
        newest.extend([place] if version is None else [])
        if version is None and len(newest) == 3:  # the sizes, the log's property, then the compaction
            append(table, 77, mode="overwrite")
        return opened

    monkeypatch.setattr(table_files, "open_delta", overtaken)
    done = maintain(ctx)
    assert list(done.numbers["skipped"]) == ["clean/parcels"]
    assert done.numbers["files_compacted"] == 0
    assert parcels(ctx) == [77]


def test_a_file_that_cannot_be_removed_is_named_and_the_next_run_tells_of_this_one(ctx: Context) -> None:
    stuck = table_of(ctx) / "_delta_log" / "_commit_1.json.tmp"
    (stuck / "not a file").mkdir(parents=True)
    os.utime(stuck, (1_000, 1_000))
    with raises_code(InfrastructureError, "cannot-write", "_commit_1.json.tmp"):
        maintain(ctx)
    (stuck / "not a file").rmdir()
    stuck.rmdir()
    assert parcels(ctx) == [0, 1, 2, 3]
    maintain(ctx)
    assert [record.status for record in ctx.ledger.records("maintain")] == ["interrupted"]


def test_only_one_maintains_a_pipeline(ctx: Context) -> None:
    with (
        hold(ctx.lake, "maintain/parcels", None),
        raises_code(InfrastructureError, "locked", "maintain/parcels", os.getpid()),
    ):
        maintain(ctx)
