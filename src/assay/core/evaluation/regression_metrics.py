"""The metrics of a regression model as exact functions of merged sums, and the curves for its figures.

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
    """The rows with scores in one group of neighbouring bins: their mean score and their mean label."""

    mean_score: float
    mean_label: float
    rows: int


def rmse(state: Residuals) -> float | None:
    """Return the root of the mean squared error, in the label's unit; None without labelled rows.

    >>> import numpy as np
    >>> from assay.core.profiles.from_arrays import residuals_of
    >>> rmse(residuals_of(np.array([3.0, 4.0]), np.array([0.0, 0.0]), 0))
    3.5355339059327378
    """
    mean = _mean(state, "squared_error")
    return None if mean is None else math.sqrt(mean)


def mae(state: Residuals) -> float | None:
    """Return the mean absolute error, in the label's unit; None without labelled rows."""
    return _mean(state, "absolute_error")


def bias(state: Residuals) -> float | None:
    """Return the mean error, score - label, in the label's unit; None without labelled rows.

    Above 0, the scores are too high.
    """
    return _mean(state, "error")


def r2(state: Residuals) -> float | None:
    """Return the share of the labels' variance that the model explains, at most 1; None where all labels are equal.

    The sum of squares about the mean is a small difference of two large sums. So it is computed with exact fractions
    from sums that were never rounded.
    """
    squared, about_mean = _sum(state, "squared_error"), label_squares(state)
    if squared is None or about_mean is None:
        return None
    return 1 - float(squared / about_mean) if about_mean > 0 else None


def label_mean(state: Residuals) -> Fraction | None:
    """Return the mean label, in the label's unit; None without labelled rows."""
    label = _sum(state, "label")
    return None if label is None else label / state.rows


def label_squares(state: Residuals) -> Fraction | None:
    """Return the sum of squared distances of the labels from their mean, never negative; None without labelled rows."""
    label, squares = _sum(state, "label"), _sum(state, "squared_label")
    if label is None or squares is None:
        return None
    return max(Fraction(0), squares - label**2 / state.rows)


def no_error(state: Residuals) -> float | None:
    """Return 0, the error of the bins, since no metric here is computed from bins; None without labelled rows."""
    return 0.0 if state.rows else None


def predicted_curve(state: Residuals, parts: int = 20) -> list[PredictedPoint]:
    """Return the mean score and the mean label in at most `parts` groups of bins, from low to high scores.

    The groups have about the same number of rows. Each score counts as the centre of its bin, and scores beyond the
    grid are left out.
    """
    rows = sum(state.scores.bins.values())
    groups: list[list[int]] = [[] for _ in range(parts)]
    before = 0
    for index, count in sorted(state.scores.bins.items()):
        groups[min(parts - 1, (2 * before + count) * parts // (2 * rows))].append(index)
        before += count
    return [_point(state, group) for group in groups if group]


def residual_curve(state: Residuals, parts: int = 60) -> list[tuple[float, float]]:
    """Return the middle of each bin of score - label, and the share of rows in it, as a histogram shows them.

    There are at most `parts` bins, empty ones included. Without rows inside the grid, the list is empty.
    """
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
