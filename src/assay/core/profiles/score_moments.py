"""The mean and the spread of scores from their histogram, clipped so that no single wild score decides them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from assay.core.profiles.histogram import MAX_BIN, Histogram

OUTER = 0.01
"""The share of rows on each side that a range leaves out, before it is widened."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The number of scores, their mean, and their standard deviation (0 where all share a bin)."""

    rows: int
    mean: float
    deviation: float


def quantile_range(histogram: Histogram) -> tuple[float, float]:
    """Return the 1 % and the 99 % quantile, each moved outwards by their distance.

    Raises:
        ValueError: The histogram is empty.

    >>> quantile_range(Histogram(0, {0: 50, 4: 50}))
    (-3.5, 8.5)
    """
    centres, counts = points(histogram)
    running = list(accumulate(counts))
    if not running or not running[-1]:
        raise ValueError("an empty histogram has no quantiles")
    low, high = (next(c for c, upto in zip(centres, running, strict=True) if upto >= q * running[-1]) for q in _SHARES)
    return low - (high - low), high + (high - low)


_SHARES = (OUTER, 1 - OUTER)


def moments(histogram: Histogram, clip: tuple[float, float]) -> Moments:
    """Return the moments of the scores, each taken as the middle of its bin and clipped to the range `clip`.

    Raises:
        ValueError: The histogram is empty.

    >>> moments(Histogram(0, {0: 1, 2: 1, 4_000: 1}), (0.0, 4.5))
    Moments(rows=3, mean=2.5, deviation=1.632993161855452)
    """
    centres, counts = points(histogram)
    total = sum(counts)
    if not total:
        raise ValueError("an empty histogram has no moments")
    values = [min(max(centre, clip[0]), clip[1]) for centre in centres]
    mean = math.fsum(value * count for value, count in zip(values, counts, strict=True)) / total
    variance = math.fsum(count * (value - mean) ** 2 for value, count in zip(values, counts, strict=True)) / total
    return Moments(total, mean, math.sqrt(variance))


def pooled_deviation(days: Sequence[Moments]) -> float:
    """Return the standard deviation of the rows of all days together.

    >>> pooled_deviation([Moments(1, 1.0, 0.0), Moments(1, 3.0, 0.0)])
    1.0
    """
    total = sum(day.rows for day in days)
    mean = math.fsum(day.rows * day.mean for day in days) / total
    return math.sqrt(math.fsum(day.rows * (day.deviation**2 + (day.mean - mean) ** 2) for day in days) / total)


def points(histogram: Histogram) -> tuple[list[float], list[int]]:
    """Return the middles of the bins in order, and their counts; scores outside the grid lie on its ends."""
    width = math.ldexp(1.0, histogram.bin_exponent)
    points = [(-MAX_BIN * width, histogram.under)] if histogram.under else []
    points += [((index + 0.5) * width, count) for index, count in sorted(histogram.bins.items())]
    points += [(MAX_BIN * width, histogram.over)] if histogram.over else []
    return [centre for centre, _ in points], [count for _, count in points]
