"""Histograms with fixed bins: a value's bin is floor(x / 2^exponent), so two grids always merge at the coarser one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_BIN = 4_096
"""The bins are numbered from -MAX_BIN to MAX_BIN - 1; values outside are counted as underflow or overflow."""

SCORE_BIN_EXPONENT = -12
"""The grid of served scores: 4,096 bins over [0, 1); a score of exactly 1 is the overflow bin."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """The counts of values per bin `floor(x / 2^bin_exponent)`, clipped to [-MAX_BIN, MAX_BIN).

    The counts in `bins` are by the number of the bin, without zeros. A merge is exact for all values in the range of
    the finer grid.
    """

    bin_exponent: int
    bins: Mapping[int, int] = field(default_factory=dict)
    under: int = 0
    over: int = 0

    def coarsen(self, bin_exponent: int) -> Histogram:
        """Return the same counts at the coarser grid, exactly: each wider bin is a union of whole narrower ones."""
        if bin_exponent < self.bin_exponent:
            raise ValueError(
                f"a histogram at bin_exponent={self.bin_exponent} cannot be refined to bin_exponent={bin_exponent}"
            )
        if bin_exponent == self.bin_exponent:
            return self
        shift = bin_exponent - self.bin_exponent
        bins: dict[int, int] = {}
        for index, count in self.bins.items():
            bins[index >> shift] = bins.get(index >> shift, 0) + count
        return Histogram(bin_exponent, dict(sorted(bins.items())), self.under, self.over)

    def merge(self, that: Histogram) -> Histogram:
        """Return both histograms together, at the coarser of the two grids."""
        bin_exponent = max(self.bin_exponent, that.bin_exponent)
        one, two = self.coarsen(bin_exponent), that.coarsen(bin_exponent)
        bins = dict(one.bins)
        for index, count in two.bins.items():
            bins[index] = bins.get(index, 0) + count
        return Histogram(bin_exponent, dict(sorted(bins.items())), one.under + two.under, one.over + two.over)

    @property
    def total(self) -> int:
        """The number of counted values, with underflow and overflow."""
        return sum(self.bins.values()) + self.under + self.over

    @property
    def centred_sum(self) -> float:
        """The sum of the values inside the grid, each as the middle of its bin: wrong by at most half a bin each.

        >>> Histogram(-2, {0: 2, 3: 1}).centred_sum
        1.125
        """
        return sum((index + 0.5) * count for index, count in self.bins.items()) * math.ldexp(1.0, self.bin_exponent)

    def lower_edge(self, index: int) -> float:
        """Return the smallest value of bin `index`; infinite where no float is as large."""
        try:
            return math.ldexp(index, self.bin_exponent)
        except OverflowError:
            return math.copysign(math.inf, index)


def bin_of(value: float, bin_exponent: int) -> int:
    """Return the bin of a finite value, before clipping; exact for every float.

    >>> bin_of(1013.2, 0), bin_of(-0.1, -3), bin_of(0.999, -12)
    (1013, -1, 4091)
    """
    try:
        index = math.floor(math.ldexp(value, -bin_exponent))
    except OverflowError:  # a bin number beyond all floats
        numerator, denominator = value.as_integer_ratio()
        return (numerator << -bin_exponent) // denominator
    return -1 if value < 0 and index == 0 else index  # a tiny negative number was rounded to zero


def propose_bin_exponent(low: float, high: float, bins: int = 256) -> int:
    """Return the finest exponent at which [low, high] takes at most `bins` bins inside the grid's range; 0 for [0, 0].

    There have to be at least 2 `bins`, since no grid puts both sides of 0 in one bin. The exponent is never below
    -1000, where all smaller numbers share a bin.

    Raises:
        ValueError: An end is not finite, the ends are in the wrong order, or there are fewer than 2 bins.

    >>> propose_bin_exponent(0.0, 100.0, 256), propose_bin_exponent(5.0, 5.0), propose_bin_exponent(-1e308, 1e308)
    (-1, -9, 1017)
    """
    if not (math.isfinite(low) and math.isfinite(high) and low <= high and bins >= 2):
        raise ValueError(f"no grid has {bins} bins from {low} to {high}")
    largest = max(abs(low), abs(high))
    if largest == 0:
        return 0
    width = high / bins - low / bins  # divided first: the difference of two large numbers may overflow
    wanted = [math.frexp(x)[1] - 1 for x in (width, largest / MAX_BIN) if x > 0]
    bin_exponent = max(-1000, max(wanted, default=-1000) - 1)
    while (
        bin_of(high, bin_exponent) - bin_of(low, bin_exponent) >= bins
        or bin_of(high, bin_exponent) >= MAX_BIN
        or bin_of(low, bin_exponent) < -MAX_BIN
    ):
        bin_exponent += 1
    return bin_exponent
