"""Metrics from bins, against scikit-learn on the raw scores and on the binned ones."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn import metrics as sklearn

from assay.core.evaluation.curves import calibration, calibration_error, pr_curve, roc_curve
from assay.core.evaluation.metrics import (
    METRICS,
    base_rate,
    brier,
    brier_bound,
    f1,
    log_loss,
    log_loss_bound,
    metrics_of,
    pr_auc,
    pr_auc_bound,
    roc_auc,
    roc_auc_bound,
)
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT
from assay.core.task_type import TaskType

from .labelled_scores import labelled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def binned(scores: Floats, *, at: float = 0.0) -> Floats:
    """The scores at a place of their bins of log-odds: 0 is the lower edge, and .5 the middle."""
    return np.asarray(expit((np.floor(256 * logit(scores)) + at) / 256))


def sample(seed: int, rows: int = 5_000) -> tuple[Floats, Bools]:
    random = np.random.default_rng(seed)
    labels = random.random(rows) < 0.2
    raw = random.normal(loc=np.where(labels, 0.6, -0.6), scale=1.0)
    return 1 / (1 + np.exp(-2 * raw + 1)), labels


@st.composite
def few(draw: st.DrawFn) -> tuple[Floats, Bools]:
    """A few rows of both labels, with ties, zeros and ones."""
    near = st.floats(0.2, 0.2005)
    values = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1 - 2**-12]) | near | st.floats(0, 1)
    pairs = draw(st.lists(st.tuples(values, st.booleans()), min_size=2, max_size=30))
    scores = np.array([score for score, _ in pairs])
    labels = np.array([label for _, label in pairs])
    labels[:2] = [True, False]
    return scores, labels


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_metrics_of_binned_scores_are_those_of_scikit_learn_on_the_binned_scores(seed: int) -> None:
    scores, labels = sample(seed)
    edges, middles, state = binned(scores), binned(scores, at=0.5), labelled(scores, labels)
    assert roc_auc(state) == pytest.approx(sklearn.roc_auc_score(labels, edges), abs=1e-12)
    assert pr_auc(state) == pytest.approx(sklearn.average_precision_score(labels, edges), abs=1e-12)
    assert log_loss(state) == pytest.approx(sklearn.log_loss(labels, middles), abs=1e-12)
    assert brier(state) == pytest.approx(sklearn.brier_score_loss(labels, middles), abs=1e-12)
    assert f1(state) == pytest.approx(sklearn.f1_score(labels, scores >= 0.5), abs=1e-12)
    assert base_rate(state) == pytest.approx(labels.mean(), abs=1e-12)


@settings(max_examples=30)
@given(few())
def test_no_metric_is_farther_from_the_raw_scores_than_its_bound(drawn: tuple[Floats, Bools]) -> None:
    scores, labels = drawn
    state = labelled(scores, labels)
    clipped = np.clip(scores, expit(-32), expit(32))
    truths = {
        "roc_auc": sklearn.roc_auc_score(labels, scores),
        "pr_auc": sklearn.average_precision_score(labels, scores),
        "log_loss": sklearn.log_loss(labels, clipped, labels=[False, True]),
        "brier": float(np.mean((scores - labels) ** 2)),
        "f1": sklearn.f1_score(labels, scores >= 0.5),
    }
    for name, truth in truths.items():
        value, bound = METRICS[name].function(state), METRICS[name].bound(state)
        assert value is not None and bound is not None
        assert abs(value - truth) <= bound + 1e-9, name


def test_the_bounds_are_small_on_spread_scores() -> None:
    state = labelled(*sample(4))
    for bound_of, limit in ((roc_auc_bound, 1e-3), (pr_auc_bound, 0.01), (log_loss_bound, 0.01), (brier_bound, 2e-3)):
        bound = bound_of(state)
        assert bound is not None and bound < limit, bound_of.__name__


@pytest.mark.parametrize("rate", [2e-4, 0.2, 0.9])
def test_bins_of_log_odds_cost_nothing_at_any_share_of_positives(rate: float) -> None:
    random = np.random.default_rng(7)
    labels = random.random(200_000) < rate
    scores = expit(logit(rate) + random.normal(np.where(labels, 1.0, 0.0), 1.0))
    value, bound = roc_auc(labelled(scores, labels)), roc_auc_bound(labelled(scores, labels))
    assert value is not None and bound is not None
    assert abs(value - sklearn.roc_auc_score(labels, scores)) < 2e-4
    assert bound < 0.003


def test_exact_sums_are_preferred_and_have_no_error() -> None:
    state = LabelledScores(
        Histogram(LOG_ODDS_EXPONENT, {5: 2}),
        Histogram(LOG_ODDS_EXPONENT, {7: 2}),
        sums={"log_loss": 2.0, "brier": 1.0},
    )
    assert (log_loss(state), log_loss_bound(state)) == (0.5, 0.0)
    assert (brier(state), brier_bound(state)) == (0.25, 0.0)


@pytest.mark.parametrize("total", [math.nan, math.inf])
def test_an_exact_sum_that_is_not_finite_gives_no_number(total: float) -> None:
    state = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {5: 2}), Histogram(LOG_ODDS_EXPONENT), sums={"log_loss": total})
    assert log_loss(state) is None
    assert METRICS["log_loss"].why_undefined(state)


@pytest.mark.parametrize(
    "state",
    [
        LabelledScores.empty(),
        LabelledScores(Histogram(LOG_ODDS_EXPONENT, {3: 4}), Histogram(LOG_ODDS_EXPONENT)),
        LabelledScores(Histogram(LOG_ODDS_EXPONENT), Histogram(LOG_ODDS_EXPONENT, {3: 4})),
    ],
)
def test_without_one_label_ranking_metrics_are_none_and_nothing_warns(state: LabelledScores) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert roc_auc(state) is roc_auc_bound(state) is pr_auc(state) is pr_auc_bound(state) is None
        assert roc_curve(state) is None
        for metric in metrics_of(TaskType.CLASSIFICATION).values():
            value = metric.function(state)
            assert value is None or math.isfinite(value)


def test_a_score_of_one_is_a_bin_above_all_others_and_one_below_zero_a_bin_below() -> None:
    state = LabelledScores(
        Histogram(LOG_ODDS_EXPONENT, {64: 1}, 0, 1), Histogram(LOG_ODDS_EXPONENT, {64: 1, -9_000: 1}, 1, 0)
    )
    assert roc_auc(state) == pytest.approx(sklearn.roc_auc_score([1, 1, 0, 0, 0], [0.7, 1.0, 0.7, 0.0, 0.0]))
    middle = expit(64.5 / 256)
    assert brier(state) == pytest.approx(((1 - middle) ** 2 + middle**2) / 5)


def test_curves_are_those_of_scikit_learn_on_the_binned_scores() -> None:
    scores, labels = sample(5, 500)
    edges, state = binned(scores), labelled(scores, labels)
    curve = roc_curve(state)
    assert curve is not None
    for from_bins, from_sklearn in zip(curve, sklearn.roc_curve(labels, edges, drop_intermediate=False), strict=True):
        assert np.allclose(from_bins, from_sklearn)
    points = pr_curve(state)
    assert points is not None
    precision, recall, thresholds = sklearn.precision_recall_curve(labels, edges)
    assert np.allclose(points[0][::-1], precision[:-1])
    assert np.allclose(points[1][::-1], recall[:-1])
    assert np.allclose(points[2][::-1], thresholds)


def test_calibration_compares_mean_score_and_observed_rate_per_tenth() -> None:
    scores, labels = sample(6)
    points = calibration(labelled(scores, labels))
    tenth = np.minimum((scores * 10).astype(int), 9)
    assert sum(point.rows for point in points) == len(scores)
    for part, point in enumerate(points):
        here = tenth == part
        assert point.rows == pytest.approx(here.sum(), abs=25)
        assert point.mean_score == pytest.approx(scores[here].mean(), abs=4e-3)
        assert point.observed == pytest.approx(labels[here].mean(), abs=5e-3)
    error = sum(abs(scores[tenth == p].mean() - labels[tenth == p].mean()) * np.mean(tenth == p) for p in range(10))
    assert calibration_error(labelled(scores, labels)) == pytest.approx(error, abs=4e-3)
    assert calibration_error(LabelledScores.empty()) is None
