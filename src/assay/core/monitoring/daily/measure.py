"""Daily statistics from stored Profiles: of a number its clipped mean and spread, of a category its shares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from assay.core.monitoring.daily.series import DailySeries, Floats, StatisticKind, StatisticName
from assay.core.profiles.histogram import MAX_BIN, Histogram
from assay.core.profiles.table_profile import ColumnState

JUDGED = ("number", "text", "boolean")
"""The kinds of columns that are judged: dates always move."""

MIN_ROWS = 20
"""The least number of rows, or of values of a number, with which a day is judged."""

MIN_DISTINCT = 20
"""The least number of bins with values on half of the training's days: a flag or a grade has no spread of its own."""

LEAST_SPREAD = 1e-3
"""The spread of a day on which a value is frozen, as a part of the training's: a logarithm needs one."""

LARGEST = 10
"""The number of the training's largest categories whose shares are judged; the rest is judged by what is unseen."""

Days = Mapping[date, ColumnState]


@dataclass(frozen=True, slots=True)
class Measure:
    """The statistics of one column, as its training's days set them: clips, scales and categories.

    The clips of a number are its 1 % and 99 % quantiles, each moved outwards by their distance. Its `centre`, `scale`
    and `kurtosis` are those of the training's clipped rows. A number that is constant in training has a scale of 0; the
    share of its other values is judged instead of a mean. Its `spread` is judged if it has one on most days.

    A category has the number of `training` days that have it in `days_of`.
    """

    column: str
    kind: str
    clip: tuple[float, float] = (0.0, 0.0)
    centre: float = 0.0
    scale: float = 0.0
    kurtosis: float = 3.0
    spread: bool = False
    largest: tuple[str, ...] = ()
    days_of: Mapping[str, int] = field(default_factory=dict)
    training: frozenset[date] = frozenset()

    @classmethod
    def of(cls, column: str, training: Days) -> Measure | None:
        """Return the measure of a column, from its states on the training's days; None where nothing can be judged."""
        states = [state for state in training.values() if state.rows]
        if not states:
            return None
        kind = states[0].kind
        if kind in ("text", "boolean"):
            return _of_text(column, kind, training)
        return _of_number(column, states) if kind == "number" else None

    def series(self, days: Days) -> list[DailySeries]:
        """Return the column's statistics on these days, each without the days that have too few rows for it."""
        usable = {day: state for day, state in sorted(days.items()) if state.rows >= MIN_ROWS}
        if self.kind == "number":
            nulls = [state.rows - state.values for state in usable.values()]
            return [*self._moments(usable), self._shares(StatisticKind.NULLS, usable, nulls)]
        unseen = [self._unseen(state, trained=day in self.training) for day, state in usable.items()]
        return [
            *(self._category(name, usable) for name in self.largest),
            self._shares(StatisticKind.UNSEEN, usable, unseen),
            self._shares(StatisticKind.NULLS, usable, [state.nulls for state in usable.values()]),
        ]

    def _unseen(self, state: ColumnState, *, trained: bool) -> int:
        """Return the rows whose category no training day has; for such a day, that no other training day has."""
        most = 1 if trained else 0
        return sum(count for name, count in state.categories.items() if self.days_of.get(name, 0) <= most)

    def _category(self, name: str, days: Days) -> DailySeries:
        counts = [state.categories.get(name, 0) for state in days.values()]
        return self._shares(StatisticKind.CATEGORY, days, counts, name)

    def _shares(self, kind: StatisticKind, days: Days, having: Sequence[int], category: str = "") -> DailySeries:
        """Return the share of each day's rows that have a property, from their numbers."""
        rows = np.array([state.rows for state in days.values()], dtype=np.float64)
        counts = np.array(having, dtype=np.float64)
        values = np.arcsin(np.sqrt((counts + 0.375) / (rows + 0.75)))
        name = StatisticName(self.column, kind, category)
        return DailySeries(name, tuple(days), values, 0.5 / np.sqrt(rows + 0.5), counts / rows)

    def _moments(self, days: Days) -> list[DailySeries]:
        if self.scale == 0:
            others = [self._not_the_constant(state) for state in days.values()]
            return [self._shares(StatisticKind.UNSEEN, days, others)]
        measured = {day: _clipped(state.histogram, self.clip) for day, state in days.items() if state.histogram}
        enough = {day: one for day, one in measured.items() if one.rows >= MIN_ROWS}
        return [self._mean(enough), self._spread(enough)] if self.spread else [self._mean(enough)]

    def _not_the_constant(self, state: ColumnState) -> int:
        if state.histogram is None:
            return 0
        middles, counts = _bins(state.histogram)
        return int(counts[middles != self.centre].sum())

    def _mean(self, days: Mapping[date, _Moments]) -> DailySeries:
        values = np.array([(one.mean - self.centre) / self.scale for one in days.values()])
        errors = np.array([max(one.deviation / self.scale, 1e-9) / np.sqrt(one.rows) for one in days.values()])
        return DailySeries(StatisticName(self.column, StatisticKind.MEAN), tuple(days), values, errors, values)

    def _spread(self, days: Mapping[date, _Moments]) -> DailySeries:
        values = np.array([np.log(max(one.deviation / self.scale, LEAST_SPREAD)) for one in days.values()])
        errors = np.array([np.sqrt(max(self.kurtosis - 1, 0.1) / (4 * one.rows)) for one in days.values()])
        return DailySeries(StatisticName(self.column, StatisticKind.SPREAD), tuple(days), values, errors, values)


