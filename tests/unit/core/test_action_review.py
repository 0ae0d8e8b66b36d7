"""Past actions are compared with what mature labels showed later."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.evaluation.metrics import METRICS
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.action_review import (
    ActionScore,
    MeasuredChange,
    RequestedAction,
    ReviewOutcome,
    action_scores,
    first_of_each,
    review_of,
)
from assay.core.monitoring.attribution.metric_change import metric_change
from assay.core.verdict import Action
from bench.split_world import FOLDS_FROM, SERVED_FROM, DaySpec, days_from

AUC, MARGIN = METRICS["roc_auc"], 0.02
FOLDS = days_from(FOLDS_FROM, [DaySpec()] * 28, np.random.default_rng(1))


def requested(place: int, action: Action = Action.LOOK, version: int = 1) -> RequestedAction:
    """An action some days after the first served one."""
    return RequestedAction(SERVED_FROM + timedelta(days=place), action, ModelVersion(version), f"run-{place}-{action}")


def outcome(change: MeasuredChange | None, *, by_successor: bool = False) -> ReviewOutcome:
    """The outcome of an action with that change."""
    return review_of(requested(0), change, margin=MARGIN, by_successor=by_successor).outcome


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (-0.03, -0.05, -0.01, ReviewOutcome.CONFIRMED),
        (-0.005, -0.008, -0.001, ReviewOutcome.NOT_CONFIRMED),
        (-0.012, -0.03, 0.006, ReviewOutcome.OPEN),
        (0.0, -0.01, 0.01, ReviewOutcome.NOT_CONFIRMED),
    ],
)
def test_a_look_is_confirmed_where_a_fall_is_shown(
    value: float, low: float, high: float, expected: ReviewOutcome
) -> None:
    assert outcome(MeasuredChange(value, low, high, 28)) is expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.001, 0.05, ReviewOutcome.CONFIRMED),
        (-0.02, 0.01, ReviewOutcome.NOT_CONFIRMED),
        (-0.02, 0.03, ReviewOutcome.OPEN),
    ],
)
def test_a_training_is_confirmed_where_the_version_that_took_over_is_shown_better(
    low: float, high: float, expected: ReviewOutcome
) -> None:
    assert outcome(MeasuredChange((low + high) / 2, low, high, 28), by_successor=True) is expected


def test_nothing_to_compare_with_leaves_a_review_open() -> None:
    review = review_of(requested(0), None, margin=MARGIN, by_successor=True)
    assert (review.outcome, review.change, review.days) == (ReviewOutcome.OPEN, None, 0)


def test_a_change_has_an_interval_by_days() -> None:
    served = days_from(SERVED_FROM, [DaySpec(broken=0.5)] * 28, np.random.default_rng(2))
    change = metric_change(AUC, FOLDS, served)
    assert change is not None
    assert change.low < change.value < change.high < 0
    assert change.days == 28


def test_an_unchanged_metric_is_seldom_shown_to_fall() -> None:
    shown = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        folds, served = (days_from(first, [DaySpec()] * 28, rng, rows=200) for first in (FOLDS_FROM, SERVED_FROM))
        shown += outcome(metric_change(AUC, folds, served)) is ReviewOutcome.CONFIRMED
    assert shown <= 6  # at most 5 % are expected


def test_four_days_have_no_change() -> None:
    served = days_from(SERVED_FROM, [DaySpec()] * 4, np.random.default_rng(2))
    assert metric_change(AUC, FOLDS, served) is None


def test_the_same_action_within_four_weeks_is_a_repetition() -> None:
    nights = [requested(place) for place in (0, 1, 2, 28, 29, 60)]
    assert [one.day for one in first_of_each(nights)] == [SERVED_FROM + timedelta(days=n) for n in (0, 29, 60)]


def test_another_action_and_another_version_are_no_repetitions() -> None:
    actions = [requested(0), requested(1, Action.DOWNGRADE), requested(2, version=2)]
    assert first_of_each(actions) == actions


def test_scores_count_each_action_and_those_that_wait() -> None:
    actions = [requested(0), requested(29), requested(60), requested(3, Action.RETRAIN)]
    better = MeasuredChange(0.1, 0.05, 0.15, 28)
    reviews = [
        review_of(one, change, margin=MARGIN, by_successor=True)
        for one, change in ((actions[0], better), (actions[1], None))
    ]
    looks, trainings = action_scores(actions, reviews)
    assert looks == ActionScore(Action.LOOK, requested=3, confirmed=1, not_confirmed=0, open=1)
    assert (looks.waiting, trainings.waiting) == (1, 1)


def test_without_an_action_there_are_no_scores() -> None:
    assert action_scores([], []) == []


def test_the_days_after_an_action_are_four_weeks() -> None:
    assert len(requested(0).days_after) == 28
    assert requested(0).days_after.start == SERVED_FROM + timedelta(days=1)
    assert date(2024, 4, 29) in requested(0).days_after
