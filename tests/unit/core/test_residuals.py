"""The errors of a regression model: a state that merges, and metrics against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sklearn

from assay.core.evaluation.metrics import METRICS, metrics_of, task_of
from assay.core.evaluation.regression_metrics import bias, predicted_curve, residual_curve
from assay.core.profiles.from_arrays import residuals_of
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import (
    LabelledScores,
    OutcomeProfile,
    merge_outcomes,
    merge_scores,
    merge_two,
    same_rows,
)
from assay.core.profiles.residuals import ERROR_SUMS, FINER_EXPONENT, Residuals
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT
from assay.core.task_type import TaskType

from ...expect_errors import missing_data, raises_naming

Floats = NDArray[np.float64]


def some_residuals(random: np.random.Generator) -> Residuals:
    """A few rows, often none, on one of three grids; quarters, so that floats add up in any order."""
    k = int(random.choice([-2, 0, 3]))
    n = int(random.integers(0, 6))
    scores, labels = (random.integers(-400, 400, n) / 4 for _ in range(2))
    drawn = residuals_of(scores, labels, k)
    extra = {"missed": float(random.integers(0, 9))} if random.random() < 0.6 else {}
    unlabelled, unusable = (int(random.integers(0, 2)) for _ in range(2))
    return Residuals(
        drawn.rows, drawn.scores, drawn.residuals, drawn.label_sums, unlabelled, unusable, dict(drawn.sums) | extra
    )


states = st.integers(0, 2**32).map(lambda seed: some_residuals(np.random.default_rng(seed)))


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Scores and labels, at least two of each and not all labels alike, on one of several scales."""
    numbers = st.floats(-1, 1, allow_subnormal=False)
    pairs = draw(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=40))
    scale = draw(st.sampled_from([1e-3, 1.0, 75.0, 1e6]))
    scores, labels = (np.array(column) * scale for column in zip(*pairs, strict=True))
    labels[0] = labels[1] + scale
    return scores, labels


@given(states, states, states)
def test_merging_is_associative_and_commutative(a: Residuals, b: Residuals, c: Residuals) -> None:
    assert a.merge(b) == b.merge(a)
    assert a.merge(b).merge(c) == a.merge(b.merge(c)) == merge_scores([a, b, c])
    assert a.bare.merge(b.bare) == a.merge(b).bare


@given(states.filter(lambda state: not state.is_empty))
def test_merging_with_nothing_changes_nothing(state: Residuals) -> None:
    profile = OutcomeProfile(state, {"origin": {"EWR": state}})
    assert OutcomeProfile.empty().merge(profile) == profile
    assert profile.merge(OutcomeProfile.empty()) == profile
    assert Residuals.empty(-9).merge(state) == state


def test_outcomes_of_a_classifier_and_of_a_regressor_do_not_merge() -> None:
    classifier = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {1: 2}), Histogram(LOG_ODDS_EXPONENT))
    regressor = residuals_of(np.array([1.0]), np.array([2.0]), 0)
    with raises_naming(ValueError, "classifier", "regressor"):
        merge_two(classifier, regressor)
    assert not same_rows(classifier, regressor)
    assert (task_of(classifier), task_of(regressor)) == (TaskType.CLASSIFICATION, TaskType.REGRESSION)


@settings(max_examples=60)
@given(predictions())
def test_metrics_of_merged_halves_are_those_of_scikit_learn_over_all_rows(drawn: tuple[Floats, Floats]) -> None:
    scores, labels = drawn
    half = len(scores) // 2
    parts = [residuals_of(scores[:half], labels[:half], -3), residuals_of(scores[half:], labels[half:], -3)]
    state = merge_outcomes(map(OutcomeProfile, parts)).overall
    assert isinstance(state, Residuals)
    truths = {
        "rmse": sklearn.root_mean_squared_error(labels, scores),
        "mae": sklearn.mean_absolute_error(labels, scores),
        "r2": sklearn.r2_score(labels, scores),
    }
    assert metrics_of(TaskType.REGRESSION).keys() == truths.keys()
    for name, truth in truths.items():
        metric = METRICS[name]
        assert metric.function(state) == pytest.approx(truth, rel=1e-9, abs=1e-12), name
        assert metric.function(metric.prepare(state)) == metric.function(state)
        assert metric.bound(state) == 0.0
    assert bias(state) == pytest.approx(np.mean(scores - labels), rel=1e-9, abs=1e-9)


