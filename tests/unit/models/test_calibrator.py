"""Calibrators: fitted as scikit-learn fits them, stored to the bit, and never against the order of the scores."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from assay.core.evaluation.metrics import roc_auc_bound
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import Scored
from assay.models.estimators.calibrator import (
    Calibrator,
    Isotonic,
    Platt,
    Reach,
    Recalibration,
    calibrator_bytes,
    calibrator_from,
)
from assay.models.estimators.calibrator_fit import MIN_ROWS_OF_EACH_LABEL, HeldBack, recalibrated

from ...expect_errors import missing_data

Floats = npt.NDArray[np.float64]
METHODS = pytest.mark.parametrize("method", list(Recalibration))
UNTRUSTED = [0.0, 1.0]
"""Scores that have no log-odds, as forests give them."""


def overconfident(rows: int = 6_000, seed: int = 3) -> tuple[Floats, npt.NDArray[Any]]:
    """Scores whose log-odds are twice as far out as they should be and too high by one; a few are 0 and 1."""
    random = np.random.default_rng(seed)
    truth = random.normal(-1.5, 1.2, rows)
    scores = expit(2 * truth + 1)
    scores[:20], scores[20:30] = UNTRUSTED
    return scores, (random.random(rows) < expit(truth)).astype(np.int8)


def fitted(method: Recalibration, scores: Floats, labels: npt.NDArray[Any]) -> Calibrator:
    calibrator = recalibrated("boosted", method, HeldBack.of_rows(scores, labels)).calibrator
    assert calibrator is not None
    return calibrator


def test_platt_is_the_logistic_regression_of_scikit_learn_on_platts_targets() -> None:
    scores, labels = overconfident()
    calibrator = fitted(Recalibration.PLATT, scores, labels)
    inside = scores[(scores > 0) & (scores < 1)]
    low, high = logit(inside.min()), logit(inside.max())
    with np.errstate(divide="ignore"):
        place = np.clip(logit(scores), low - 1, high + 1).reshape(-1, 1)
    positives, negatives = int(labels.sum()), int((1 - labels).sum())
    targets = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    oracle = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(
        np.vstack([place, place]), np.repeat([1, 0], len(labels)), np.concatenate([targets, 1 - targets])
    )
    assert isinstance(calibrator, Platt)
    assert calibrator.slope == pytest.approx(oracle.coef_[0, 0], rel=1e-6)
    assert calibrator.intercept == pytest.approx(oracle.intercept_[0], rel=1e-6)
    np.testing.assert_allclose(calibrator(scores), oracle.predict_proba(place)[:, 1], atol=1e-8)


def test_the_levels_of_isotonic_are_those_of_scikit_learn_and_each_is_reached_at_its_centre() -> None:
    scores, labels = overconfident()
    calibrator = fitted(Recalibration.ISOTONIC, scores, labels)
    assert isinstance(calibrator, Isotonic)
    low, high = 1 / ((1 - labels).sum() + 2), (labels.sum() + 1) / (labels.sum() + 2)
    steps = IsotonicRegression(y_min=low, y_max=high).fit_transform(scores, labels)
    np.testing.assert_allclose(calibrator.rates, np.unique(steps), rtol=1e-12)
    level = steps == calibrator.rates[10]
    centre = np.array([logit(scores[level]).mean()])
    assert calibrator(expit(centre)) == pytest.approx(calibrator.rates[10])
    assert [calibrator.rates[0] >= low, calibrator.rates[-1] <= high] == [True, True]
    assert np.isfinite(np.log(calibrator(np.array(UNTRUSTED)))).all()


def test_isotonic_keeps_the_resolution_that_the_steps_of_isotonic_regression_lose() -> None:
    scores, labels = overconfident()
    steps = IsotonicRegression(y_min=1e-4, y_max=1 - 1e-4).fit_transform(scores, labels)
    curve = fitted(Recalibration.ISOTONIC, scores, labels)(scores)
    bounds = [roc_auc_bound(label_scores(values, labels)) for values in (scores, curve, steps)]
    assert [bound is not None and bound < 0.005 for bound in bounds] == [True, True, False]


@METHODS
def test_rows_that_were_counted_on_executors_give_nearly_the_calibrator_of_the_rows(method: Recalibration) -> None:
    scores, labels = overconfident()
    days: list[Scored] = [label_scores(scores[part::3], labels[part::3]) for part in range(3)]
    counted = recalibrated("boosted", method, HeldBack.of_outcomes(days)).calibrator
    assert counted is not None
    apart, another = (
        np.abs(calibrator(scores[30:]) - fitted(method, scores, labels)(scores[30:])).mean()
        for calibrator in (counted, fitted(method, *overconfident(seed=9)))
    )
    # Measured: Platt 1e-6 against .005 of another sample of as many rows, isotonic .002 against .019.
    assert apart < another / (1_000 if method is Recalibration.PLATT else 5)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50, unique=True), st.sampled_from(list(Recalibration)))
def test_no_calibrator_turns_an_order_round(scores: list[float], method: Recalibration) -> None:
    calibrated = CALIBRATORS[method](np.sort(np.array(scores)))
    assert (np.diff(calibrated) >= -1e-15).all()
    assert [calibrated[0] >= 0, calibrated[-1] <= 1] == [True, True]


def test_platt_keeps_the_order_beyond_all_scores_that_were_seen() -> None:
    most = expit(CALIBRATORS[Recalibration.PLATT].reach.high)
    scores = np.array([most, most + (1 - most) / 4, most + (1 - most) / 2, 1.0])
    assert (np.diff(CALIBRATORS[Recalibration.PLATT](scores)) > 0).all()


@METHODS
def test_what_is_no_probability_stays_none(method: Recalibration) -> None:
    assert np.isnan(CALIBRATORS[method](np.array([np.nan, -0.1, 1.1]))).all()


@METHODS
def test_a_calibrator_is_stored_and_read_to_the_bit(method: Recalibration) -> None:
    read = calibrator_from(calibrator_bytes(CALIBRATORS[method]))
    assert read == CALIBRATORS[method]
    scores = overconfident(seed=4)[0]
    np.testing.assert_array_equal(read(scores), CALIBRATORS[method](scores))


@pytest.mark.parametrize(
    "change",
    [
        {"slope": -1.0},
        {"slope": 0},
        {"slope": float("inf")},
        {"slope": None},
        {"reach": {"low": 0}},
        {"method": "spline"},
        {"method": "isotonic"},
        {"method": "isotonic", "centres": [0, 1], "rates": [0.5, 0.4]},
        {"method": "isotonic", "centres": [0, 1], "rates": [0, 0.4]},
        {"method": "isotonic", "centres": [0, 1], "rates": [0.5, 1]},
        {"method": "isotonic", "centres": [0, 1, 2], "rates": [0.5, 0.6]},
        {"method": "isotonic", "centres": [0], "rates": [0.5]},
    ],
    ids=str,
)
def test_numbers_that_make_no_rising_function_are_refused(change: dict[str, Any]) -> None:
    document = json.loads(calibrator_bytes(CALIBRATORS[Recalibration.PLATT]))
    with pytest.raises(ValueError, match=r"calibrator|Recalibration"):
        calibrator_from(json.dumps(document | change).encode())


@METHODS
def test_with_one_row_of_a_label_too_few_nothing_is_recalibrated(method: Recalibration) -> None:
    least = MIN_ROWS_OF_EACH_LABEL[method]
    for positives in (least, least - 1):
        labels = np.repeat([1, 0], [positives, 2_000])
        scores = expit(np.random.default_rng(1).normal(labels - 1.0))
        for held_back in (HeldBack.of_rows(scores, labels), HeldBack.of_rows(1 - scores, 1 - labels)):
            attempt = recalibrated("boosted", method, held_back)
            assert (attempt.calibrator is None) is (positives < least)
            counts = [f"{positives:,}", "2,000", *([least] if positives < least else [])]
            assert missing_data(attempt.note, "boosted", method.value, *counts) == []


@METHODS
@pytest.mark.parametrize("kind", ["against", "alike"])
def test_scores_that_do_not_rise_with_the_label_stay_as_they_are(method: Recalibration, kind: str) -> None:
    labels = np.repeat([1, 0], 1_000)
    # In strict order against the label, isotonic regression has one level alone.
    scores = np.linspace(0.1, 0.9, 2_000) if kind == "against" else np.full(2_000, 0.3)
    assert recalibrated("boosted", method, HeldBack.of_rows(scores, labels)).calibrator is None


def test_scores_of_zero_and_one_alone_can_be_recalibrated() -> None:
    scores = np.repeat(UNTRUSTED, 1_000)
    labels = (np.arange(2_000) % 10 < np.where(scores == 1, 7, 2)).astype(np.int8)
    for method in Recalibration:
        np.testing.assert_allclose(fitted(method, scores, labels)(np.array(UNTRUSTED)), [0.2, 0.7], atol=1e-3)


CALIBRATORS = {method: fitted(method, *overconfident()) for method in Recalibration}


def test_the_reach_of_scores_ends_where_the_grid_of_the_gate_ends() -> None:
    assert Reach.of(np.array([-700.0, -np.inf, 40.0])) == Reach(-32.0, 32.0)
