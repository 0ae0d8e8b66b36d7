"""The files behind a table: what its versions name, what lies there, and what maintenance may do to them."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from assay.core.operations.compaction import crowded
from assay.core.operations.retention import StoredFile
from assay.errors import InfrastructureError
from assay.store.delta.log import commits
from assay.store.delta.table_files import DeltaFiles

from ...expect_errors import raises_code
from ...local_paths import local

DAYS = [date(2013, 1, 5), date(2013, 1, 6)]


@pytest.fixture
def files(tmp_path: Path) -> DeltaFiles:
    """A table below a folder with a space in its name: two days, in four appends of a file a day each."""
    table = tmp_path / "my lake" / "outcomes"
    for n in range(4):
        append(table, n)
    return DeltaFiles(table)


def table_of(files: DeltaFiles) -> Path:
    return local(files.table)


def append(table: Path, n: int) -> None:
    rows = pa.table({"x": [n, n + 100], "day": DAYS})
    write_deltalake(str(table), rows, mode="append", partition_by=["day"])


def rows(table: Path, version: int | None = None) -> list[int]:
    frame = DeltaTable(str(table), version=version).to_pyarrow_table()
    return sorted(frame.column("x").to_pylist())


def test_each_version_names_its_files_and_all_of_them_lie_there(files: DeltaFiles) -> None:
    assert [len(files.paths(version)) for version in range(4)] == [2, 4, 6, 8]
    assert files.paths() == files.paths(3) == {file.path for file in files.stored()}
    assert {file.partition for file in files.stored()} == {"2013-01-05", "2013-01-06"}
    assert dict(files.sizes()).keys() == {"2013-01-05", "2013-01-06"}
    assert sorted(files.committed()) == [0, 1, 2, 3]


def test_compaction_is_one_commit_of_the_same_rows_that_names_no_run(files: DeltaFiles) -> None:
    before = rows(table_of(files))
    [crowd, _] = crowded(files.sizes())
    assert files.compact("day", [crowd.partition], {"run_id": "", "stage": "maintain"}) == 4
    assert rows(table_of(files)) == before == rows(table_of(files), 3)
    assert len(files.paths()) == 5, "one file of the day that was named, four of the other"
    newest = commits(files.table, 1)[0]
    assert (newest.version, newest.operation) == (4, "OPTIMIZE")
    assert newest.metadata == {"run_id": "", "stage": "maintain"}
    assert files.compact("day", [crowd.partition], {}) == 4, "there is nothing left to do, so nothing is committed"
    assert [left.partition for left in crowded(files.sizes())] == ["2013-01-06"]


def test_a_checkpoint_of_delta_rs_leaves_no_checksum_that_no_longer_holds(files: DeltaFiles) -> None:
    DeltaTable(str(files.table)).alter.set_table_properties({"delta.checkpointInterval": "1"})
    log = table_of(files) / "_delta_log"
    (log / "_last_checkpoint").write_text("Spark's")
    (log / "._last_checkpoint.crc").write_bytes(b"the checksum of Spark's")
    assert files.compact("day", [str(day) for day in DAYS], {}) == 5
    assert (log / "_last_checkpoint").read_text() != "Spark's", "delta-rs writes one, asked to or not"
    assert not (log / "._last_checkpoint.crc").exists()
    files.keep_log({})
    assert max(files.checkpoints()) == 5, "and none where it can be told"


def test_delta_is_told_once_to_leave_the_log_alone(files: DeltaFiles) -> None:
    assert not files.keeps_log()
    files.keep_log({"run_id": ""})
    assert files.keeps_log()
    assert rows(table_of(files)) == rows(table_of(files), 3)


def test_what_is_removed_takes_its_checksum_with_it(files: DeltaFiles) -> None:
    [orphan] = [file for file in [*files.stored(), killed_write(table_of(files))] if "killed" in file.path]
    crc = files.table / "day=2013-01-05" / ".killed.parquet.crc"
    assert crc.exists()
    assert list(files.remove([orphan])) == ["remove day=2013-01-05/killed.parquet"]
    assert not crc.exists()
    assert files.paths() == {file.path for file in files.stored()}
    assert list(files.remove([orphan])), "again, after a kill"


def killed_write(table: Path) -> StoredFile:
    path = table / "day=2013-01-05" / "killed.parquet"
    path.write_bytes(b"PAR1")
    path.with_name(".killed.parquet.crc").write_bytes(b"crc")
    return StoredFile("day=2013-01-05/killed.parquet", 4, path.stat().st_mtime)


def test_hidden_folders_and_other_files_are_nobodys_data(files: DeltaFiles) -> None:
    (table_of(files) / "README.md").write_text("by hand")
    (table_of(files) / "_staging").mkdir()
    (table_of(files) / "_staging" / "x.parquet").write_bytes(b"PAR1")
    (table_of(files) / "day=2013-01-05" / ".hidden.parquet").write_bytes(b"PAR1")
    assert files.paths() == {file.path for file in files.stored()}


def test_a_log_is_trimmed_before_a_checkpoint_and_tells_the_rest_as_before(files: DeltaFiles) -> None:
    DeltaTable(str(files.table)).create_checkpoint()
    append(table_of(files), 4)
    log = table_of(files) / "_delta_log"
    for name in (".00000000000000000001.json.crc", "00000000000000000001.crc"):
        (log / name).write_bytes(b"crc")
    assert files.checkpoints() == {3}
    assert files.readable(range(7)) == {0, 1, 2, 3, 4}
    entries = files.log_before(3)
    assert [Path(file.path).name for file in entries] == [
        "00000000000000000000.json",
        ".00000000000000000001.json.crc",
        "00000000000000000001.crc",
        "00000000000000000001.json",
        "00000000000000000002.json",
    ]
    list(files.remove(entries))
    assert files.readable(range(7)) == {3, 4}
    assert (len(rows(table_of(files), 3)), len(rows(table_of(files)))) == (8, 10)


def test_a_version_that_cannot_be_told_does_not_pass_for_one_without_files(files: DeltaFiles) -> None:
    (table_of(files) / "_delta_log" / f"{2:020d}.json").write_text('{"add": {"pa')
    with raises_code(InfrastructureError, "corrupt-log", "outcomes", "00000000000000000002.json"):
        files.paths(3)


def test_a_version_is_whole_while_its_log_and_its_files_are_there(files: DeltaFiles) -> None:
    assert [files.whole(version) for version in (0, 3, 4)] == [True, True, False]
    [first, *_] = sorted(files.paths(0))
    (table_of(files) / first).unlink()
    assert not files.whole(0)


def test_only_old_temporary_names_of_the_log_are_unfinished(files: DeltaFiles) -> None:
    log = table_of(files) / "_delta_log"
    for name in ("_commit_1b2c.json.tmp", f".{5:020d}.json.6d2e.tmp"):
        (log / name).write_text(json.dumps({}))
    os.utime(log / "_commit_1b2c.json.tmp", (1_000, 1_000))
    assert [file.path for file in files.unfinished(2_000)] == ["_delta_log/_commit_1b2c.json.tmp"]
