"""Comparing two contenders: the clustered jackknife, its error rate and its speed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from assay.core.evaluation.claims import ClaimRule, evaluate_claim
from assay.core.evaluation.jackknife import (
    Insufficient,
    MetricDifference,
    compare,
    jackknife,
    leave_one_out,
    smallest_difference,
)
from assay.core.evaluation.metrics import Metric
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores
from assay.core.profiles.score_counts import Counts
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT

from .labelled_scores import labelled

START = date(2013, 3, 1)


@dataclass(frozen=True)
class Sum:
    """The simplest state: values of one kind, to be averaged."""

    total: float
    rows: int

    def merge(self, that: Sum) -> Sum:
        return Sum(self.total + that.total, self.rows + that.rows)


MEAN = Metric("mean", "mean error", False, lambda s: s.total / s.rows, lambda _: 0.0, prepare=lambda s: s)


def per_day(states: list[LabelledScores]) -> dict[date, LabelledScores]:
    return {START + timedelta(days=i): state for i, state in enumerate(states)}


def days_of(
    random: np.random.Generator, days: int, rows: int, gain: float = 0.0
) -> tuple[list[LabelledScores], list[LabelledScores], list[tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Two models whose luck changes from day to day; the first is better by `gain` standard deviations."""
    challenger_days, champion_days, raw = [], [], []
    for _ in range(days):
        labels = random.random(rows) < 0.3
        signal = np.where(labels, 0.5, -0.5)
        scores = []
        for extra in (gain, 0.0):
            luck = random.normal(0, 0.5)
            scores.append(1 / (1 + np.exp(-(signal * (1 + extra + luck) + random.normal(0, 1, rows)))))
        challenger_days.append(labelled(scores[0], labels))
        champion_days.append(labelled(scores[1], labels))
        raw.append((labels, scores[0], scores[1]))
    return challenger_days, champion_days, raw


@given(st.lists(st.integers(-100, 100), min_size=2, max_size=12))
def test_leaving_out_one_day_merges_all_the_others(values: list[int]) -> None:
    whole, without = leave_one_out([Sum(float(v), 1) for v in values])
    assert whole == Sum(float(sum(values)), len(values))
    assert without == [Sum(float(sum(values) - v), len(values) - 1) for v in values]


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30))
def test_the_jackknife_error_of_a_mean_is_the_standard_error_of_the_mean(values: list[float]) -> None:
    estimate = jackknife(lambda s: s.total / s.rows, [Sum(v, 1) for v in values])
    assert not isinstance(estimate, Insufficient)
    assert estimate.error == pytest.approx(float(stats.sem(values)), rel=1e-6, abs=1e-9)


def test_a_mean_is_compared_as_a_paired_t_test_would() -> None:
    random = np.random.default_rng(3)
    one, two = random.normal(1.0, 1, 15), random.normal(1.4, 1, 15)
    sides = [{START + timedelta(days=i): Sum(float(v), 1) for i, v in enumerate(side)} for side in (one, two)]
    difference = compare(MEAN, sides[0], sides[1], 0.9)
    assert isinstance(difference, MetricDifference)
    oracle = stats.ttest_rel(two, one, alternative="greater")  # a lower error is better
    assert difference.p_better == pytest.approx(oracle.pvalue)
    assert difference.p_better + difference.p_worse == pytest.approx(1)
    assert difference.low == pytest.approx(oracle.confidence_interval(0.9).low)
    assert difference.estimate == pytest.approx(float((two - one).mean()))


def test_a_stored_comparison_keeps_its_keys() -> None:
    days = [{START + timedelta(days=i): Sum(error + i, 1) for i in range(3)} for error in (1.0, 2.0)]
    sides = list(zip(("boosted", "linear"), days, strict=True))
    comparison = evaluate_claim(MEAN, sides[0], sides[1], rule=ClaimRule.SUPERIORITY, margin=0.1, confidence=0.9)
    details = comparison.finding().details
    assert [details[key] for key in ("ours", "theirs")] == ["boosted", "linear"]
    stored = details["difference"]
    assert list(stored)[:4] == ["metric", "ours", "theirs", "estimate"]
    assert [stored[key] for key in ("ours", "theirs", "estimate")] == [2.0, 3.0, 1.0]


def test_the_error_of_an_auc_difference_is_the_brute_force_one_on_raw_scores() -> None:
    challenger_days, champion_days, raw = days_of(np.random.default_rng(5), 8, 300)
    difference = compare("roc_auc", per_day(challenger_days), per_day(champion_days), 0.95)
    assert isinstance(difference, MetricDifference)

    def gain(keep: Callable[[int], bool]) -> float:
        labels, one, two = (np.concatenate([day[j] for i, day in enumerate(raw) if keep(i)]) for j in range(3))
        return float(roc_auc_score(labels, one) - roc_auc_score(labels, two))

    def gain_without(out: int) -> float:
        return gain(lambda i: i != out)

    without = [gain_without(out) for out in range(8)]
    error = math.sqrt(7 / 8 * sum((x - np.mean(without)) ** 2 for x in without))
    assert difference.estimate == pytest.approx(gain(lambda _: True), abs=difference.bound)
    assert difference.estimate == pytest.approx(gain(lambda _: True), abs=5e-4)
    assert difference.error == pytest.approx(error, rel=0.01)


