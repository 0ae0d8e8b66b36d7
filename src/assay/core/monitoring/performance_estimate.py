"""The estimate of a classifier's metric on days whose labels are not known yet, from its scores alone.

A row whose score is a calibrated probability p counts as p positive rows and 1 - p negative ones. From these expected
counts the metric follows (confidence-based performance estimation, CBPE). Scores are calibrated by the rates of the
folds, with isotonic regression (Barlow and others 1972). The estimate holds while the relation of features and label
stays as it was: a change of that relation cannot be seen without labels. So it warns, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.outcome_profile import LabelledScores
from assay.core.profiles.score_counts import Counts, score_grid

Floats = NDArray[np.float64]
BINS = 1 << -SCORE_BIN_EXPONENT
"""The bins of served scores; one more slot holds the scores of exactly 1."""

ESTIMATED = ("within_day_roc_auc", "roc_auc", "log_loss")
"""The metrics that have an estimate."""


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedCounts:
    """The expected positive and negative rows in each bin of served scores, of one day or of several together."""

    positives: Floats
    negatives: Floats

    def merge(self, that: ExpectedCounts) -> ExpectedCounts:
        """Return the counts of both together."""
        return ExpectedCounts(self.positives + that.positives, self.negatives + that.negatives)

    @property
    def weight(self) -> float:
        """The weight of the rows in a mean of ROC AUCs: positives times negatives by rows; 0 without rows."""
        positive, negative = float(self.positives.sum()), float(self.negatives.sum())
        return positive * negative / (positive + negative) if positive and negative else 0.0

    @property
    def roc_auc(self) -> float | None:
        """The expected ROC AUC; rows of one bin count as ties. None where all rows are certain to have one label."""
        positive, negative = float(self.positives.sum()), float(self.negatives.sum())
        if positive == 0 or negative == 0:
            return None
        below = np.cumsum(self.negatives) - self.negatives / 2
        return float((self.positives * below).sum()) / (positive * negative)

    @property
    def log_loss(self) -> float | None:
        """The expected log loss of the scores, each the middle of its bin; None without rows."""
        rows = float(self.positives.sum() + self.negatives.sum())
        if rows == 0:
            return None
        scores = np.minimum((np.arange(BINS + 1) + 0.5) / BINS, 1 - 0.5 / BINS)
        losses = self.positives * np.log(scores) + self.negatives * np.log1p(-scores)
        return -float(losses.sum()) / rows


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The rate of positives for each bin of served scores, non-decreasing."""

    rates: Floats

    @classmethod
    def of(cls, days: Iterable[LabelledScores]) -> Calibration | None:
        """Return the calibration by labelled days; None unless they have rows of both labels."""
        labels = np.zeros((2, BINS + 1))
        for day in days:
            labels += labelled_rows(Counts.of(day))
        return cls.of_rows(labels)

    @classmethod
    def of_rows(cls, labels: Floats) -> Calibration | None:
        """Return the calibration by rows as `labelled_rows` has them; None unless there are rows of both labels."""
        return cls(rising_rates(labels)) if labels.sum(axis=1).all() else None

    def expected(self, scores: Histogram) -> ExpectedCounts:
        """Return the expected counts of the scores of a day."""
        return self.expected_of(dense(scores))

    def expected_of(self, counts: Floats) -> ExpectedCounts:
        """Return the expected counts of rows that are given by their bin."""
        return ExpectedCounts(counts * self.rates, counts * (1 - self.rates))


def rising_rates(labels: Floats) -> Floats:
    """Return the rate of positives for each bin, non-decreasing, by isotonic regression (Barlow and others 1972).

    The rows with a positive and with a negative label are `labels`, by bin. A bin without rows has the rate between
    those of its neighbours, by linear interpolation. Without any row the rates are one half.
    """
    from scipy.optimize import isotonic_regression

    rows = labels.sum(axis=0)
    seen = np.flatnonzero(rows)
    if not len(seen):
        return np.full(len(rows), 0.5)
    fitted = isotonic_regression(labels[0, seen] / rows[seen], weights=rows[seen]).x
    return np.asarray(np.interp(np.arange(len(rows)), seen, fitted))


def labelled_rows(day: Counts) -> Floats:
    """Return the rows with a positive and those with a negative label, by bin of served scores."""
    places = _bins_of_slots(day.bin_exponent)
    return np.stack([np.bincount(places, weights=side, minlength=BINS + 1) for side in (day.positives, day.negatives)])


@lru_cache(maxsize=16)
def _bins_of_slots(bin_exponent: int) -> NDArray[np.int64]:
    """Return the bin of served scores of each slot of the grid of log-odds, by the middle of the slot."""
    places = (score_grid(bin_exponent)[1] * BINS).astype(np.int64)
    places.setflags(write=False)
    return places


def dense(histogram: Histogram) -> Floats:
    """Return the rows of each bin of served scores; a score below 0 counts in the first bin, one above 1 in the last.

    Raises:
        ValueError: The histogram is on another grid.
    """
    if histogram.bin_exponent != SCORE_BIN_EXPONENT:
        raise ValueError(f"a grid of {histogram.bin_exponent}, and served scores have {SCORE_BIN_EXPONENT}")
    counts = np.zeros(BINS + 1)
    for index, count in histogram.bins.items():
        counts[min(max(index, 0), BINS)] += count
    counts[0] += histogram.under
    counts[BINS] += histogram.over
    return counts


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedDays:
    """The expected counts of some days together, and the sums of their ROC AUCs times weights, and of the weights."""

    whole: ExpectedCounts
    weighted: float
    weight: float

    @classmethod
    def of(cls, day: ExpectedCounts) -> ExpectedDays:
        """Return the state of one day."""
        auc = day.roc_auc
        return cls(day, 0.0, 0.0) if auc is None else cls(day, auc * day.weight, day.weight)

    def merge(self, that: ExpectedDays) -> ExpectedDays:
        """Return the state of other days together with these."""
        return ExpectedDays(self.whole.merge(that.whole), self.weighted + that.weighted, self.weight + that.weight)

    def value(self, metric: str) -> float | None:
        """Return the estimate of a metric; None for a metric that has none, or where it is undefined."""
        match metric:
            case "within_day_roc_auc":
                return self.weighted / self.weight if self.weight else None
            case "roc_auc":
                return self.whole.roc_auc
            case "log_loss":
                return self.whole.log_loss
            case _:
                return None


def estimate(days: Iterable[ExpectedCounts], metric: str) -> float | None:
    """Return the estimate of a metric over days; None for a metric that has none, or where it is undefined."""
    known = [ExpectedDays.of(day) for day in days]
    return reduce(ExpectedDays.merge, known).value(metric) if known else None
