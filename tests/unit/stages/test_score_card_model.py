"""The automatic tests of how a model is made fail and pass by what is stored."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.staleness import AgedDay, Staleness, staleness
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.score_card.card import CardState
from assay.core.verdict import Action, Verdict
from assay.spec.schema.operations import PromotionSpec
from assay.stages.runtime.context import Context
from assay.stages.score_card import model_tests as module
from assay.stages.score_card.model_tests import (
    judge_cost_of_age,
    judge_review,
    judge_simpler,
    judge_slices,
    judge_tuning,
)
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.code_origin import CodeOrigin
from assay.store.ledger.run_details import StoredProcedure
from assay.store.ledger.run_documents import VERDICT

from ...kept_models import a_version
from .carded import facts, with_spec
from .judged_pipeline import BETTER, FIRST, LEVEL, START, Loop, measured, model
from .served_world import NAME, World

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("source", "approval", "state"),
    [
        (None, "none", CardState.FAILED),
        (CodeOrigin(COMMIT, dirty=True, reviewers=("max",)), "none", CardState.FAILED),
        (CodeOrigin(COMMIT, dirty=False), "none", CardState.NOT_YET),
        (CodeOrigin(COMMIT, dirty=False), "required", CardState.PASSED),
        (CodeOrigin(COMMIT, dirty=False, reviewers=("max",)), "none", CardState.PASSED),
    ],
)
def test_a_training_needs_a_whole_commit_and_a_review(
    parcels: Context, source: CodeOrigin | None, approval: str, state: CardState
) -> None:
    assert judge_review(facts(parcels)).state is CardState.NOT_YET
    World(parcels).trained(START, source=source)
    spec = parcels.pipeline.spec
    promotion = PromotionSpec.model_validate({"approval": approval})
    object.__setattr__(parcels.pipeline, "spec", spec.model_copy(update={"promotion": promotion}))
    assert judge_review(facts(parcels)).state is state


@pytest.mark.parametrize(
    ("candidates", "train", "state"),
    [
        ("", {"trials": 6}, CardState.FAILED),
        ("m:candidates", {"trials": 1}, CardState.FAILED),
        ("m:candidates", {}, CardState.FAILED),
        ("m:candidates", {"trials": 2}, CardState.PASSED),
    ],
)
def test_candidates_are_tuned_by_two_trials_or_more(
    parcels: Context, candidates: str, train: dict[str, Any], state: CardState
) -> None:
    assert judge_tuning(facts(parcels)).state is CardState.NOT_YET
    World(parcels).trained(START, procedure=StoredProcedure("z", candidates, train))
    assert judge_tuning(facts(parcels)).state is state


def known_to_an_age_of_28_days(*_: object) -> Staleness:
    days = [START + timedelta(days=n) for n in range(27)]
    aged = [
        AgedDay(day, n + 1, 0, measured(day.toordinal(), f"a|{LEVEL}|"), measured(day.toordinal(), f"a|{BETTER}|"))
        for n, day in enumerate(days)
    ]
    return staleness(aged, METRICS["roc_auc"], margin=0.03, width=28)


@pytest.mark.parametrize(("age", "state"), [(27, CardState.PASSED), (28, CardState.FAILED)])
def test_the_cost_of_age_has_to_be_known_up_to_the_age_of_the_champion(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, age: int, state: CardState
) -> None:
    today = FIRST + timedelta(days=age)
    assert judge_cost_of_age(facts(loop.ctx, today=today)).state is CardState.NOT_YET
    monkeypatch.setattr(module, "staleness_of", known_to_an_age_of_28_days)
    assert judge_cost_of_age(facts(loop.ctx, today=today)).state is state


def serve_boosted_beside_linear(loop: Loop, boosted: str, linear: str) -> None:
    """Version 2 serves; its training has a simpler contender too."""
    made = {**model("boosted", boosted, START), "complexity": 3}
    contenders = {"constant": model("constant", "0"), "linear": {**model("linear", linear, START), "complexity": 1}}
    training = loop.trained(START, **contenders, boosted=made)
    evidence = Evidence({ModelVersion(2): a_version(name="boosted", **made, training=training)})
    loop.ctx.promotions.write(
        1, kind=PromotionKind.PROMOTE, champion=ModelVersion(2), why="", run_id="p1", evidence=evidence
    )


@pytest.mark.parametrize(
    ("boosted", "linear", "state"),
    [(BETTER, LEVEL, CardState.PASSED), (LEVEL, BETTER, CardState.FAILED), (LEVEL, LEVEL, CardState.FAILED)],
)
def test_the_champion_has_to_be_shown_better_than_each_simpler_contender(
    loop: Loop, boosted: str, linear: str, state: CardState
) -> None:
    serve_boosted_beside_linear(loop, boosted, linear)
    assert judge_simpler(facts(loop.ctx)).state is state


def test_a_simpler_contender_without_folds_is_not_shown_worse(parcels: Context) -> None:
    assert judge_simpler(facts(parcels)).state is CardState.NOT_YET
    world = World(parcels)
    world.serves(world.trained(START, judged=lambda day: measured(day.toordinal(), f"a|{BETTER}|")))
    assert judge_simpler(facts(parcels)).state is CardState.NOT_YET


def test_a_gate_without_slices_fails(parcels: Context) -> None:
    with_spec(parcels, gate={"slices": []})
    assert judge_slices(facts(parcels)).state is CardState.FAILED


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([], CardState.NOT_YET),
        ([Status.PASS, Status.PASS], CardState.PASSED),
        ([Status.PASS, Status.WARN], CardState.NOT_YET),
        ([Status.WARN, Status.FAIL], CardState.FAILED),
    ],
)
def test_the_newest_gate_that_judged_slices_decides(parcels: Context, statuses: list[Status], state: CardState) -> None:
    gate(parcels, "g1", START, statuses)
    gate(parcels, "g2", START + timedelta(days=7), [])
    assert judge_slices(facts(parcels)).state is state


def gate(ctx: Context, run_id: str, day: date, statuses: list[Status]) -> None:
    findings = tuple(Finding("gate.slice", status, "It is so.", Severity.CRITICAL, "depot") for status in statuses)
    ctx.runs.write(run_id, VERDICT, Verdict(Status.PASS, Action.KEEP, "It is so.", findings))
    ctx.ledger.append(ctx.record(run_id, "gate", NAME, Interval.of(day), Action.KEEP))
