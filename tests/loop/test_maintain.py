"""maintain: fewer files, the same rows, every pinned version readable; beside running jobs, and killed anywhere."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.core.operations.retention import CURRENT, DAY, RECENT
from assay.errors import InputError
from assay.stages.evaluation.holdout import pinned_inputs
from assay.stages.ingest.clean import clean
from assay.stages.operations.maintain import maintain
from assay.stages.operations.retention_leases import find_leases
from assay.stages.operations.run import plan, select_stages
from assay.stages.operations.table_maintenance import plan_table
from assay.stages.runtime.context import StageOutcome
from assay.stages.scoring.score import score
from assay.store.delta.log import commits, table_version
from assay.store.delta.table_files import DeltaFiles
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, RunRecord

from ..expect_errors import missing_data, raises_code
from .conftest import LIVED, TRAINED, Project
from .test_killed import done_here
from .test_loop import WEEK, rows_of
from .test_races import stopped

LAKE = ("clean", "held", "quarantine", "predictions", "predictions_shadow")


def scatter(project: Project, kind: str, name: str, files: int = 6) -> None:
    """Write some days of a table anew as many small files, as many small appends would leave them."""
    spark, place = project.context().spark, f"file://{project.lake(kind, name)}"
    frame = spark.read.format("delta").load(place).where("ship_date >= '2024-02-01'")
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    try:
        writer = frame.repartition(files).write.format("delta").mode("overwrite").option("dataChange", "false")
        writer.option("replaceWhere", "ship_date >= '2024-02-01'").save(place)
    finally:
        spark.conf.unset("spark.sql.adaptive.enabled")


def age(project: Project, days: float) -> None:
    """Let all that lies in the lake's tables have been written so many days earlier."""
    for kind in LAKE:
        for path in (project.home / "lake" / kind).rglob("*"):
            if path.is_file():
                moment = path.stat().st_mtime - days * DAY
                os.utime(path, (moment, moment))


def later(days: float) -> float:
    """The moment so many days from now."""
    return time.time() + days * DAY


def of_table(outcome: StageOutcome, place: str) -> dict[str, Any]:
    [entry] = [table for table in outcome.numbers["tables"] if table["table"] == place]
    return dict(entry)


def at_version(project: Project, version: int, kind: str = "clean", name: str = "parcels") -> list[tuple[str, ...]]:
    reader = project.context().spark.read.format("delta").option("versionAsOf", version)
    return sorted(tuple(map(str, row)) for row in reader.load(f"file://{project.lake(kind, name)}").collect())


def change_a_drop(project: Project, day: date, without: int) -> None:
    from parcel_code.landing import parcels_of, write

    rows = [row for row in parcels_of(day) if row[1] != without]
    write(project.drop(str(day)), ["ship_date", "parcel", "depot", "weight", "boxes"], rows)


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
    assert (record.stage, record.who, record.counts["files_compacted"]) == ("maintain", "tester", 84)
    change_a_drop(own, date(2024, 2, 2), without=7)
    assert clean(own.context(), "parcels", WEEK).numbers["in"] == 119, "what was compacted is written as before"


def test_a_killed_runs_commit_is_filed_before_a_compaction_could_hide_it(own: Project) -> None:
    own.crashed("score", "parcels", "--from", "2024-02-01", "--to", "2024-02-08", at="score:after-commit")
    scatter(own, "predictions", "parcels")
    ctx = own.context()
    maintain(ctx)
    assert [record.stage for record in own.context().ledger.records()][-2:] == ["score", "maintain"]
    newest = commits(own.lake("predictions", "parcels"), 1)[0]
    assert (newest.operation, newest.metadata["run_id"]) == ("OPTIMIZE", "")
    assert score(own.context(), WEEK).run_id is None


def test_what_the_champion_was_trained_on_is_read_after_a_year_and_what_nobody_needs_is_gone(own: Project) -> None:
    ctx = own.context()
    [training] = ctx.ledger.records("train")
    pinned = training.details["read"]["parcels"]["version"]
    then = at_version(own, pinned)
    for without in (7, 8, 9):
        change_a_drop(own, date(2024, 2, 2), without=without)
        clean(own.context(), "parcels", WEEK)
    newest = table_version(own.lake("clean", "parcels"))
    assert newest == pinned + 3
    age(own, 400)
    done = maintain(own.context())
    about = of_table(done, "clean/parcels")
    assert about["removed"]["files"] == 2, "the files of the two versions in between"
    assert about["kept"]["champion 1 of parcels"]["files"] == 1
    assert set(about["kept"]) == {CURRENT, "champion 1 of parcels"}
    assert at_version(own, pinned) == then
    assert len(at_version(own, newest)) == len(LIVED) * 120 - 1
    with pytest.raises(Exception, match=r"FILE_NOT_EXIST|does not exist"):
        at_version(own, pinned + 1)
    another = {"parcels": {"version": pinned + 1}}
    with raises_code(InputError, "version-gone", pinned + 1, "parcels"):
        pinned_inputs(own.context(), replace(training, details={**training.details, "read": another}))
    for n in range(12):
        place = f"delta.`file://{own.lake('clean', 'parcels')}`"
        own.context().spark.sql(f"ALTER TABLE {place} SET TBLPROPERTIES ('n' = '{n}')")
    assert DeltaFiles(own.lake("clean", "parcels")).checkpoints(), "Spark had the occasion to forget what is old"
    assert at_version(own, pinned) == then, "and did not: the log is older than the 30 days that Delta keeps by itself"


