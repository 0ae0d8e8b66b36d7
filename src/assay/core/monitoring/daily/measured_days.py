"""The statistics of all columns on some days in three arrays: they can be kept, and never change once a day is scored.

They follow from two things: the days of the training, which set the measures, and the day's own Profile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from assay.core.monitoring.daily.measure import Measure
from assay.core.monitoring.daily.series import DailySeries, Floats, StatisticName
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.table_profile import ColumnState


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredDays:
    """The statistics `names` on `days`, which are in order.

    The `values`, `errors` and `effects` are those of DailySeries, statistics x days. They are NaN where a day has too
    few rows of a column.
    """

    names: tuple[StatisticName, ...]
    days: tuple[date, ...]
    values: Floats
    errors: Floats
    effects: Floats

    def series(self, *, without: Collection[str] = ()) -> tuple[DailySeries, ...]:
        """Return the series of all statistics, except those of the columns `without`."""
        return tuple(self._series(n) for n, name in enumerate(self.names) if name.column not in without)

    def _series(self, number: int) -> DailySeries:
        parts = self.values[number], self.errors[number], self.effects[number]
        there = ~np.isnan(parts[0])
        if there.all():
            return DailySeries(self.names[number], self.days, *parts)
        days = tuple(day for day, known in zip(self.days, there, strict=True) if known)
        return DailySeries(self.names[number], days, *(part[there] for part in parts))

    def only(self, days: Collection[date]) -> MeasuredDays:
        """Return the statistics of those days that are in `days`."""
        chosen = [place for place, day in enumerate(self.days) if day in days]
        if len(chosen) == len(self.days):
            return self
        parts = (part[:, chosen] for part in (self.values, self.errors, self.effects))
        return MeasuredDays(self.names, tuple(self.days[place] for place in chosen), *parts)


@dataclass(frozen=True, slots=True)
class ServedDay:
    """The facts of a served day that are needed beside its statistics.

    - `run_id` is the run that measured it.
    - `other_kinds` has the columns of another kind than in the training, each with both kinds.
    - `varied` are the columns of the calendar that had several values on this day.
    - `scores` are the day's scores, None where it has none.
    """

    run_id: str
    other_kinds: Mapping[str, str]
    varied: tuple[str, ...]
    scores: Histogram | None


@dataclass(frozen=True, slots=True, eq=False)
class TrainingStatistics:
    """The measures that a training sets, by column, and the statistics of its own days."""

    measures: Mapping[str, Measure]
    days: MeasuredDays


@dataclass(frozen=True, slots=True, eq=False)
class ServedStatistics:
    """The statistics of served days, and what else is needed of each of the same days."""

    measured: MeasuredDays
    days: Mapping[date, ServedDay]

    def only(self, days: Collection[date]) -> ServedStatistics:
        """Return what is known of those days that are in `days`."""
        chosen = {day: served for day, served in self.days.items() if day in days}
        return ServedStatistics(self.measured.only(chosen), chosen)


def measure_days(measures: Mapping[str, Measure], days: Mapping[date, Mapping[str, ColumnState]]) -> MeasuredDays:
    """Return the statistics of some days from the states of their columns.

    A column of another kind than in the training has no statistics on that day.
    """
    series = [
        one
        for name, measure in measures.items()
        for one in measure.series(
            {day: states[name] for day, states in days.items() if name in states and states[name].kind == measure.kind}
        )
    ]
    return _side_by_side(series, tuple(sorted(days)))


def join_days(parts: Sequence[MeasuredDays]) -> MeasuredDays:
    """Return the days of all parts, which have the same statistics; of two parts with a day the later one counts.

    Raises:
        ValueError: The parts have other statistics.
    """
    if len({part.names for part in parts}) > 1:
        raise ValueError("days of other statistics do not join")
    newest = {day: (part, place) for part in parts for place, day in enumerate(part.days)}
    kept = [part.only([day for day in part.days if newest[day][0] is part]) for part in parts]
    days = [day for part in kept for day in part.days]
    order = sorted(range(len(days)), key=days.__getitem__)
    joined = (
        np.concatenate([getattr(part, name) for part in kept], axis=1)[:, order]
        for name in ("values", "errors", "effects")
    )
    return MeasuredDays(parts[0].names, tuple(days[place] for place in order), *joined)


def _side_by_side(series: Sequence[DailySeries], days: tuple[date, ...]) -> MeasuredDays:
    place = {day: number for number, day in enumerate(days)}
    values, errors, effects = (np.full((len(series), len(days)), np.nan) for _ in range(3))
    for number, one in enumerate(series):
        columns = [place[day] for day in one.days]
        values[number, columns], errors[number, columns], effects[number, columns] = one.values, one.errors, one.effects
    return MeasuredDays(tuple(one.name for one in series), days, values, errors, effects)
