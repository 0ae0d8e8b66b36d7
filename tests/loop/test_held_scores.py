"""A bad day of scores is held and the others are published; a new champion's first day goes before all others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.api import PipelineHandle
from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land
from assay.stages.models.model_versions import Model, version_model
from assay.stages.promotion.promote import promote
from assay.stages.runtime.context import Context
from assay.stages.scoring import score as score_stage
from assay.stages.scoring.score import score
from assay.store.ledger.run_documents import DAILY_VERDICTS
from assay.store.ledger.run_record import PartitionStatus

from ..another_version import another_version
from ..expect_errors import error_codes, missing_data
from .commands import SCORE, change, done_here, outcomes_of, output_of, status_of
from .conftest import TRAINED, Project
from .table_rows import rows_of

WEEK = Interval(date(2024, 2, 1), TRAINED)
BAD = date(2024, 2, 3)
RELEASE = ("release", "parcels", "--scores", "--date", str(BAD), "--reason", "a strike in two depots")
LOADERS = """
import numpy as np
from assay.models.bundle.predictor import load_predictor


def no_score_for_the_heavy(source):
    predict = load_predictor(source)
    return lambda batch: np.where(np.asarray(batch.column("weight")) > 500, np.nan, predict(batch))


def nearly_certain(source):
    predict = load_predictor(source)
    return lambda batch: 0.9 + predict(batch) / 10
