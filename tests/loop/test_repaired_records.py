"""The commands of the page on what lands: a refused record is repaired, published in its partition, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.store.ledger.table_repairs import TableRepairs

from .commands import CLEAN, done_here
from .conftest import Project, killed
from .table_rows import rows_of
from .test_page_commands import commands_of, filled

DAY = "2024-01-01"


def with_a_short_record(project: Project) -> str:
    """Clean the first day, whose first record lacks its last field; the whole record."""
    landed = project.drop().read_text()
    first = landed.splitlines()[1]
    project.drop().write_text(landed.replace(first, first.rpartition(",")[0]))
    done_here(project, *CLEAN, "--date", DAY)
    return first


def test_the_commands_of_the_page_publish_a_repaired_record_and_take_it_back(
    owned: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = with_a_short_record(owned)
    rows, printed = [], []
    for words in commands_of("docs/landing.md"):
        printed.append(done_here(owned, *filled(words, {"P": "parcels", "TABLE": "parcels", "D": DAY})))
        if words[0] == "quarantine":
            path = Path("refused.jsonl")
            path.write_text(path.read_text().replace(first.rpartition(",")[0], first))
        if words[0] == "clean":
            rows.append((len(rows_of(owned, "clean", "parcels")), len(rows_of(owned, "quarantine", "parcels"))))
    assert rows == [(120, 0), (119, 1)]
    assert first not in "".join(printed), "no command prints the text"
    repaired, taken_back = owned.context().ledger.records("clean", "parcels")[1:]
    assert "the depot has sent the weights by mail" in done_here(owned, "explain", repaired.run_id)
    assert "by mail" not in done_here(owned, "explain", taken_back.run_id)


def test_ended_by_sigkill_a_replay_is_kept_once_and_its_cleaning_publishes_each_row_once(
    owned: Project, tmp_path: Path
) -> None:
    first, of_day, path = with_a_short_record(owned), ("--table", "parcels", "--date", DAY), tmp_path / "refused.jsonl"
    done_here(owned, "quarantine", "parcels", *of_day, "--to", str(path))
    path.write_text(path.read_text().replace(first.rpartition(",")[0], first))
    command = ("replay", "parcels", str(path), *of_day, "--reason", "sent by mail")
    stored = TableRepairs(owned.home / "lake", "parcels")
    killed(owned, *command, at="replay:before-document")
    assert stored.history() == []
    killed(owned, *command, at="replay:after-document")
    done_here(owned, *command)
    assert len(stored.history()) == 1
    killed(owned, *CLEAN, "--date", DAY, at="clean:after-files")
    assert len(rows_of(owned, "clean", "parcels")) == 119
    done_here(owned, *CLEAN, "--date", DAY)
    assert (len(rows_of(owned, "clean", "parcels")), rows_of(owned, "quarantine", "parcels")) == (120, [])
