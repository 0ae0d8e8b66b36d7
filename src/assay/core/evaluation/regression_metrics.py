"""Metrics of a regression model as functions of merged sums, exact, and the curves of its figures.

Every metric returns None where it is undefined, never NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from assay.core.profiles.exact_sums import Exact, exact
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.residuals import Residuals


@dataclass(frozen=True, slots=True)
class PredictedPoint:
    """The rows whose scores lie in one group of neighbouring bins: their mean score and label."""

    mean_score: float
    mean_label: float
    rows: int


def rmse(state: Residuals) -> float | None:
    """The root of the mean squared error, in the label's unit; None without labelled rows.

    >>> import numpy as np
    >>> from assay.core.profiles.from_arrays import residuals_of
    >>> rmse(residuals_of(np.array([3.0, 4.0]), np.array([0.0, 0.0]), 0))
    3.5355339059327378
    """
    mean = _mean(state, "squared_error")
    return None if mean is None else math.sqrt(mean)


def mae(state: Residuals) -> float | None:
    """The mean absolute error, in the label's unit; None without labelled rows."""
    return _mean(state, "absolute_error")


def bias(state: Residuals) -> float | None:
    """The mean error, score - label, in the label's unit: above 0 the model says too much. None without labelled
    rows."""
    return _mean(state, "error")


def r2(state: Residuals) -> float | None:
    """The share of the labels' variance that the model explains, at most 1; None where the labels are all alike.

    The sum of squares about the mean is a small difference of two large sums, so it is taken in exact fractions of
    sums that were never rounded.
    """
    squared, about_mean = _sum(state, "squared_error"), label_squares(state)
    if squared is None or about_mean is None:
        return None
    return 1 - float(squared / about_mean) if about_mean > 0 else None


def label_mean(state: Residuals) -> Fraction | None:
    """The mean label, in the label's unit; None without labelled rows."""
    label = _sum(state, "label")
    return None if label is None else label / state.rows


def label_squares(state: Residuals) -> Fraction | None:
    """The sum of squared distances of the labels from their mean, never negative; None without labelled rows."""
    label, squares = _sum(state, "label"), _sum(state, "squared_label")
    if label is None or squares is None:
        return None
    return max(Fraction(0), squares - label**2 / state.rows)


def no_error(state: Residuals) -> float | None:
    """By how much the bins may have moved a metric: not at all, since none is computed from bins."""
    return 0.0 if state.rows else None


def predicted_curve(state: Residuals, parts: int = 20) -> list[PredictedPoint]:
    """Mean score against mean label in at most `parts` groups of bins with about as many rows each, from low to high.

    A score stands at its bin's centre; what lies beyond the grid is left out.
    """
    rows = sum(state.scores.bins.values())
    groups: list[list[int]] = [[] for _ in range(parts)]
    before = 0
    for index, count in sorted(state.scores.bins.items()):
        groups[min(parts - 1, (2 * before + count) * parts // (2 * rows))].append(index)
        before += count
    return [_point(state, group) for group in groups if group]


def residual_curve(state: Residuals, parts: int = 60) -> list[tuple[float, float]]:
    """The middle of each bin of score - label and the share of rows in it, at most some `parts` bins wide, empty ones
    included: what a histogram shows. Empty without rows inside the grid."""
    histogram = state.residuals
    if not histogram.bins:
        return []
    bin_exponent = histogram.bin_exponent
    while max(histogram.bins) - min(histogram.bins) >= parts:
        bin_exponent += 1
        histogram = histogram.coarsen(bin_exponent)
    width, span = math.ldexp(1.0, bin_exponent), range(min(histogram.bins), max(histogram.bins) + 1)
    return [((index + 0.5) * width, histogram.bins.get(index, 0) / state.rows) for index in span]


def _point(state: Residuals, bins: list[int]) -> PredictedPoint:
    group = Histogram(state.scores.bin_exponent, {index: state.scores.bins[index] for index in bins})
    rows = group.total
    labels: Exact = sum(state.label_sums.get(index, 0.0) for index in bins)
    return PredictedPoint(group.centred_sum / rows, float(labels) / rows, rows)


def _sum(state: Residuals, name: str) -> Fraction | None:
    total = exact(state.sums.get(name, math.nan))
    return total if state.rows and isinstance(total, Fraction) else None


def _mean(state: Residuals, name: str) -> float | None:
    total = _sum(state, name)
    return None if total is None else float(total / state.rows)
