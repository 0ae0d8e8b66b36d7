"""Whole dates of a local table replaced without a JVM: what is committed, and what a race or a full disk leaves."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

from assay.core.table_snapshot import Snapshot
from assay.errors import InfrastructureError, LostRace
from assay.store.delta.log import commits
from assay.store.delta.replace_days import CHECKPOINT_EVERY, replace_days
from assay.store.delta.snapshot import read_snapshot
from assay.store.delta.table_files import DeltaFiles

MONDAY, TUESDAY, WEDNESDAY = date(2013, 1, 7), date(2013, 1, 8), date(2013, 1, 9)


def rows(*values: tuple[int, date]) -> pa.Table:
    return pa.table({"day": [day for _, day in values], "id": [number for number, _ in values]})


def content(table: Path) -> list[tuple[int, date]]:
    rows = DeltaTable(str(table)).to_pyarrow_table().to_pylist()
    return sorted((row["id"], row["day"]) for row in rows)


def snapshot_of(table: Path) -> Snapshot:
    snapshot = read_snapshot(table)
    assert snapshot is not None
    return snapshot


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two days, in a folder with a space in its name."""
    path = tmp_path / "the lake" / "flights"
    write_deltalake(str(path), rows((1, MONDAY), (2, TUESDAY)), partition_by=["day"])
    return path


def test_a_date_is_replaced_whole_by_one_commit_that_names_its_run(table: Path) -> None:
    before = snapshot_of(table)
    version = replace_days(table, before, rows((7, TUESDAY), (8, TUESDAY)), [TUESDAY], {"run_id": "second"})
    assert version == before.version + 1 == snapshot_of(table).version
    assert content(table) == [(1, MONDAY), (7, TUESDAY), (8, TUESDAY)]
    newest = commits(table, 1)[0]
    assert (newest.version, newest.operation, newest.metadata) == (version, "WRITE", {"run_id": "second"})
    assert DeltaFiles(table).whole(before.version), "the version before stays readable"


def test_dates_are_emptied_and_filled_by_the_same_commit(table: Path) -> None:
    assert replace_days(table, snapshot_of(table), rows((9, WEDNESDAY)), [MONDAY, WEDNESDAY], {}) == 1
    assert content(table) == [(2, TUESDAY), (9, WEDNESDAY)]
    assert replace_days(table, snapshot_of(table), None, [TUESDAY], {"why": "released"}) == 2
    assert content(table) == [(9, WEDNESDAY)]
    assert replace_days(table, snapshot_of(table), None, [WEDNESDAY], {}) == 3
    assert snapshot_of(table).files == ()
    assert replace_days(table, snapshot_of(table), rows((3, MONDAY)), [MONDAY], {}) == 4
    assert content(table) == [(3, MONDAY)]


def test_nothing_to_write_and_nothing_to_empty_is_no_commit(table: Path) -> None:
    assert replace_days(table, snapshot_of(table), None, [WEDNESDAY], {}) == 0
    assert replace_days(table, snapshot_of(table), rows().cast(rows((1, MONDAY)).schema), [WEDNESDAY], {}) == 0
    assert len(commits(table)) == 1


def test_who_commits_after_another_writer_loses(table: Path) -> None:
    before = snapshot_of(table)
    write_deltalake(str(table), rows((3, WEDNESDAY)), mode="append")
    with pytest.raises(LostRace) as lost:
        replace_days(table, before, rows((7, TUESDAY)), [TUESDAY], {})
    assert lost.value.code == "concurrent-write"
    assert content(table) == [(1, MONDAY), (2, TUESDAY), (3, WEDNESDAY)]


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "disk-full"), (errno.EACCES, "cannot-write")])
def test_a_disk_that_refuses_is_infrastructure_and_commits_nothing(
    table: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(pq, "write_table", refuse)
    with pytest.raises(InfrastructureError) as failed:
        replace_days(table, snapshot_of(table), rows((7, TUESDAY)), [TUESDAY], {})
    assert failed.value.code == code
    assert len(commits(table)) == 1


WRITER = """
    import sys
    from datetime import date
    from pathlib import Path
    import pyarrow as pa
    from assay.store.delta.replace_days import replace_days
    from assay.store.delta.snapshot import read_snapshot

    table, day = Path(sys.argv[1]), date(2013, 1, 7)
    replace_days(table, read_snapshot(table), pa.table({"day": [day], "id": [5]}), [day], {}, {"clean:after-files"})
"""


def test_killed_after_the_files_and_before_the_commit_nothing_is_visible(table: Path) -> None:
    before = set(table.rglob("*.parquet"))
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(table)]
    done = subprocess.run(command, env={"ASSAY_KILL_AT": "clean:after-files"}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert set(table.rglob("*.parquet")) - before, "its files lie there"
    assert content(table) == [(1, MONDAY), (2, TUESDAY)]


def test_every_tenth_version_has_a_checkpoint_whose_checksum_is_not_that_of_spark(table: Path) -> None:
    log = table / "_delta_log"
    (log / "._last_checkpoint.crc").write_bytes(b"the checksum of Spark's")
    for n in range(CHECKPOINT_EVERY):
        replace_days(table, snapshot_of(table), rows((n, TUESDAY)), [TUESDAY], {})
    assert DeltaFiles(table).checkpoints() == {CHECKPOINT_EVERY}
    assert not (log / "._last_checkpoint.crc").exists()
    assert content(table) == [(1, MONDAY), (CHECKPOINT_EVERY - 1, TUESDAY)]


def test_tables_that_only_delta_may_read_or_write_are_left_to_it(table: Path, tmp_path: Path) -> None:
    assert read_snapshot(tmp_path / "nothing") is None
    assert read_snapshot(table, 9) is None
    assert snapshot_of(table).writable
    DeltaTable(str(table)).alter.set_table_properties({"delta.appendOnly": "true"})
    assert not snapshot_of(table).writable
    entry = table / "_delta_log" / f"{2:020}.json"
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["deletionVectors"]}
    entry.write_text(json.dumps({"protocol": {**protocol, "writerFeatures": ["deletionVectors"]}}) + "\n")
    assert read_snapshot(table) is None


def test_tables_that_are_not_partitioned_by_one_date_are_left_to_delta(tmp_path: Path) -> None:
    for name, partition_by in (("none", []), ("number", ["id"])):
        table = tmp_path / name
        write_deltalake(
            str(table),
            rows((1, MONDAY)),
            partition_by=partition_by,
            commit_properties=CommitProperties(custom_metadata={"userMetadata": "a stranger's"}),
        )
        assert read_snapshot(table) is None
