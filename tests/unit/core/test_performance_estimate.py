"""The estimate of a metric before labels come: scikit-learn as the oracle of its formula, simulation of its truth."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import log_loss, roc_auc_score

from assay.core.monitoring.performance_estimate import BINS, Calibration, dense, estimate
from assay.core.profiles.from_arrays import histogram_of, label_scores, scores_by_day
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram

IDENTITY = Calibration(np.minimum((np.arange(BINS + 1) + 0.5) / BINS, 1 - 0.5 / BINS))
Scores = st.lists(st.integers(0, BINS - 1), min_size=2, max_size=80).map(lambda bins: (np.array(bins) + 0.5) / BINS)


@settings(max_examples=60)
@given(Scores)
def test_estimates_are_those_of_weighted_rows_of_both_labels(scores: np.ndarray) -> None:
    day = IDENTITY.expected(histogram_of(scores, SCORE_BIN_EXPONENT))
    labels = np.repeat([1, 0], len(scores))
    both, weights = np.tile(scores, 2), np.concatenate([scores, 1 - scores])
    assert estimate([day], "roc_auc") == pytest.approx(roc_auc_score(labels, both, sample_weight=weights), abs=1e-9)
    assert estimate([day], "log_loss") == pytest.approx(log_loss(labels, both, sample_weight=weights), abs=1e-9)


def test_bins_move_an_estimate_by_less_than_a_millionth() -> None:
    scores = np.random.default_rng(4).beta(2, 5, 20_000)
    day = IDENTITY.expected(histogram_of(scores, SCORE_BIN_EXPONENT))
    labels = np.repeat([1, 0], len(scores))
    both, weights = np.tile(scores, 2), np.concatenate([scores, 1 - scores])
    assert estimate([day], "roc_auc") == pytest.approx(roc_auc_score(labels, both, sample_weight=weights), abs=1e-6)


def test_the_calibration_is_scikit_learns_isotonic_regression_on_bins() -> None:
    random = np.random.default_rng(1)
    scores = random.beta(2, 5, 4_000)
    labels = (random.random(4_000) < scores**2).astype(int)
    calibration = Calibration.of([label_scores(scores, labels)])
    assert calibration is not None
    grid = np.clip(np.floor(scores * BINS), 0, BINS - 1)
    fitted = IsotonicRegression().fit(grid, labels).predict(grid)
    # A bin of log-odds moves a row by a few bins of served scores, so steps of the fit may lie a little apart.
    assert np.abs(calibration.rates[grid.astype(int)] - fitted).mean() < 0.005
    assert (np.diff(calibration.rates) >= 0).all()


def test_the_estimate_is_near_the_truth_where_only_the_features_moved_also_for_wrong_scores() -> None:
    random = np.random.default_rng(2)

    def day(shift: float) -> tuple[np.ndarray, np.ndarray]:
        log_odds = random.normal(shift - 1, 1, 4_000)
        labels = (random.random(4_000) < 1 / (1 + np.exp(-log_odds))).astype(int)
        return 1 / (1 + np.exp(-(log_odds + 1.5))), labels  # scores that are far too high

    folds = [label_scores(*day(0.0)) for _ in range(20)]
    served = [day(0.8) for _ in range(10)]
    calibration = Calibration.of(folds)
    assert calibration is not None
    expected = [calibration.expected(histogram_of(scores, SCORE_BIN_EXPONENT)) for scores, _ in served]
    truth = np.mean([roc_auc_score(labels, scores) for scores, labels in served])
    assert estimate(expected, "within_day_roc_auc") == pytest.approx(truth, abs=0.01)
    raw = [IDENTITY.expected(histogram_of(scores, SCORE_BIN_EXPONENT)) for scores, _ in served]
    rates = [day.positives.sum() / (day.positives.sum() + day.negatives.sum()) for day in (*expected, *raw)]
    assert rates[0] == pytest.approx(served[0][1].mean(), abs=0.03)
    assert rates[-1] != pytest.approx(served[-1][1].mean(), abs=0.1)


def test_within_day_estimates_weigh_days_as_the_metric_does() -> None:
    random = np.random.default_rng(3)
    start = np.datetime64("2013-01-01")
    scores = random.random(600)
    days = start + np.repeat([0, 1, 2], [100, 200, 300])
    by_day = scores_by_day(scores, (random.random(600) < scores).astype(int), days)
    assert list(by_day) == [date(2013, 1, 1) + timedelta(days=n) for n in range(3)]
    expected = [IDENTITY.expected(histogram_of(scores[days == day], SCORE_BIN_EXPONENT)) for day in np.unique(days)]
    aucs = [one.roc_auc or 0.0 for one in expected]
    weights = [
        one.positives.sum() * one.negatives.sum() / (one.positives.sum() + one.negatives.sum()) for one in expected
    ]
    assert estimate(expected, "within_day_roc_auc") == pytest.approx(np.average(aucs, weights=weights))


def test_what_cannot_be_estimated_is_none() -> None:
    empty = IDENTITY.expected(Histogram(SCORE_BIN_EXPONENT))
    assert [estimate([empty], name) for name in ("roc_auc", "log_loss", "rmse", "within_day_roc_auc")] == [None] * 4
    assert estimate([], "roc_auc") is None
    one_label = label_scores(np.array([0.2, 0.4]), np.array([0, 0]))
    assert Calibration.of([one_label]) is None
    with pytest.raises(ValueError, match="grid"):
        dense(Histogram(-3))


def test_scores_outside_of_the_bins_count_at_their_ends() -> None:
    counts = dense(Histogram(SCORE_BIN_EXPONENT, {5: 2}, under=3, over=4))
    assert (counts[0], counts[5], counts[BINS]) == (3, 2, 4)
