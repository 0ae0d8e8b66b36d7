"""The automatic tests of how models come into service fail and pass by what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.score_card.card import CardState
from assay.core.verdict import Action, Verdict
from assay.stages.runtime.context import Context
from assay.stages.score_card.infrastructure_tests import (
    judge_first_day,
    judge_integration,
    judge_model_tests,
    judge_reproducible,
    judge_rollback,
    judge_validation,
)
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import ScoringDetails, TrainingDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from .carded import TODAY, changed_newest, facts, with_spec
from .judged_pipeline import START, Loop
from .served_world import NAME, World
from .test_score_card_data import write

ONE = ModelVersion(1)


def trained_with(ctx: Context, inputs: str, validation: float) -> None:
    newest = ctx.ledger.records("train")[-1]
    details = newest.details_as(TrainingDetails)
    contenders = {name: replace(one, validation=validation) for name, one in details.contenders.items()}
    identity = PartitionFingerprint(NAME, str(START), inputs, "c", "s")
    states = {str(START): PartitionState(PartitionStatus.TRAINED, identity)}
    changed_newest(ctx, "train", partitions=states, details=replace(details, contenders=contenders))


@pytest.mark.parametrize(
    ("inputs", "validation", "state"),
    [
        ("other", 0.7, CardState.NOT_YET),
        ("same", 0.7, CardState.PASSED),
        ("same", 0.7000000000000001, CardState.FAILED),
    ],
)
def test_two_trainings_of_the_same_inputs_have_to_fit_the_same_models(
    parcels: Context, inputs: str, validation: float, state: CardState
) -> None:
    World(parcels).trained(START)
    assert judge_reproducible(facts(parcels)).state is CardState.NOT_YET
    trained_with(parcels, "same", 0.7)
    trained_with(parcels, inputs, validation)
    assert judge_reproducible(facts(parcels)).state is state


def test_candidates_need_a_test(parcels: Context, tmp_path: Path) -> None:
    write(tmp_path, "Jenkinsfile", "pipeline {}")
    assert judge_model_tests(facts(parcels, tmp_path)).state is CardState.FAILED
    write(tmp_path, "tests/test_models.py", "from parcel_code.models import candidates")
    assert judge_model_tests(facts(parcels, tmp_path)).state is CardState.PASSED
    with_spec(parcels, train={"candidates": None})
    assert judge_model_tests(facts(parcels, tmp_path)).state is CardState.NOT_YET


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ("from assay.cli.main import invoke\ninvoke(['check', 'parcels', '--static'])", CardState.FAILED),
        ("import json\njson.dumps('run')", CardState.FAILED),
        ("from assay.cli.main import invoke\ninvoke(['run', 'parcels'])", CardState.PASSED),
        ("import subprocess\nsubprocess.run('assay run parcels', shell=True)", CardState.PASSED),
        ("import assay\nfor stage in ('train', 'score'): print(stage)", CardState.PASSED),
    ],
)
def test_a_pipeline_needs_a_test_that_runs_its_stages(
    parcels: Context, tmp_path: Path, lines: str, state: CardState
) -> None:
    write(tmp_path, "tests/test_pipeline.py", lines)
    assert judge_integration(facts(parcels, tmp_path)).state is CardState.FAILED, "nothing runs the tests"
    write(tmp_path, ".github/workflows/ci.yml", "jobs: {}")
    assert judge_integration(facts(parcels, tmp_path)).state is state


@pytest.mark.parametrize(
    ("status", "action", "state"),
    [
        (Status.PASS, Action.PROMOTE, CardState.PASSED),
        (Status.PASS, Action.KEEP, CardState.FAILED),
        (Status.FAIL, Action.REFUSE, CardState.FAILED),
    ],
)
def test_the_champion_needs_the_verdict_of_a_gate(loop: Loop, status: Status, action: Action, state: CardState) -> None:
    assert judge_validation(facts(loop.ctx)).state is CardState.FAILED, "no verdict is stored"
    loop.ctx.runs.write("p0", VERDICT, Verdict(status, action, "It is so."))
    assert judge_validation(facts(loop.ctx)).state is state


def test_an_override_is_no_verdict(loop: Loop) -> None:
    loop.ctx.runs.write("p0", VERDICT, Verdict(Status.PASS, Action.PROMOTE, "It is so."))
    evidence = loop.state.evidence
    loop.ctx.promotions.write(
        1, kind=PromotionKind.PROMOTE, champion=ONE, why="", run_id="o", evidence=evidence, expires=date(2099, 1, 1)
    )
    assert judge_validation(facts(loop.ctx)).state is CardState.FAILED


def test_no_champion_is_no_failure(parcels: Context) -> None:
    for judge in (judge_validation, judge_first_day, judge_rollback):
        assert judge(facts(parcels)).state is CardState.NOT_YET


def scored(ctx: Context, days: list[date], status: Status | None) -> None:
    if status is not None:
        verdict = Verdict(status, Action.PUBLISH, "It is so.")
        ctx.runs.write("s1", DAILY_VERDICTS, dict.fromkeys(days, verdict))
    identity = PartitionFingerprint(NAME, str(days[0]), "", "", "")
    states = {str(day): PartitionState(PartitionStatus.SCORED, identity, {"rows": 1}, ONE) for day in days}
    details = ScoringDetails(last_commit=f"predictions/{NAME}", version=ONE, digest="d")
    covered = Interval(days[0], days[-1] + timedelta(days=1))
    ctx.ledger.append(ctx.record("s1", "score", NAME, covered, RunStatus.DONE, partitions=states, details=details))


@pytest.mark.parametrize(
    ("days", "status", "state"),
    [
        (1, Status.PASS, CardState.PASSED),
        (1, Status.FAIL, CardState.FAILED),
        (1, None, CardState.FAILED),
        (2, Status.PASS, CardState.FAILED),
    ],
)
def test_the_first_day_of_a_version_has_to_be_judged_alone(
    loop: Loop, days: int, status: Status | None, state: CardState
) -> None:
    assert judge_first_day(facts(loop.ctx)).state is CardState.NOT_YET
    scored(loop.ctx, [START + timedelta(days=n) for n in range(days)], status)
    assert judge_first_day(facts(loop.ctx)).state is state


def test_a_rollback_counts_for_a_year(loop: Loop) -> None:
    assert judge_rollback(facts(loop.ctx)).state is CardState.NOT_YET
    version = loop.another_version()
    evidence = loop.state.evidence
    for number, (kind, champion) in enumerate(
        [(PromotionKind.PROMOTE, version), (PromotionKind.ROLLBACK, ONE)], start=2
    ):
        assert judge_rollback(facts(loop.ctx, today=TODAY)).state is CardState.NOT_YET
        loop.ctx.promotions.write(
            number, kind=kind, champion=champion, why="odd", run_id=f"r{number}", evidence=evidence
        )
    done = datetime.fromisoformat(loop.state.at).date()
    assert judge_rollback(facts(loop.ctx, today=done + timedelta(days=365))).state is CardState.PASSED
    assert judge_rollback(facts(loop.ctx, today=done + timedelta(days=366))).state is CardState.FAILED
