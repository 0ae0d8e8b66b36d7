"""maintain beside running jobs: the job wins, and records go on while others are compacted."""

from __future__ import annotations

import json
from datetime import date

import pytest

from assay.core.interval import Interval
from assay.stages.operations.maintain import maintain
from assay.stages.scoring.score import score

from ..expect_errors import missing_data
from .commands import stopped
from .conftest import LIVED, Project
from .table_rows import rows_of
from .worn_lake import fill_ledger, scatter


@pytest.mark.parametrize("command", ["clean", pytest.param("score", marks=pytest.mark.system)])
def test_a_running_job_wins_and_its_tables_are_left_for_the_next_time(own: Project, command: str) -> None:
    days = ("--from", "2024-02-01", "--to", "2024-02-08")
    lock, extra = {"clean": ("clean/parcels", ("--table", "parcels", "--force")), "score": ("predictions/parcels", ())}[
        command
    ]
    if command == "score":  # a new champion's first day is a run of its own, which would stop at the same point
        score(own.context(), Interval.of(date(2024, 1, 31)))
    scatter(own, "clean", "parcels")
    scatter(own, "clean", "deliveries")
    reader = own.context().spark.read.format("delta").load(f"file://{own.lake('clean', 'deliveries')}")
    count = reader.count()
    with stopped(own, command, "parcels", *days, *extra, at=f"{command}:before-tasks") as process:
        done = own.assay("maintain", "parcels", "--json")
        assert done.returncode == 0, done.stderr
        [outcome] = json.loads(done.stdout)["outcomes"]
        assert outcome["status"] == "partly"
        assert list(outcome["numbers"]["skipped"]) == [lock]
        assert missing_data(outcome["numbers"]["skipped"][lock], process.pid) == []
        maintained = [table["table"] for table in outcome["numbers"]["tables"] if table["compacted"]["files"]]
        assert maintained == (["clean/deliveries"] if command == "clean" else ["clean/parcels", "clean/deliveries"])
        assert reader.count() == count, "a reader that began earlier reads on"
        assert len(reader.collect()) == count
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err
    assert len(rows_of(own, "clean", "parcels")) == len(LIVED) * 120
    assert maintain(own.context()).status == "done"


def test_who_writes_while_a_table_is_compacted_is_told_and_records_go_on_while_they_are_folded(own: Project) -> None:
    scatter(own, "clean", "parcels")
    fill_ledger(own, 510)
    with stopped(own, "maintain", "parcels", at="maintain:after-compaction") as process:
        refused = own.assay("clean", "parcels", "--date", "2024-02-01", "--table", "parcels", "--force")
        assert refused.returncode == 4
        assert missing_data(refused.stderr, process.pid) == []
        assert len(rows_of(own, "clean", "parcels")) == len(LIVED) * 120
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    fill_ledger(own, 1_010)
    before = [record.run_id for record in own.context().ledger.records()]
    with stopped(own, "maintain", "parcels", at="maintain:ledger-remove-700") as process:
        landed = own.here("land", "parcels", "--date", "2024-02-01", "--table", "parcels", "--force", "--json")
        [outcome] = json.loads(landed.stdout)["outcomes"]
        assert [record.run_id for record in own.context().ledger.records()] == [*before, outcome["run_id"]]
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    after = [record.run_id for record in own.context().ledger.records()]
    assert after[:-1] == [*before, outcome["run_id"]]
    assert len(after) == len(set(after)) == 1_012