@given(predictions(), st.floats(0.1, 0.9))
def test_scores_that_are_drawn_to_the_labels_gain_in_every_metric(drawn: tuple[Floats, Floats], share: float) -> None:
    scores, labels = drawn
    scores[0] = labels[0] + 1.0
    nearer = labels + share * (scores - labels)
    for metric in metrics_of(TaskType.REGRESSION).values():
        near, far = (metric.function(residuals_of(predicted, labels, 0)) for predicted in (nearer, scores))
        assert near is not None and far is not None
        assert metric.sign * (near - far) > 0, metric.name


def test_the_variance_of_labels_far_from_zero_is_not_lost_in_their_squares() -> None:
    chance = np.random.default_rng(3)
    labels = 1e6 + chance.integers(0, 8, 500)
    scores = labels + chance.normal(0, 1, 500)
    assert METRICS["r2"].function(residuals_of(scores, labels, 12)) == pytest.approx(
        sklearn.r2_score(labels, scores), abs=1e-9
    )


def test_what_is_undefined_is_none_and_says_why() -> None:
    empty, alike = Residuals.empty(0), residuals_of(np.array([1.0, 2.0]), np.array([5.0, 5.0]), 0)
    for metric in metrics_of(TaskType.REGRESSION).values():
        assert metric.function(empty) is None
        assert metric.bound(empty) is None
        assert metric.why_undefined(empty)
    assert METRICS["r2"].function(alike) is None
    assert METRICS["r2"].why_undefined(alike) != METRICS["r2"].why_undefined(empty)
    overflown = Residuals(1, Histogram(0), Histogram(-2), sums=dict.fromkeys(ERROR_SUMS, math.inf))
    for metric in metrics_of(TaskType.REGRESSION).values():
        assert metric.function(overflown) is None
        assert metric.why_undefined(overflown) != metric.why_undefined(empty)


def test_rows_differ_when_their_labels_do() -> None:
    one, two = (residuals_of(np.array([1.0, 1.0]), np.array([2.0, last]), 0) for last in (3.0, 3.5))
    other_model = residuals_of(np.array([9.0, -4.0]), np.array([2.0, 3.0]), 0)
    assert one.same_rows_as(other_model)
    assert not one.same_rows_as(two)
    assert missing_data(two.described, 2, 5.5) == []


def test_values_beyond_the_grid_are_counted_and_enter_the_sums() -> None:
    state = residuals_of(np.array([1e9, -1e9, 1.0]), np.array([0.0, 0.0, 2.0]), 0)
    assert (state.scores.under, state.scores.over, state.scores.bins) == (1, 1, {1: 1})
    assert (state.residuals.under, state.residuals.over, state.residuals.bin_exponent) == (1, 1, -FINER_EXPONENT)
    assert state.sums["absolute_error"] == 2e9 + 1


def test_curves_hold_every_row_and_follow_the_raw_ones() -> None:
    chance = np.random.default_rng(4)
    labels = chance.normal(50, 15, 5_000)
    scores = 10 + 0.8 * labels + chance.normal(0, 5, 5_000)
    state = residuals_of(scores, labels, -1)
    points = predicted_curve(state)
    assert len(points) == 20
    assert sum(point.rows for point in points) == 5_000
    assert sum(point.rows * point.mean_label for point in points) == pytest.approx(labels.sum())
    order = np.argsort(scores)
    for point, rows in zip(points, np.array_split(order, 20), strict=True):
        assert point.mean_score == pytest.approx(scores[rows].mean(), abs=1.0)
        assert point.mean_label == pytest.approx(labels[rows].mean(), abs=2.0)
    bars = residual_curve(state)
    assert 20 < len(bars) <= 60
    assert sum(share for _, share in bars) == pytest.approx(1.0)
    assert sum(middle * share for middle, share in bars) == pytest.approx(np.mean(scores - labels), abs=0.2)
    assert residual_curve(Residuals.empty(0)) == []
    assert predicted_curve(Residuals.empty(0)) == []
