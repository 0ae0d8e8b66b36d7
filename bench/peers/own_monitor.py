"""Assay's monitor on simulated rows: Profiles of each day, their daily statistics, and both rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from assay.core.monitoring.daily.judge import WEEK, DriftJudgement, judge_daily
from assay.core.monitoring.daily.jump import find_jumps
from assay.core.monitoring.daily.level import LevelCrossing, find_departure
from assay.core.monitoring.daily.measure import Measure
from assay.core.monitoring.daily.series import DailySeries
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.table_profile import ColumnState
from bench.peers.drifting_rows import ColumnRows
from bench.simulated_days import Floats

BIN_EXPONENT = -5
"""The grid of the histograms: a bin is a 32nd of a row's standard deviation."""

FALSE_ALARMS = 1.0
"""The number of false alarms a month that is promised."""

Alarms = NDArray[np.bool_]


def own_series(column: ColumnRows, days: Sequence[date], training: int) -> list[DailySeries]:
    """Return the daily statistics of a column as Assay measures them; the first days are the training's."""
    states = dict(zip(days, (state_of(rows, column.is_text) for rows in column.values), strict=True))
    measure = Measure.of(column.name, {day: states[day] for day in days[:training]})
    return measure.series(states) if measure else []


def state_of(rows: Floats, is_text: bool) -> ColumnState:
    """Return the state of a column in the Profile of a day."""
    known = rows[~np.isnan(rows)]
    nulls = len(rows) - len(known)
    if is_text:
        names, counts = np.unique(known.astype(np.int64), return_counts=True)
        categories = dict(zip(map(str, names.tolist()), counts.tolist(), strict=True))
        return ColumnState("text", rows=len(rows), nulls=nulls, categories=categories)
    return ColumnState("number", rows=len(rows), nulls=nulls, histogram=histogram_of(known, BIN_EXPONENT))


def own_alarms(columns: Sequence[ColumnRows], days: Sequence[date], training: int) -> tuple[Alarms, int]:
    """Return the alarms of a pipeline, served days x columns, and the number of statistics that were judged."""
    by_column = {column.name: own_series(column, days, training) for column in columns}
    series = [one for of_column in by_column.values() for one in of_column]
    judged = judge_daily(series, days[training], false_alarms=FALSE_ALARMS)
    return judged_alarms(judged, days[training:], [column.name for column in columns]), len(series)


def judged_alarms(judged: DriftJudgement | None, days: Sequence[date], names: Sequence[str]) -> Alarms:
    """Return the alarms of served days, days x columns; columns that are not named are left out.

    A column alarms on a day of JUMP, and on the day of a digest of LEVEL that has it.
    """
    alarms = np.zeros((len(days), len(names)), dtype=bool)
    row, place = {day: n for n, day in enumerate(days)}, {name: n for n, name in enumerate(names)}
    named = [(one.day, one.name.column) for one in judged.crossings] if judged else []
    named += [(one.digest, one.name.column) for one in judged.departures if one.digest] if judged else []
    for day, name in named:
        if name in place:
            alarms[row[day], place[name]] = True
    return alarms


def own_alarm_days(column: ColumnRows, days: Sequence[date], training: int, statistics: int) -> Alarms:
    """Return the served days on which a column alarms that is one of a pipeline with so many statistics.

    The digest comes at the end of the week in which LEVEL crosses.
    """
    alarms = np.zeros(len(days) - training, dtype=bool)
    for series in own_series(column, days, training):
        first, budget = series.before(days[training]), FALSE_ALARMS / 2
        for jump in find_jumps(series, first, statistics=statistics, budget=budget):
            alarms[(series.days[jump.day] - days[training]).days] = True
        away = find_departure(series, first, statistics=statistics, budget=budget)
        if isinstance(away, LevelCrossing):
            served = (series.days[away.day] - days[training]) // timedelta(days=1)
            digest = (served // WEEK + 1) * WEEK - 1
            alarms[digest : digest + 1] = True
    return alarms