def test_a_model_that_is_no_better_is_shown_better_as_rarely_as_promised() -> None:
    random = np.random.default_rng(11)
    shown = normal = 0
    runs = 120
    for _ in range(runs):
        challenger_days, champion_days, _ = days_of(random, 8, 60)
        difference = compare("roc_auc", per_day(challenger_days), per_day(champion_days), 0.95)
        assert isinstance(difference, MetricDifference)
        shown += difference.low > 0
        normal += difference.estimate > 1.645 * difference.error
    assert 0.01 * runs <= shown <= 0.085 * runs
    assert normal >= shown  # the normal quantile would promise too much on few days


def test_a_difference_is_positive_when_ours_is_better_for_a_loss_too() -> None:
    challenger_days, champion_days, _ = days_of(np.random.default_rng(1), 20, 200, gain=1.5)
    for metric in ("roc_auc", "pr_auc", "log_loss", "brier"):
        difference = compare(metric, per_day(challenger_days), per_day(champion_days), 0.95)
        assert isinstance(difference, MetricDifference)
        back = compare(metric, per_day(champion_days), per_day(challenger_days), 0.95)
        assert isinstance(back, MetricDifference)
        assert difference.estimate > 0, metric
        assert back.estimate == pytest.approx(-difference.estimate)
        assert (back.p_worse, back.low) == pytest.approx((difference.p_better, -difference.high))


def test_only_days_that_both_have_with_labels_count() -> None:
    challenger_days, champion_days, _ = days_of(np.random.default_rng(1), 6, 100)
    one, two = per_day(challenger_days), per_day(champion_days)
    del one[START]
    two[START + timedelta(days=1)] = LabelledScores.empty()
    difference = compare("roc_auc", one, two, 0.95)
    assert isinstance(difference, MetricDifference)
    assert (difference.days, difference.rows) == (4, 400)


def test_the_same_scores_differ_by_nothing_and_are_shown_neither_way() -> None:
    challenger_days, _, _ = days_of(np.random.default_rng(1), 6, 100)
    same = compare("roc_auc", per_day(challenger_days), per_day(challenger_days), 0.95)
    assert isinstance(same, MetricDifference)
    assert (same.estimate, same.low, same.high, same.p_better, same.p_worse) == (0, 0, 0, 1, 1)


@pytest.mark.parametrize("days", [0, 1])
def test_fewer_than_two_days_are_insufficient(days: int) -> None:
    challenger_days, champion_days, _ = days_of(np.random.default_rng(1), days, 100)
    difference = compare("roc_auc", per_day(challenger_days), per_day(champion_days), 0.95)
    assert isinstance(difference, Insufficient)


def test_positives_on_one_day_alone_are_insufficient() -> None:
    negative = LabelledScores(Histogram(LOG_ODDS_EXPONENT), Histogram(LOG_ODDS_EXPONENT, {7: 5}))
    both = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {9: 5}), Histogram(LOG_ODDS_EXPONENT, {7: 5}))
    difference = compare("roc_auc", per_day([negative, both, negative]), per_day([negative, both, negative]), 0.95)
    assert isinstance(difference, Insufficient)
    none = compare("roc_auc", per_day([negative] * 3), per_day([negative] * 3), 0.95)
    assert isinstance(none, Insufficient)
    assert none.reason != difference.reason, "one day with positives is another reason than none"


def test_a_holdout_shows_its_smallest_difference_nine_times_in_ten() -> None:
    random, days, error = np.random.default_rng(2), 20, 0.01
    truth = smallest_difference(error, days)
    samples = random.normal(truth, error * math.sqrt(days), (4_000, days))
    errors = samples.std(axis=1, ddof=1) / math.sqrt(days)
    shown = samples.mean(axis=1) - stats.t.ppf(0.95, days - 1) * errors > 0
    assert shown.mean() == pytest.approx(0.9, abs=0.02)
    assert smallest_difference(error, 80, measured_on=20) < truth / 1.9
    assert smallest_difference(error, 1) == math.inf


def test_the_merges_of_a_comparison_grow_with_the_days_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    challenger_days, champion_days, _ = days_of(np.random.default_rng(2), 28, 900)
    dense = [{day: Counts.of(s) for day, s in per_day(side).items()} for side in (challenger_days, champion_days)]
    merge, merged = Counts.merge, 0

    def counted(one: Counts, other: Counts) -> Counts:
        nonlocal merged
        merged += 1
        return merge(one, other)

    monkeypatch.setattr(Counts, "merge", counted)
    assert isinstance(compare("roc_auc", dense[0], dense[1], 0.95), MetricDifference)
    assert 0 < merged <= 2 * 4 * 28, "three for the error and one for the whole, of both sides"
