"""The distribution of a day's scores from their histogram: quantiles, shares at and above thresholds, and bins.

Inside a bin the scores are taken to be spread evenly between its ends. So a quantile is off by at most the width of a
bin, and a share by at most the share of one bin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.profiles.histogram import MAX_BIN
from assay.core.profiles.table_profile import ColumnState

PERCENTS = (1, 5, 25, 50, 75, 95, 99)
"""The quantiles of a distribution, in percent."""

BINS = 20
"""About the number of bins of a picture of two days."""

FINEST = 1e-9
"""The smallest width of a bin of a picture, as a part of the largest score: a smaller one is rounding alone."""


@dataclass(frozen=True, slots=True)
class ScoreQuantile:
    """The score that so many percent of the rows do not exceed."""

    percent: int
    value: float


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """The rows with scores from `low` to below `high`; all of the one score where both are equal."""

    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class ScoreDistribution:
    """The scores of a day: rows with a finite score, their mean, least and largest, quantiles, and the ranges."""

    rows: int
    mean: float
    least: float
    largest: float
    quantiles: tuple[ScoreQuantile, ...]
    ranges: tuple[ScoreRange, ...]

    def quantile(self, percent: int) -> float:
        """Return one of the `quantiles`.

        Raises:
            KeyError: It is not one of PERCENTS.
        """
        return {one.percent: one.value for one in self.quantiles}[percent]

    def share_from(self, threshold: float) -> float:
        """Return the share of the rows, from 0 to 1, whose score is the threshold or above."""
        return sum(_part_from(one, threshold) for one in self.ranges) / self.rows

    def share_between(self, low: float, high: float) -> float:
        """Return the share of the rows, from 0 to 1, whose score is `low` or above, and below `high`."""
        return max(0.0, self.share_from(low) - self.share_from(high))


def distribution_of(scores: ColumnState) -> ScoreDistribution | None:
    """Return the distribution of the scores; None where no score is finite, or they were measured without a grid."""
    ranges, mean = _ranges(scores), scores.mean
    rows = sum(one.rows for one in ranges)
    if not rows or mean is None or scores.low is None or scores.high is None:
        return None
    quantiles = tuple(ScoreQuantile(percent, _quantile(ranges, rows, percent)) for percent in PERCENTS)
    return ScoreDistribution(rows, mean, float(scores.low), float(scores.high), quantiles, ranges)


def bin_edges(days: Sequence[ScoreDistribution], bins: int = BINS) -> tuple[float, ...]:
    """Return the edges of about so many bins that hold the middle 98 % of the scores of each day.

    They are multiples of 1, 2 or 5 times a power of ten. One score alone has one bin. Without a day there is no edge.

    >>> one = ScoreDistribution(2, 0.3, 0.1, 0.5, (ScoreQuantile(1, 0.1), ScoreQuantile(99, 0.5)), ())
    >>> bin_edges([one], 4)
    (0.1, 0.2, 0.3, 0.4, 0.5)
    """
    if not days:
        return ()
    low, high = min(day.quantile(1) for day in days), max(day.quantile(99) for day in days)
    step = _round_step(max((high - low) / bins, FINEST * max(abs(low), abs(high)), 1e-300))
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return tuple(_multiple(number, step) for number in range(first, max(last, first + 1) + 1))


def edge_text(edge: float) -> str:
    """Return an edge with every digit that two of `bin_edges` may differ by.

    >>> edge_text(0.35), edge_text(1_234_565.0)
    ('0.35', '1234565')
    """
    return f"{edge:.12g}"


def _round_step(rough: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is `rough` or more."""
    power = math.floor(math.log10(rough))
    steps = (float(f"{factor}e{power + more}") for more in (0, 1) for factor in (1, 2, 5))
    return next((step for step in steps if step >= rough * (1 - 1e-9)), rough)


def _multiple(number: int, step: float) -> float:
    """Return number * step without the last digits that a product of doubles adds, such as in 3 * 0.1."""
    return float(f"{number * step:.12g}")


def _ranges(scores: ColumnState) -> tuple[ScoreRange, ...]:
    """Return the filled bins in order as ranges, none of which goes beyond the least and the largest score."""
    histogram = scores.histogram
    if histogram is None or scores.low is None or scores.high is None:
        return ()
    least, largest = float(scores.low), float(scores.high)

    def within(value: float) -> float:
        return min(max(value, least), largest)

    first, last = histogram.lower_edge(-MAX_BIN), histogram.lower_edge(MAX_BIN)
    parts = [ScoreRange(least, within(first), histogram.under)] if histogram.under else []
    for index, rows in sorted(histogram.bins.items()):
        low, high = histogram.lower_edge(index), histogram.lower_edge(index + 1)
        parts.append(ScoreRange(within(low), within(high), rows))
    if histogram.over:
        parts.append(ScoreRange(within(last), largest, histogram.over))
    return tuple(parts)


def _part_from(part: ScoreRange, threshold: float) -> float:
    """Return the rows of a range whose score is the threshold or above; a part of them where it lies inside."""
    if threshold <= part.low:
        return float(part.rows)
    if threshold >= part.high:
        return 0.0
    return part.rows * ((part.high - threshold) / (part.high - part.low))


def _quantile(ranges: Sequence[ScoreRange], rows: int, percent: int) -> float:
    """Return the score at which the running count of the rows reaches the percent of all (inverse of their CDF)."""
    before = 0
    for part in ranges:
        if 100 * (before + part.rows) >= percent * rows:
            inside = (percent * rows / 100 - before) / part.rows
            return min(part.high, part.low + (part.high - part.low) * min(max(inside, 0.0), 1.0))
        before += part.rows
    return ranges[-1].high
