"""The preparation of a daily statistic: its weekdays are taken out, its scale is set, and a long tail is bent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.core.monitoring.daily.series import Floats

MIN_DAYS = 28
"""The least number of days of a history: each weekday four times."""

WEEKDAY_NOISE = 1.5
"""The weekday means are shrunk by this many times the share of their variance that chance explains."""

OF_ROWS = 1.25
"""From this many times the standard error of rows on, days have a spread and a shape of their own."""

BENDS = (0.15, 0.3, 0.5, 0.8, 1.2)
"""The strengths of the bend that are tried; a bend that also stretches the short side gives four times the alarms."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The scale in which a statistic is judged, as set by days of the past.

    A prepared value is (value - weekday - centre) / scale, with its long side bent by `bend` (0: neither side).
    The standard error of a typical day's rows, in prepared units, is `error`.
    """

    weekdays: Floats
    centre: float
    scale: float
    bend: float
    error: float

    def prepare(self, values: Floats, weekdays: NDArray[np.int64]) -> Floats:
        """Return the values in the scale in which they are judged."""
        return bent((values - self.weekdays[weekdays] - self.centre) / self.scale, self.bend)

    def spreads(self, spread: float, errors: Floats) -> Floats:
        """Return the spread of each day, where `spread` is that of a typical one.

        A day with fewer rows than usual is as uncertain as its rows are.
        """
        return np.sqrt(spread**2 + np.maximum(0.0, (errors / self.scale) ** 2 - self.error**2))


def history_of(values: Floats, weekdays: NDArray[np.int64], errors: Floats) -> History:
    """Return the history of a statistic from its values on MIN_DAYS days or more, and their standard errors of rows."""
    by_weekday = shrunk_weekdays(values, weekdays)
    level = values - by_weekday[weekdays]
    error = float(np.median(errors))
    centre, deviation = float(np.median(level)), float(level.std(ddof=1))
    scale = max(deviation, error)
    bend = _least_skewed((level - centre) / scale) if deviation > OF_ROWS * error else 0.0
    return History(by_weekday, centre, scale, bend, error / scale)


def whitened(values: Floats, r: float) -> Floats:
    """Return the values, each without the part that follows from the one before by the autocorrelation r."""
    return np.concatenate([values[:1], values[1:] - r * values[:-1]])


def shrunk_weekdays(values: Floats, weekdays: NDArray[np.int64]) -> Floats:
    """Return the effect of each of the seven weekdays, shrunk towards none by what chance explains of it.

    The factor is max(0, 1 - WEEKDAY_NOISE x MS_within / MS_between), as of James and Stein (1961). The effects are 0
    below MIN_DAYS days. A weekday without a day has none.
    """
    effects = np.zeros(7)
    counts = np.bincount(weekdays, minlength=7)
    present = np.flatnonzero(counts)
    groups, days = len(present), len(values)
    if days < MIN_DAYS or groups < 2:
        return effects
    means = np.bincount(weekdays, weights=values, minlength=7) / np.maximum(counts, 1)
    off = means[present] - values.mean()
    between = float(counts[present] @ off**2) / (groups - 1)
    within = float(((values - means[weekdays]) ** 2).sum()) / (days - groups)
    if between > 0:
        effects[present] = max(0.0, 1 - WEEKDAY_NOISE * within / between) * off
    return effects


def bent(values: Floats, bend: float) -> Floats:
    """Return the values with those on the side of the bend's sign on a logarithmic scale; the other side is straight.

    >>> bent(np.array([-2.0, 2.0]), 0.5).round(2).tolist()
    [-2.0, 1.39]
    """
    if bend == 0:
        return values
    long = bend * values > 0
    size = np.log1p(np.where(long, bend * values, 0.0)) / abs(bend)
    return np.where(long, np.sign(values) * size, values)


def skewness(values: Floats) -> float:
    """Return the skewness of the values; 0 where they are all alike."""
    off = values - values.mean()
    variance = float((off**2).mean())
    return float((off**3).mean()) / variance**1.5 if variance > 0 else 0.0


def _least_skewed(values: Floats) -> float:
    skew = skewness(values)
    if abs(skew) <= 2 * math.sqrt(6 / len(values)):
        return 0.0
    return min((math.copysign(bend, skew) for bend in BENDS), key=lambda bend: abs(skewness(bent(values, bend))))
