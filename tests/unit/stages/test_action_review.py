"""The monitor reviews its earlier actions once their next days are mature, and the ledger keeps the reviews."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.core.evaluation.label_maturity import DayMeasurement
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.action_review import ActionReview, ReviewOutcome
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import TableProfile
from assay.core.verdict import Action
from assay.stages.monitoring.status import status_of
from assay.stages.reviews.action_review import Fresh, due_reviews
from assay.stages.reviews.action_scores import scores_of_actions
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import DriftAlarm, MonitoringDetails
from bench.split_world import DaySpec, days_from

from .served_world import NAME, World

TRAINED, ONE = date(2024, 3, 4), ModelVersion(1)


def good(_: date) -> OutcomeProfile:
    """The outcomes of a day of the folds."""
    return next(iter(days_from(TRAINED, [DaySpec()], np.random.default_rng(1)).values()))


@pytest.fixture
def world(parcels: Context) -> World:
    made = World(parcels)
    made.serves(made.trained(TRAINED, judged=good))
    return made


def serve(world: World, days: list[DaySpec]) -> Mapping[date, OutcomeProfile]:
    """Days that version 1 scored, and whose mature labels a monitoring measured."""
    outcomes = days_from(TRAINED, days, np.random.default_rng(2))
    world.scored({day: TableProfile(1, {}) for day in outcomes})
    world.monitored(Interval(TRAINED, max(outcomes) + timedelta(days=9)), outcomes)
    return outcomes


def requested(world: World, place: int, action: Action = Action.LOOK, **details: Any) -> str:
    """A monitoring of a day that requested an action; its run."""
    at, run_id = TRAINED + timedelta(days=place), f"night-{place}"
    kept = MonitoringDetails(version=ONE, **details)
    world.ctx.ledger.append(world.ctx.record(run_id, "monitor", NAME, Interval.of(at), action, details=kept))
    return run_id


def reviews(world: World, day: int, fresh: Fresh | None = None) -> tuple[ActionReview, ...]:
    """The reviews of a monitoring of one day."""
    return due_reviews(world.ctx, Interval.of(TRAINED + timedelta(days=day)), fresh or {})


DRIFTED = DriftAlarm(check="drift.jump", column="weight", statistic="mean", category="", meaning="bad days", move=0.4)
DUE = 4 + 28 + 1  # the day on which the 28 days after day 4 are mature, with a label_delay of 1 day


def test_a_look_is_reviewed_once_its_next_days_are_mature(world: World) -> None:
    serve(world, [DaySpec()] * 5 + [DaySpec(broken=0.8)] * 40)
    run_id = requested(world, 4, drifted=(DRIFTED,))
    assert reviews(world, DUE - 1) == ()
    [review] = reviews(world, DUE)
    assert (review.run_id, review.outcome, review.days) == (run_id, ReviewOutcome.CONFIRMED, 28)


def test_the_days_that_this_monitoring_measured_count(world: World) -> None:
    serve(world, [DaySpec()] * 5 + [DaySpec(broken=0.8)] * 20)
    requested(world, 4, drifted=(DRIFTED,))
    newer = days_from(TRAINED + timedelta(days=25), [DaySpec(broken=0.8)] * 8, np.random.default_rng(3))
    at = TRAINED + timedelta(days=DUE + 1)
    fresh = {ONE: {day: DayMeasurement(outcomes, at) for day, outcomes in newer.items()}}
    [review] = reviews(world, DUE, fresh)
    assert review.days == 28


def test_a_look_at_a_late_table_is_not_reviewed_by_the_metric(world: World) -> None:
    serve(world, [DaySpec()] * 5 + [DaySpec(broken=0.8)] * 40)
    requested(world, 4)
    assert reviews(world, DUE) == ()
    assert scores_of_actions(world.ctx) == []


def test_a_review_that_shows_nothing_is_made_again_each_week_and_final_after_84_days(world: World) -> None:
    requested(world, 4, Action.RETRAIN)
    assert [bool(reviews(world, DUE + n)) for n in (0, 7, 55, 56)] == [False, False, False, True]
    [review] = reviews(world, DUE + 56)
    assert (review.outcome, review.change) == (ReviewOutcome.OPEN, None)


def test_a_review_that_the_ledger_keeps_is_not_made_again_and_status_counts_it(world: World) -> None:
    serve(world, [DaySpec()] * 5 + [DaySpec(broken=0.8)] * 40)
    requested(world, 4, drifted=(DRIFTED,))
    requested(world, DUE, Action.NONE, reviews=reviews(world, DUE))
    assert reviews(world, DUE + 7) == ()
    [score] = status_of(world.ctx)["actions"]
    assert (score["action"], score["requested"], score["confirmed"], score["waiting"]) == ("look", 1, 1, 0)


def test_a_date_that_was_monitored_again_counts_by_its_last_monitoring(world: World) -> None:
    serve(world, [DaySpec()] * 45)
    requested(world, 4, Action.RETRAIN)
    at = Interval.of(TRAINED + timedelta(days=4))
    world.ctx.ledger.append(
        world.ctx.record("again", "monitor", NAME, at, Action.NONE, details=MonitoringDetails(version=ONE))
    )
    assert scores_of_actions(world.ctx) == []


def test_a_training_without_a_successor_is_reviewed_by_the_metric(world: World) -> None:
    serve(world, [DaySpec()] * 5 + [DaySpec(broken=0.8)] * 40)
    requested(world, 4, Action.RETRAIN)
    [review] = reviews(world, DUE)
    assert (review.action, review.outcome) == (Action.RETRAIN, ReviewOutcome.CONFIRMED)


def test_outcomes_that_cannot_be_read_leave_the_review_for_later(world: World) -> None:
    serve(world, [DaySpec()] * 45)
    requested(world, 4, drifted=(DRIFTED,))
    for path in Path(str(world.ctx.lake)).rglob("outcomes/**/*.json.gz"):
        path.unlink()
    assert reviews(world, DUE) == ()