@dataclass(frozen=True, slots=True)
class _Moments:
    rows: int
    mean: float
    deviation: float
    kurtosis: float


def _of_text(column: str, kind: str, training: Days) -> Measure:
    counts: dict[str, int] = {}
    days_of: dict[str, int] = {}
    for state in training.values():
        for name, count in state.categories.items():
            counts[name] = counts.get(name, 0) + count
            days_of[name] = days_of.get(name, 0) + 1
    order = sorted(counts, key=lambda name: (-counts[name], name))
    judged = order[:1] if len(order) == 2 else order[:LARGEST]  # the other share of two follows from it
    return Measure(column, kind, largest=tuple(judged), days_of=days_of, training=frozenset(training))


def _of_number(column: str, states: list[ColumnState]) -> Measure:
    histograms = [state.histogram for state in states if state.histogram is not None]
    whole = _merged(histograms)
    if whole.total == 0:
        return Measure(column, "number", centre=math.nan)
    middles, counts = _bins(whole)
    shares = np.cumsum(counts) / counts.sum()
    low, high = (float(middles[min(int(np.searchsorted(shares, q)), len(middles) - 1)]) for q in (0.01, 0.99))
    if low == high:  # almost all rows have one value
        low, high = float(middles[0]), float(middles[-1])
    clip = (low - (high - low), high + (high - low))
    moments = _clipped(whole, clip)
    spread = sum(len(histogram.bins) >= MIN_DISTINCT for histogram in histograms) >= len(histograms) / 2
    return Measure(column, "number", clip, moments.mean, moments.deviation, moments.kurtosis, spread)


def _merged(histograms: list[Histogram]) -> Histogram:
    """Return all histograms together at the coarsest grid, as a merge of each with the next would."""
    exponent = max((histogram.bin_exponent for histogram in histograms), default=0)
    bins, under, over = dict[int, int](), 0, 0
    for histogram in histograms:
        coarse = histogram.coarsen(exponent)
        under, over = under + coarse.under, over + coarse.over
        for index, count in coarse.bins.items():
            bins[index] = bins.get(index, 0) + count
    return Histogram(exponent, bins, under, over)


def _clipped(histogram: Histogram, clip: tuple[float, float]) -> _Moments:
    """Return the moments of a histogram's values, each taken as the middle of its bin and clipped."""
    middles, counts = _bins(histogram)
    rows = int(counts.sum())
    if rows == 0:
        return _Moments(0, 0.0, 0.0, 3.0)
    values = np.clip(middles, *clip)
    mean = float(values @ counts) / rows
    off = (values - mean) ** 2
    variance = float(off @ counts) / rows
    kurtosis = float(off**2 @ counts) / rows / variance**2 if variance > 0 else 3.0
    return _Moments(rows, mean, float(np.sqrt(variance)), kurtosis)


def _bins(histogram: Histogram) -> tuple[Floats, Floats]:
    """Return the middles of the bins with values and their counts; what is outside of the grid lies at its edge."""
    counts = {-MAX_BIN - 1: histogram.under, **dict(sorted(histogram.bins.items())), MAX_BIN: histogram.over}
    order = np.array([index for index, count in counts.items() if count], dtype=np.float64)
    middles = np.ldexp(np.clip(order + 0.5, -MAX_BIN, MAX_BIN), histogram.bin_exponent)
    return middles, np.array([count for count in counts.values() if count], dtype=np.float64)
