"""The evidence of a pair keeps its level where days depend and are skewed, and is a plain t-test where they are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom, ttest_1samp

from assay.core.decisions.looks.paired_evidence import PairedEvidence, influences_of, paired_evidence
from assay.core.evaluation.fold_grid import MIN_DAYS
from assay.core.evaluation.jackknife import Insufficient

Floats = NDArray[np.float64]


def evidence(days: Floats) -> PairedEvidence:
    judged = paired_evidence(float(days.mean()), days - days.mean())
    assert isinstance(judged, PairedEvidence)
    return judged


def p_value(days: Floats) -> float:
    """The p-value; days that tell too little show nothing."""
    judged = paired_evidence(float(days.mean()), days - days.mean())
    return judged.p_value() if isinstance(judged, PairedEvidence) else 1.0


def smooth(days: int, autocorrelation: float, rng: np.random.Generator, *, skewed: bool = False) -> Floats:
    drawn = rng.standard_normal(days + 50)
    if skewed:
        drawn = 1 - rng.exponential(size=days + 50)
    series = np.zeros(days + 50)
    for n in range(1, days + 50):
        series[n] = autocorrelation * series[n - 1] + math.sqrt(1 - autocorrelation**2) * drawn[n]
    return series[50:]


def test_without_autocorrelation_and_skewness_it_is_students_t_but_for_its_estimate() -> None:
    days = np.array([1.0, -1.0, 2.0, -2.0, 0.5, -0.5] * 10) + 0.3
    judged = evidence(days)
    assert judged.autocorrelation == 0
    expected = ttest_1samp(days, 0.0, alternative="greater")
    assert judged.estimate / judged.error == pytest.approx(float(expected.statistic))
    assert judged.freedom == pytest.approx(1 / (1 / 59 + 2 / 60)), "the autocorrelation was estimated"
    assert judged.p_value() == pytest.approx(float(expected.pvalue), rel=0.15)


@pytest.mark.parametrize(("autocorrelation", "skewed"), [(0.0, False), (0.3, False), (0.5, False), (0.0, True)])
@pytest.mark.parametrize(("days", "level"), [(28, 0.05), (84, 0.05), (84, 0.001)])
def test_equals_are_shown_better_as_rarely_as_the_level_says(
    autocorrelation: float, skewed: bool, days: int, level: float
) -> None:
    rng, runs = np.random.default_rng(11), 4_000
    false = sum(p_value(smooth(days, autocorrelation, rng, skewed=skewed)) < level for _ in range(runs))
    assert binom.sf(false - 1, runs, level) > 0.005, f"{false} of {runs} at a level of {level}"


def test_a_gain_is_shown_more_often_by_more_days() -> None:
    rng = np.random.default_rng(3)
    shown = {
        days: sum(evidence(smooth(days, 0.0, rng) + 0.4).p_value() < 0.01 for _ in range(200)) for days in (28, 84, 168)
    }
    assert shown[28] < shown[84] < shown[168]


def test_the_claim_and_both_bounds_agree() -> None:
    judged = evidence(smooth(84, 0.2, np.random.default_rng(5)) + 1)
    for confidence in (0.9, 0.975):
        assert judged.skewness == 0 or judged.p_value(judged.lower(confidence)) >= 1 - confidence
        assert judged.upper(confidence) - judged.estimate == pytest.approx(judged.estimate - judged.lower(confidence))


def test_days_that_are_all_alike_are_certain_and_few_or_dependent_days_tell_nothing() -> None:
    assert evidence(np.full(30, 0.25)).p_value() == 0
    assert evidence(np.full(30, -0.25)).p_value() == 1
    assert isinstance(paired_evidence(0.1, np.arange(MIN_DAYS - 1.0)), Insufficient)
    assert isinstance(paired_evidence(0.1, np.arange(25.0)), Insufficient), "a trend: each day is like the one before"


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=40))
def test_the_influences_of_a_mean_are_its_deviations(days: list[float]) -> None:
    total, number = math.fsum(days), len(days)
    without = [(total - day) / (number - 1) for day in days]
    assert influences_of(without) == pytest.approx([day - total / number for day in days], abs=1e-9)