"""


@pytest.fixture(scope="session")
def loaders(lived: Project, tmp_path_factory: pytest.TempPathFactory) -> str:
    module = tmp_path_factory.mktemp("faulty") / "faulty_models_of_the_test.py"
    module.write_text(LOADERS)
    lived.context().spark.sparkContext.addPyFile(str(module))
    return module.stem


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch, loaders: str) -> Callable[[ModelVersion, str], None]:
    """Give a version a fault in its predictions, which no bundle in a native format can be made to have."""

    def give(version: ModelVersion, fault: str) -> None:
        def model(ctx: Context, number: ModelVersion, name: str) -> Model:
            real = version_model(ctx, number, name)
            scoring = replace(real.scoring, load=f"{loaders}:{fault}")
            return replace(real, scoring=scoring) if number == version else real

        monkeypatch.setattr(score_stage, "version_model", model)

    return give


def land_again(project: Project, day: date, how: Callable[[list[str]], list[str]]) -> None:
    change(project.drop(str(day)), how)
    for stage in (land, clean):
        assert stage(project.context(), "parcels", Interval.of(day)).exit_code == 0


def all_late(lines: list[str]) -> list[str]:
    """Every parcel is as heavy as they come, from the depot that is late most often."""
    fields = [line.split(",") for line in lines[1:]]
    return [lines[0], *[",".join([*row[:2], "BER", "29.5", row[4]]) for row in fields]]


def three_heavy(lines: list[str]) -> list[str]:
    fields = [line.strip().split(",") for line in lines[1:4]]
    return [lines[0], *[",".join([*row[:3], "900.0", "1\n"]) for row in fields], *lines[4:]]


def held_days(project: Project) -> list[str]:
    return list(status_of(project)["scored"]["held"])


def days_of(project: Project, kind: str) -> set[str]:
    return {str(row[0]) for row in rows_of(project, kind, "parcels")}


def served_by(project: Project) -> dict[str, ModelVersion | None]:
    latest = project.context().ledger.latest("score", "parcels", PartitionStatus.SCORED)
    return {str(day): state.version for day, (_, state) in latest.items()}


@pytest.fixture
def odd(own: Project) -> Project:
    """One day of the week is unlike any day that the champion was judged by."""
    land_again(own, BAD, all_late)
    return own


def test_a_day_out_of_line_is_held_the_others_are_published_and_a_person_releases_it(odd: Project) -> None:
    [outcome] = outcomes_of(odd, *SCORE, code=3)
    assert outcome["status"] == "held"
    assert missing_data(outcome["sentence"], BAD, "120 rows") == []
    good = {str(day) for day in WEEK} - {str(BAD)}
    assert days_of(odd, "predictions") == good
    held_rows = rows_of(odd, "predictions_held", "parcels")
    assert ({row[0] for row in held_rows}, len(held_rows)) == ({str(BAD)}, 120)
    verdict = odd.context().runs.read(outcome["run_id"], DAILY_VERDICTS)[BAD]
    assert {f.check for f in verdict.findings if f.status is Status.FAIL} >= {"score.mean"}
    assert held_days(odd) == [str(BAD)]
    assert missing_data(done_here(odd, "explain", outcome["run_id"]), BAD) == []

    plan = odd.here("plan", "parcels", *SCORE[2:], "--select", "score", "--json")
    assert plan.returncode == 3
    [step] = json.loads(plan.stdout)
    [held] = step["held"]
    assert (held["day"], held["run_id"]) == (str(BAD), outcome["run_id"])
    assert any(command.startswith("assay release parcels --scores") for command in held["commands"])
    [again] = outcomes_of(odd, *SCORE, code=3)
    assert (again["run_id"], again["status"]) == (None, "held"), "nothing is computed twice"
    [monitored] = outcomes_of(odd, "monitor", *SCORE[1:])
    assert monitored["run_id"] is not None

    assert error_codes(output_of(odd, *RELEASE[:-2], code=2)) == ["no-reason"]
    [released] = outcomes_of(odd, *RELEASE)
    assert days_of(odd, "predictions") == {str(day) for day in WEEK}
    assert [row for row in rows_of(odd, "predictions", "parcels") if row[0] == str(BAD)] == held_rows
    assert rows_of(odd, "predictions_held", "parcels") == []
    assert held_days(odd) == []
    assert PipelineHandle(odd.context()).predictions(released["run_id"]).count() == 120
    assert error_codes(output_of(odd, *RELEASE, code=2)) == ["not-held"]
    [done] = outcomes_of(odd, *SCORE)
    assert done["run_id"] is None
    record = odd.context().ledger.records("score")[-1]
    assert (record.status, record.why) == ("released", "a strike in two depots")
    outcomes_of(odd, "monitor", *SCORE[1:])


def test_a_released_day_is_evidence_so_that_a_new_normal_is_not_held_every_night(odd: Project) -> None:
    outcomes_of(odd, *SCORE[:2], "--from", "2024-02-01", "--to", "2024-02-04", code=3)
    outcomes_of(odd, *RELEASE)
    land_again(odd, date(2024, 2, 4), all_late)
    outcomes_of(odd, *SCORE)
    assert held_days(odd) == []


def test_a_spec_that_holds_nothing_publishes_the_day_with_a_warning(editable: Project) -> None:
    land_again(editable, BAD, all_late)
    editable.edit("score:    {hold: [volume, drift]}", "score:    {hold: []}")
    [outcome] = outcomes_of(editable, *SCORE)
    assert outcome["exit_code"] == 0
    assert days_of(editable, "predictions") == {str(day) for day in WEEK}
    verdicts = editable.context().runs.read(outcome["run_id"], DAILY_VERDICTS)
    assert verdicts[BAD].status is Status.WARN


def test_one_impossible_score_holds_its_day_alone(own: Project, faulty: Callable[[ModelVersion, str], None]) -> None:
    land_again(own, BAD, three_heavy)
    faulty(ModelVersion(1), "no_score_for_the_heavy")
    [outcome] = outcomes_of(own, *SCORE, code=3)
    verdict = own.context().runs.read(outcome["run_id"], DAILY_VERDICTS)[BAD]
    [finding] = [f for f in verdict.findings if f.status is Status.FAIL]
    assert (finding.check, finding.observed) == ("score.possible", 3)
    assert len(rows_of(own, "predictions", "parcels")) == 6 * 120
    assert len(rows_of(own, "predictions_held", "parcels")) == 120


def test_the_first_day_of_a_new_champion_goes_first_and_when_it_is_bad_the_others_wait(
    own: Project, faulty: Callable[[ModelVersion, str], None]
) -> None:
    score(own.context(), Interval(date(2024, 2, 1), date(2024, 2, 3)))
    second = another_version(own.context(), date(2024, 2, 3))
    promote(own.context(why="it was shown better"), second)
    faulty(second, "nearly_certain")
    [outcome] = outcomes_of(own, *SCORE, code=3)
    assert missing_data(outcome["sentence"], BAD, "4 days", "assay rollback parcels") == []
    assert served_by(own) == dict.fromkeys(("2024-02-01", "2024-02-02"), 1), "one day was scored, and no reader has it"
    assert days_of(own, "predictions_held") == {str(BAD)}
    plan = own.here("plan", "parcels", *SCORE[2:], "--select", "score", "--json")
    [held] = json.loads(plan.stdout)[0]["held"]
    assert any("rollback" in command for command in held["commands"])

    shown = output_of(own, "rollback", "parcels", "--dry-run", code=0)
    assert missing_data(shown, BAD) == []
    document = own.here("rollback", "parcels", "--rescore", "--reason", "its first day is out of line", "--json")
    assert document.returncode == 0, document.stdout + document.stderr
    assert held_days(own) == []
    assert served_by(own) == dict.fromkeys(("2024-02-01", "2024-02-02", str(BAD)), 1)
    assert rows_of(own, "predictions_held", "parcels") == []
    outcomes_of(own, *SCORE)
    assert served_by(own) == {str(day): 1 for day in WEEK}


def test_a_good_first_day_is_a_run_of_its_own_and_the_others_follow(own: Project) -> None:
    [outcome] = outcomes_of(own, *SCORE)
    assert outcome["numbers"]["rows"] == 840
    runs = [sorted(record.partitions) for record in own.context().ledger.records("score")]
    assert runs == [["2024-02-01"], [str(day) for day in WEEK][1:]]


def test_a_held_day_is_scored_again_by_another_champion(odd: Project) -> None:
    outcomes_of(odd, *SCORE, code=3)
    promote(odd.context(why="it was shown better"), another_version(odd.context(), TRAINED))
    plan = odd.here("plan", "parcels", *SCORE[2:], "--select", "score", "--json")
    reasons = {one["date"]: one["reason"] for one in json.loads(plan.stdout)[0]["partitions"]}
    assert {day for day, reason in reasons.items() if reason == "champion changed"} == {str(BAD)}


def test_a_repair_that_is_held_names_the_days_that_readers_still_see_by_the_bad_version(odd: Project) -> None:
    promote(odd.context(why="it was shown better"), another_version(odd.context(), TRAINED))
    outcomes_of(odd, *SCORE, code=3)
    outcomes_of(odd, *RELEASE)
    served = {str(day) for day, version in served_by(odd).items() if version == 2}
    assert str(BAD) in served
    done = odd.here("rollback", "parcels", "--rescore", "--reason", "its scores are wrong", "--json")
    assert done.returncode == 3, done.stdout + done.stderr
    last = json.loads(done.stdout)["outcomes"][-1]
    assert (last["status"], served_by(odd)[str(BAD)]) == ("held", 2)
    assert missing_data(last["sentence"], "version 2", BAD, "release parcels --scores") == []
    [again] = outcomes_of(odd, "score", "parcels", "--replace", "2", code=3)
    assert (again["run_id"], again["status"]) == (None, "held"), "nothing is computed twice"
    outcomes_of(odd, *RELEASE)
    assert set(served_by(odd).values()) == {1}


def test_scores_that_are_held_leave_what_was_served_before_as_it_was(own: Project) -> None:
    outcomes_of(own, *SCORE)
    before = rows_of(own, "predictions", "parcels")
    land_again(own, BAD, all_late)
    outcomes_of(own, *SCORE, code=3)
    assert rows_of(own, "predictions", "parcels") == before
    assert served_by(own) == {str(day): 1 for day in WEEK}
    assert held_days(own) == [str(BAD)]


@pytest.mark.parametrize("point", ["score:before-tasks", "score:after-held", "score:after-commit"])
def test_scoring_with_a_held_day_killed_at_every_point_ends_as_if_undisturbed(
    odd: Project, tmp_path: Path, ended: Callable[..., None], point: str
) -> None:
    undisturbed = odd.copy(tmp_path / "undisturbed")
    days = (*SCORE[:2], "--from", "2024-02-02", "--to", "2024-02-05")
    for project in (odd, undisturbed):
        outcomes_of(project, *SCORE[:2], "--date", "2024-02-01")
    outcomes_of(undisturbed, *days, code=3)
    ended(odd, *days, at=point, real=point == "score:after-held")
    outcomes_of(odd, *days, code=3)
    for kind in ("predictions", "predictions_held"):
        assert rows_of(odd, kind, "parcels") == rows_of(undisturbed, kind, "parcels")
    assert len(odd.context().ledger.records("score")) == 2


def test_a_release_of_scores_killed_after_its_commit_is_recorded_by_the_next_command(
    odd: Project, ended: Callable[..., None]
) -> None:
    outcomes_of(odd, *SCORE, code=3)
    ended(odd, *RELEASE, at="release:after-commit", real=True)
    assert held_days(odd) == [str(BAD)]
    outcomes_of(odd, *SCORE)
    assert held_days(odd) == []
    assert len(rows_of(odd, "predictions", "parcels")) == 840
    records: list[Any] = odd.context().ledger.records("score")
    assert [record.status for record in records].count("released") == 1
