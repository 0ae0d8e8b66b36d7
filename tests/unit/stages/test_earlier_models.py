"""What was served beside earlier models that trainings score on the same days."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.models.served_outcomes import seen_by_version
from assay.stages.monitoring.earlier_models import judge_beside_earlier
from assay.stages.promotion.promote import by_hand
from assay.stages.runtime.context import Context
from assay.stages.training.folds import FoldMade, keep_fold
from assay.stages.training.frozen_folds import frozen_models, frozen_recipe
from assay.stages.training.track_record import outcomes_subject
from assay.store.decisions.promotions import PromotionKind

from .served_world import World, labelled

FIRST, SECOND = date(2024, 1, 1), date(2024, 3, 4)
ONE, TWO = ModelVersion(1), ModelVersion(2)
SERVED = Interval(SECOND + timedelta(days=10), SECOND + timedelta(days=94))


@pytest.fixture
def world(parcels: Context) -> World:
    """Version 2 serves after version 1, which the gate had shown better than nothing; both are known."""
    made = World(parcels, label_delay=3)
    versions = {ONE: made.trained(FIRST), TWO: made.trained(SECOND)}
    for number, champion in enumerate((ONE, TWO)):
        parcels.promotions.write(
            number, kind=PromotionKind.PROMOTE, champion=champion, why="", run_id=f"p{number}",
            evidence=Evidence(versions),
        )  # fmt: skip
    return made


def outcomes(day: date, strength: float) -> OutcomeProfile:
    random = np.random.default_rng(day.toordinal() + int(1_000 * strength))
    return labelled(random.normal(0.5 + strength, 0.15, 100), random.normal(0.5, 0.15, 100))


def frozen(world: World, version: ModelVersion, strength: float, days: Interval = SERVED) -> None:
    """Keep the folds of a frozen version, four weeks each, as a training does."""
    ctx = world.ctx
    for start in days.dates()[::28]:
        block = Interval(start, min(days.end, start + timedelta(days=28)))
        scored = {f"version {version}": {day: outcomes(day, strength) for day in block.dates()}}
        made = FoldMade(scored, {f"version {version}": frozen_recipe(ctx, version)}, 100)
        keep_fold(ctx, Fold(block, block), block.end, "inputs", made)


def judged(world: World, strength: float = 0.1) -> list[Finding]:
    return judge_beside_earlier(world.ctx, TWO, {day: outcomes(day, strength) for day in SERVED.dates()})


def test_the_version_before_is_shown_better_on_the_days_that_a_training_scored_with_it(world: World) -> None:
    assert frozen_models(world.ctx, TWO) == [ONE]
    assert judged(world) == [], "no training has scored it so far"
    frozen(world, ONE, 0.2)
    [finding] = judged(world)
    assert (finding.status, finding.details["version"]) == (Status.FAIL, ONE)
    [equal] = judged(world, strength=0.2)
    assert equal.status is Status.PASS


def test_days_that_either_version_has_seen_do_not_count(world: World) -> None:
    seen = seen_by_version(world.ctx, TWO)
    frozen(world, ONE, 0.2, Interval(seen.start, seen.end))
    assert judged(world) == []


def test_a_version_that_is_not_champion_any_more_or_was_left_is_not_compared(world: World) -> None:
    frozen(world, ONE, 0.2)
    ctx = world.ctx
    state = ctx.promotions.current()
    assert state is not None
    ctx.why = "two is worse"
    by_hand(ctx, state, PromotionKind.ROLLBACK, ONE)
    assert judged(world) == []
    assert frozen_models(ctx, ONE) == [], "no rollback goes to what was left by one"


def test_a_damaged_fold_of_an_earlier_version_is_a_warning_and_does_not_end_the_night(world: World) -> None:
    frozen(world, ONE, 0.2)
    ctx = world.ctx
    [run] = {record.run_id for record in ctx.ledger.records("fold") if record.start == SERVED.start}
    subject = outcomes_subject(ctx, frozen_recipe(ctx, ONE))
    ctx.profiles.write("outcomes", subject, run, {SERVED.start: outcomes(SERVED.start, 0.3)})
    [finding] = judged(world)
    assert (finding.status, finding.severity) == (Status.WARN, Severity.INFO)
    assert finding.check == "served.pair"
