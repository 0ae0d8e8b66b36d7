"""A version that is as old as the track record shows to cost requests a training, and the cost is computed once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.staleness import Staleness
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.served_model import decide_action
from assay.core.verdict import Action
from assay.errors import InfrastructureError
from assay.stages.models.model_versions import training_of
from assay.stages.reviews import cadence as module
from assay.stages.reviews.cadence import age_finding, cadence_of
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import Cadence, MonitoringDetails, TrainingDetails

from .served_world import NAME, World

TRAINED, ONE = date(2024, 3, 4), ModelVersion(1)
RECIPE = f"recipe-{TRAINED}"
GOOD = Finding("served.metric", Status.PASS, "It is good.", observed=0.8)


@pytest.fixture
def world(parcels: Context) -> World:
    made = World(parcels)
    made.serves(made.trained(TRAINED))
    return made


def of_age(world: World, age: int, costs_from: int | None) -> list[Finding]:
    """The finding about version 1 at an age."""
    until = training_of(world.ctx, ONE).details_as(TrainingDetails).window.end
    end = until + timedelta(days=age + 1)
    return age_finding(world.ctx, ONE, end, Cadence("train", RECIPE, costs_from))


@pytest.mark.parametrize(("age", "action"), [(55, Action.NONE), (56, Action.RETRAIN)])
def test_a_version_of_the_age_that_costs_requests_a_training(world: World, age: int, action: Action) -> None:
    [finding] = of_age(world, age, 56)
    assert finding.observed == age
    assert decide_action([GOOD, finding]).action is action


def test_no_age_that_costs_is_no_finding(world: World) -> None:
    assert of_age(world, 300, None) == []
    assert age_finding(world.ctx, ONE, TRAINED, None) == []


@pytest.mark.parametrize("label_delay", [1, 60])
def test_a_training_of_today_has_to_be_newer_by_a_fold(parcels: Context, label_delay: int) -> None:
    world = World(parcels, label_delay=label_delay)
    world.serves(world.trained(TRAINED))
    fold = world.ctx.pipeline.spec.gate.fold
    [young], [old] = of_age(world, label_delay + fold - 1, 1), of_age(world, label_delay + fold, 1)
    assert (young.status, old.status) == (Status.PASS, Status.WARN)


def test_an_age_of_zero_days_is_no_age_that_costs(world: World) -> None:
    assert of_age(world, 300, 0) == []


def test_a_version_that_serves_by_a_rollback_requests_nothing_for_its_age(world: World) -> None:
    state = world.ctx.promotions.current()
    assert state is not None
    world.ctx.promotions.write(
        1, kind=PromotionKind.ROLLBACK, champion=ONE, why="back", run_id="r", evidence=state.evidence
    )
    assert of_age(world, 300, 56) == []


def test_outcomes_that_cannot_be_read_leave_the_cost_of_age_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object, **__: object) -> Staleness:
        raise InfrastructureError("a file is damaged", code="corrupt-file")

    monkeypatch.setattr(module, "staleness_of", damaged)
    assert cadence_of(world.ctx, ONE) is None


def test_something_that_drifted_is_looked_at_before_a_training_for_age(world: World) -> None:
    [aged] = of_age(world, 90, 56)
    drifted = Finding("drift.jump", Status.WARN, "It jumped.", Severity.WARNING)
    assert decide_action([GOOD, aged, drifted]).action is Action.LOOK


def test_the_sentence_has_the_weak_metric_and_the_age(world: World) -> None:
    [aged] = of_age(world, 90, 56)
    weak = Finding("served.decline", Status.WARN, "It may have fallen.", Severity.WARNING)
    assert decide_action([weak, aged]).sentence == f"It may have fallen. {aged.sentence}"


def test_the_cost_of_age_is_computed_once_for_each_training(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cadence_of(world.ctx, ONE)
    assert first == Cadence(f"train-{TRAINED}", RECIPE, None)
    details = MonitoringDetails(version=ONE, cadence=Cadence(f"train-{TRAINED}", RECIPE, 28))
    world.ctx.ledger.append(world.ctx.record("m", "monitor", NAME, Interval.of(TRAINED), Action.NONE, details=details))
    monkeypatch.setattr(module, "staleness_of", lambda *_, **__: pytest.fail("it was computed again"))
    assert cadence_of(world.ctx, ONE) == details.cadence


def test_a_newer_training_computes_the_cost_of_age_again(world: World) -> None:
    details = MonitoringDetails(version=ONE, cadence=Cadence("train-before", RECIPE, 28))
    world.ctx.ledger.append(world.ctx.record("m", "monitor", NAME, Interval.of(TRAINED), Action.NONE, details=details))
    assert cadence_of(world.ctx, ONE) == Cadence(f"train-{TRAINED}", RECIPE, None)


def test_without_a_training_nothing_is_known(parcels: Context) -> None:
    assert cadence_of(parcels, ONE) is None
