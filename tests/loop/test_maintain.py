"""maintain: fewer files and records, the same rows and answers, also when it is killed anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from assay.stages.ingest.clean import clean
from assay.stages.operations.maintain import maintain
from assay.stages.operations.run import plan, select_stages
from assay.stages.scoring.score import score
from assay.store.delta.log import commits
from assay.store.delta.table_files import DeltaFiles

from ..expect_errors import missing_data
from .commands import done_here, outcomes_of
from .conftest import LIVED, WEEK, Project
from .table_rows import rows_of
from .worn_lake import age, change_a_drop, fill_ledger, of_table, record_files, scatter


def test_after_a_compaction_the_rows_are_the_same_and_every_stage_is_still_done(own: Project) -> None:
    ctx = own.context()
    score(ctx, WEEK)
    scatter(own, "clean", "parcels")
    scatter(own, "predictions", "parcels")
    before = {kind: rows_of(own, kind, "parcels") for kind in ("clean", "predictions")}
    files = len(DeltaFiles(own.lake("clean", "parcels")).paths())
    planned = maintain(ctx, dry_run=True)
    assert of_table(planned, "clean/parcels")["compacted"]["files"] == 42
    assert len(DeltaFiles(own.lake("clean", "parcels")).paths()) == files, "nothing is written by a dry run"
    done = maintain(ctx)
    assert done.numbers | {"skipped": {}} == planned.numbers | {"skipped": {}}, "it did what it said"
    assert len(DeltaFiles(own.lake("clean", "parcels")).paths()) == files - 35
    assert {kind: rows_of(own, kind, "parcels") for kind in before} == before
    again = own.context()
    steps = plan(again, LIVED, select_stages("clean")) + plan(again, WEEK, ["score"])
    assert [step.due for step in steps] == [0, 0, 0]
    assert clean(again, "parcels", LIVED).run_id is None
    assert score(again, WEEK).run_id is None
    assert maintain(again).run_id is None, "done twice, it is done once"
    record = own.context().ledger.record(str(done.run_id))
    assert (record.stage, record.claimed, record.counts["files_compacted"]) == ("maintain", "tester", 84)
    change_a_drop(own, date(2024, 2, 2), without=7)
    assert clean(own.context(), "parcels", WEEK).numbers["in"] == 119, "what was compacted is written as before"


def test_a_killed_runs_commit_is_filed_before_a_compaction_could_hide_it(serving: Project) -> None:
    own = serving
    own.crashed("score", "parcels", "--from", "2024-02-01", "--to", "2024-02-08", at="score:after-commit")
    scatter(own, "predictions", "parcels")
    ctx = own.context()
    maintain(ctx)
    assert [record.stage for record in own.context().ledger.records()][-2:] == ["score", "maintain"]
    newest = commits(own.lake("predictions", "parcels"), 1)[0]
    assert (newest.operation, newest.metadata["run_id"]) == ("OPTIMIZE", "")
    assert score(own.context(), WEEK).run_id is None


def test_maintenance_killed_at_every_point_and_run_again_ends_as_if_undisturbed(
    own: Project, tmp_path: Path, ended: Callable[..., None]
) -> None:
    score(own.context(), WEEK)
    fill_ledger(own, 520)
    for without in (7, 8):
        change_a_drop(own, date(2024, 2, 2), without=without)
        clean(own.context(), "parcels", WEEK)
    scatter(own, "clean", "parcels")
    age(own, 30)
    undisturbed = own.copy(tmp_path / "undisturbed")
    before = rows_of(own, "clean", "parcels")
    documents = own.context().ledger.records()
    points = (
        "before-compaction",
        "after-compaction",
        "removing",
        "ledger-segment-1",
        "ledger-remove-250",
        "profiles-archive",
    )
    for point in (*points, "profiles-remove", "before-ledger"):
        age(own, 8)
        ended(own, "maintain", "parcels", at=f"maintain:{point}", real=point == "after-compaction")
        assert rows_of(own, "clean", "parcels") == before
        records = own.context().ledger.records()
        assert records[: len(documents)] == documents
    done_here(own, "maintain", "parcels")
    done_here(undisturbed, "maintain", "parcels")
    assert rows_of(own, "clean", "parcels") == before == rows_of(undisturbed, "clean", "parcels")
    assert record_files(own, "ledger")[0] == record_files(undisturbed, "ledger")[0] == "0000000001-0000000500.jsonl"
    assert record_files(own, "profiles") == record_files(undisturbed, "profiles")
    assert [record.status for record in own.context().ledger.records("maintain")][:1] == ["interrupted"]
    assert list(own.home.rglob("*.tmp")) == []


def answers(project: Project) -> Iterator[tuple[str, str]]:
    """What the commands say that read the ledger and the Profiles."""
    runs = [record.run_id for record in project.context().ledger.records() if record.stage != "maintain"]
    week = ("--from", "2024-02-01", "--to", "2024-02-08")
    for arguments in (
        ("plan", "parcels", *week, "--json"), ("models", "parcels", "--json"),
        ("explain", runs[0], "--json"), ("explain", runs[-1], "--json"),
    ):  # fmt: skip
        done = project.here(*arguments)
        assert done.returncode == 0, done.stderr
        yield " ".join(arguments), done.stdout
    status = json.loads(project.here("status", "parcels", "--json").stdout)
    status["last"].pop("maintain", None)
    yield "status", json.dumps(status)


def test_status_plan_explain_and_validate_answer_as_before_when_all_is_folded(own: Project) -> None:
    score(own.context(), WEEK)
    fill_ledger(own, 1_040)
    judged = own.here("validate", "parcels", "--from", "2024-01-10", "--to", "2024-02-05", "--json")
    before = dict(answers(own))
    outcome = maintain(own.context())
    assert outcome.numbers["records_folded"] == 1_000
    assert outcome.numbers["profiles_packed"] > 50
    assert len(record_files(own, "ledger")) == 2 + 42 + 1
    assert dict(answers(own)) == before
    again = own.here("validate", "parcels", "--from", "2024-01-10", "--to", "2024-02-05", "--json")
    assert [one["sentence"] for one in json.loads(again.stdout)["outcomes"]] == [
        one["sentence"] for one in json.loads(judged.stdout)["outcomes"]
    ]
    assert own.here("monitor", "parcels", "--from", "2024-02-01", "--to", "2024-02-08").returncode in (0, 3)


def test_a_dry_run_prints_what_the_run_then_does_and_writes_nothing(own: Project) -> None:
    scatter(own, "clean", "parcels")
    everything = {path: path.stat().st_mtime_ns for path in (own.home / "lake").rglob("*")}
    planned = own.here("maintain", "parcels", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert missing_data(planned.stdout, "42") == []
    assert {path: path.stat().st_mtime_ns for path in (own.home / "lake").rglob("*")} == everything
    done = own.here("maintain", "parcels", "--reason", "the disk is full")
    assert done.stdout.splitlines()[1:] == planned.stdout.splitlines()[1:]
    assert own.context().ledger.records("maintain")[-1].why == "the disk is full"
    [outcome] = outcomes_of(own, "maintain", "parcels")
    assert (outcome["run_id"], outcome["status"]) == (None, "done"), "there is nothing to maintain"
