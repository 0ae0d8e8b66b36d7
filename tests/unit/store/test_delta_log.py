"""A Delta log read without a JVM: versions and userMetadata, and a corrupt log refused."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from assay.errors import InfrastructureError
from assay.store.delta.log import commits, table_version

from ...expect_errors import raises_code


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three versions; Assay's metadata stands where Spark's `userMetadata` option puts it."""
    path = tmp_path / "outcomes"
    for version in range(3):
        metadata = {"userMetadata": json.dumps({"run_id": f"run-{version}", "days": [version]})}
        properties = CommitProperties(custom_metadata=metadata)
        write_deltalake(str(path), pa.table({"x": [version]}), mode="append", commit_properties=properties)
    return path


def log(table: Path, version: int) -> Path:
    return table / "_delta_log" / f"{version:020d}.json"


def test_no_table_has_no_version_and_no_commits(tmp_path: Path) -> None:
    assert table_version(tmp_path / "nothing") is None
    assert commits(tmp_path / "nothing") == []


def test_the_newest_commits_come_first_with_what_their_run_said(table: Path) -> None:
    assert table_version(table) == 2
    history = commits(table)
    assert [(c.version, c.metadata.get("run_id")) for c in history] == [(2, "run-2"), (1, "run-1"), (0, "run-0")]
    assert [c.version for c in commits(table, limit=1)] == [2]


@pytest.mark.parametrize("foreign", [None, "OPTIMIZE by hand", "[1, 2]"])
def test_a_strangers_commit_has_no_metadata(table: Path, foreign: str | None) -> None:
    metadata = None if foreign is None else {"userMetadata": foreign}
    properties = CommitProperties(custom_metadata=metadata)
    write_deltalake(str(table), pa.table({"x": [9]}), mode="append", commit_properties=properties)
    assert commits(table, limit=1)[0].metadata == {}


def test_a_corrupt_log_is_an_infrastructure_error_naming_the_table_and_the_entry(table: Path) -> None:
    log(table, 1).write_text('{"add": {"path"')
    with raises_code(InfrastructureError, "corrupt-log", "outcomes", "00000000000000000001.json") as failure:
        table_version(table)
    assert "unknown" not in failure.value.message, "where delta-rs was in its own code is nothing to the user"
    with raises_code(InfrastructureError, "corrupt-log", "outcomes", "00000000000000000001.json"):
        commits(table)


def test_a_log_with_a_hole_is_refused(table: Path) -> None:
    log(table, 1).unlink()
    with raises_code(InfrastructureError, "corrupt-log", "outcomes"):
        commits(table)


def test_a_log_that_lost_its_entries_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outcomes" / "_delta_log").mkdir(parents=True)
    (tmp_path / "outcomes" / "_delta_log" / "_last_checkpoint").write_text('{"version":10,"size":12}')
    with raises_code(InfrastructureError, "corrupt-log", "outcomes"):
        table_version(tmp_path / "outcomes")


def test_a_log_without_an_entry_is_no_table_yet(tmp_path: Path) -> None:
    (tmp_path / "killed" / "_delta_log").mkdir(parents=True)
    assert table_version(tmp_path / "killed") is None
    assert commits(tmp_path / "killed") == []
