"""The ROC AUC within days, against scikit-learn day by day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from assay.core.evaluation.jackknife import Insufficient, MetricDifference, compare
from assay.core.evaluation.metrics import METRICS
from assay.core.evaluation.within_day import (
    WithinDay,
    exact_within_day,
    within_day_bound,
    within_day_roc_auc,
)
from assay.core.profiles.from_arrays import scores_by_day
from assay.core.profiles.outcome_profile import LabelledScores

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]
METRIC = METRICS["within_day_roc_auc"]


def states_of(scores: np.ndarray, labels: np.ndarray, days: np.ndarray) -> dict[date, LabelledScores]:
    """Return the state of each day; days are numbered from the first of January on."""
    states = scores_by_day(scores, labels, np.datetime64("2013-01-01") + days)
    return {day: state for day, state in states.items() if isinstance(state, LabelledScores)}


def mean_of_days(scores: np.ndarray, labels: np.ndarray, days: np.ndarray) -> float:
    """Return the weighted mean of the days' AUC by scikit-learn."""
    values, weights = [], []
    for day in np.unique(days):
        here = days == day
        positives, rows = int(labels[here].sum()), int(here.sum())
        if 0 < positives < rows:
            values.append(roc_auc_score(labels[here], scores[here]))
            weights.append(positives * (rows - positives) / rows)
    return float(np.average(values, weights=weights)) if values else float("nan")


@st.composite
def some_days(draw: st.DrawFn) -> Rows:
    seed, days = draw(st.integers(0, 10_000)), draw(st.integers(1, 6))
    random = np.random.default_rng(seed)
    day = random.integers(0, days, draw(st.integers(2, 80)))
    return np.round(random.random(len(day)), draw(st.integers(1, 4))), random.integers(0, 2, len(day)), day


@settings(max_examples=60)
@given(some_days())
def test_rows_give_the_mean_of_the_days_own_auc(rows: Rows) -> None:
    scores, labels, days = rows
    assert exact_within_day(labels, scores, days) == pytest.approx(mean_of_days(scores, labels, days), nan_ok=True)


@settings(max_examples=60)
@given(some_days())
def test_bins_move_it_by_at_most_the_bound(rows: Rows) -> None:
    scores, labels, days = rows
    states = states_of(scores, labels, days).values()
    exact = exact_within_day(labels, scores, days)
    merged = reduce(WithinDay.merge, map(WithinDay.of, states))
    value, bound = METRIC.over(states), METRIC.bound(merged)
    if np.isnan(exact):
        assert (value, bound) == (None, None)
        assert METRIC.why_undefined(merged)
    else:
        assert value is not None and bound is not None
        assert abs(value - exact) <= bound + 1e-12


def test_what_a_model_knows_of_whole_days_does_not_count() -> None:
    random = np.random.default_rng(3)
    days = np.repeat(np.arange(40), 200)
    rate = np.where(days % 2, 0.05, 0.6)
    labels = (random.random(len(days)) < rate).astype(int)
    states = states_of(rate, labels, days).values()
    assert METRIC.over(states) == pytest.approx(0.5, abs=1e-12), "the model knows the day alone"
    pooled = METRICS["roc_auc"].over(states)
    assert pooled is not None and pooled > 0.75


def test_the_error_of_a_difference_is_smaller_within_days_where_days_differ() -> None:
    errors = {name: difference_in(name).error for name in ("roc_auc", "within_day_roc_auc")}
    assert errors["within_day_roc_auc"] < 0.7 * errors["roc_auc"]


def difference_in(name: str) -> MetricDifference:
    """Two models that see a row alike; one of them also guesses the day's rate, badly."""
    random = np.random.default_rng(5)
    days = np.repeat(np.arange(28), 300)
    effect, guess = random.normal(0, 1.0, 28)[days], random.normal(0, 1.0, 28)[days]
    signal = random.normal(size=len(days))
    labels = (random.random(len(days)) < 1 / (1 + np.exp(-(signal + effect - 1)))).astype(int)
    with_guess, without = (1 / (1 + np.exp(-one)) for one in (signal + guess, signal))
    difference = compare(name, states_of(with_guess, labels, days), states_of(without, labels, days), 0.95)
    assert not isinstance(difference, Insufficient)
    return difference


def test_one_day_alone_is_its_own_auc_and_a_day_of_one_label_has_no_weight() -> None:
    day = date(2013, 1, 1)
    states = states_of(np.array([0.2, 0.4, 0.6, 0.9, 0.9]), np.array([0, 1, 0, 1, 1]), np.array([0, 0, 0, 0, 1]))
    assert within_day_roc_auc(states[day]) == within_day_roc_auc(WithinDay.of(states[day])) == pytest.approx(0.75)
    assert within_day_roc_auc(states[day + timedelta(days=1)]) is None
    assert METRIC.over(states.values()) == pytest.approx(0.75)


def test_the_bins_of_a_cautious_model_cost_far_less_than_half_of_a_margin() -> None:
    """The linear model of the flights: 84 days of 886 rows, log-odds with a standard deviation of .5 about -1.3."""
    random = np.random.default_rng(7)
    days = np.repeat(np.arange(84), 886)
    scores = 1 / (1 + np.exp(-random.normal(-1.3, 0.5, len(days))))
    states = states_of(scores, (random.random(len(days)) < scores).astype(int), days)
    bound = within_day_bound(reduce(WithinDay.merge, map(WithinDay.of, states.values())))
    assert bound is not None and bound < 0.00125, "two models together stay within a quarter of a margin of .01"