def test_nothing_goes_within_the_retention_nor_what_a_running_job_may_have_read(own: Project) -> None:
    change_a_drop(own, date(2024, 2, 2), without=7)
    clean(own.context(), "parcels", WEEK)
    with stopped(own, "train", "parcels", "--date", str(TRAINED), "--force", at="train:before-ledger") as trainer:
        change_a_drop(own, date(2024, 2, 2), without=8)
        clean(own.context(), "parcels", WEEK)
        assert of_table(maintain(own.context(), now=later(6)), "clean/parcels")["removed"]["files"] == 0
        leases = find_leases(own.context())["clean/parcels"]
        alone = plan_table(own.context(), "clean", "parcels", leases, now=later(30), running=[])
        assert alone is not None
        assert len(alone.retention.removed) == 1, "what the trainer read is old enough to go, and pinned by nothing yet"
        beside = of_table(maintain(own.context(), now=later(30)), "clean/parcels")
        assert (beside["removed"]["files"], beside["kept"][RECENT]["files"]) == (0, 1)
    out, err = trainer.communicate(timeout=240)
    assert trainer.returncode == 0, out + err
    after = of_table(maintain(own.context(), now=later(30)), "clean/parcels")
    assert (after["removed"]["files"], after["kept"][f"training of parcels for {TRAINED}"]["files"]) == (0, 1)


def test_scores_that_were_served_stay_readable_by_their_run(own: Project) -> None:
    first = score(own.context(), WEEK).run_id
    served = at_version(own, 0, "predictions")
    score(own.context(force=True), WEEK)
    done = maintain(own.context(), now=later(400))
    about = of_table(done, "predictions/parcels")
    assert about["removed"]["files"] == 0
    assert about["kept"][f"served by {first}"]["files"] >= 7
    assert at_version(own, 0, "predictions") == served


@pytest.mark.parametrize("command", ["clean", pytest.param("score", marks=pytest.mark.system)])
def test_a_running_job_wins_and_its_tables_are_left_for_the_next_time(own: Project, command: str) -> None:
    days = ("--from", "2024-02-01", "--to", "2024-02-08")
    lock, extra = {"clean": ("clean/parcels", ("--table", "parcels", "--force")), "score": ("predictions/parcels", ())}[
        command
    ]
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
    documents = [record.to_json() for record in own.context().ledger.records()]
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
        assert [record.to_json() for record in records][: len(documents)] == documents
    done_here(own, "maintain", "parcels")
    done_here(undisturbed, "maintain", "parcels")
    assert rows_of(own, "clean", "parcels") == before == rows_of(undisturbed, "clean", "parcels")
    assert names(own, "ledger")[0] == names(undisturbed, "ledger")[0] == "0000000001-0000000500.jsonl"
    assert names(own, "profiles") == names(undisturbed, "profiles")
    assert [record.status for record in own.context().ledger.records("maintain")][:1] == ["interrupted"]
    assert list(own.home.rglob("*.tmp")) == []


def names(project: Project, kind: str) -> list[str]:
    folder = project.home / "lake" / "_assay" / "parcels" / kind
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def fill_ledger(project: Project, count: int) -> None:
    """Records of a land of a day long ago, again and again, until there are so many."""
    from assay.store.ledger.sequence import Sequence

    sequence = Sequence(project.home / "lake" / "_assay" / "parcels" / "ledger")
    for number in range(len(sequence.read()) + 1, count + 1):
        day = date(2023, 1, 1) + timedelta(days=number)
        state = PartitionState("landed", PartitionFingerprint("parcels", str(day), f"{number}", "", ""), {"lines": 120})
        record = RunRecord(
            f"20230101T000000-land-{number:06x}", "parcels", "land", "parcels", day, day + timedelta(days=1), "done",
            "2023-01-01T00:00:00Z", "tester", partitions={str(day): state}, number=number,
        )  # fmt: skip
        assert sequence.create(number, record.to_json())


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
    assert len(names(own, "ledger")) == 2 + 42 + 1
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
    assert "there is nothing to maintain" in own.here("maintain", "parcels").stdout
