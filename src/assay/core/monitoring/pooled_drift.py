"""The drift of some days together: a single date differs from weeks of training by its weekday and its weather.

Whole weeks are pooled, so that every weekday has the same weight as in the reference. A change on a single day is
distinguished from one that lasts. This is a temporary method, until drift is judged by the spread of days.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import reduce

from assay.core.check import Finding, Status
from assay.core.interval import Interval
from assay.core.monitoring.drift import judge_drift, measure_drift
from assay.core.profiles.table_profile import ColumnState, TableProfile, merge_profiles
from assay.core.text import quantity

WEEK = 7
WEEKS = 2
"""The least number of weeks in a pool, as soon as the version has served them: a day weighs at most a fourteenth.

A shift by one standard deviation is found within the first of these weeks."""


def days_to_pool(served: Collection[date], interval: Interval) -> list[date]:
    """Return the newest served days before the interval's end, the same number of each weekday.

    They cover as many weeks as the interval, at least WEEKS, and at most those since the first served day. Below a week
    of service there are none.

    A missing day, such as a held one, is replaced by the same weekday a week earlier. Weeks are added while there are
    fewer than seven days, as where not every day is served.
    """
    known = sorted((day for day in served if day < interval.end), reverse=True)
    service = (interval.end - known[-1]).days // WEEK if known else 0
    weeks = min(service, max(WEEKS, math.ceil(len(interval) / WEEK)))
    pool = _by_weekday(known, interval.end, weeks)
    while len(pool) < WEEK and weeks < service:
        weeks += 1
        pool = _by_weekday(known, interval.end, weeks)
    return pool if len(pool) >= WEEK else []


def judge_pooled(
    days: Mapping[date, TableProfile],
    reference: TableProfile,
    *,
    floor: float,
    max_false_alarms_per_month: float,
    columns: Sequence[str],
) -> list[Finding]:
    """Return the findings of `judge_drift` on all `days` together.

    For each column that drifts, `lasts` in `details` is true if it still drifts without any one of the days. The
    columns have to be in the Profile of every day.
    """
    merged = merge_profiles(days.values())
    if merged is None or not columns:
        return []
    findings = judge_drift(
        reference, merged, floor=floor, max_false_alarms_per_month=max_false_alarms_per_month, columns=columns
    )
    return [_with_days(finding, days, reference, floor) for finding in findings]


def _by_weekday(newest_first: Sequence[date], end: date, weeks: int) -> list[date]:
    first = end - timedelta(days=WEEK * (weeks + 1))
    taken: dict[int, list[date]] = {}
    for day in newest_first:
        same = taken.setdefault(day.weekday(), [])
        if day >= first and len(same) < weeks:
            same.append(day)
    return sorted(day for same in taken.values() for day in same)


def _with_days(finding: Finding, days: Mapping[date, TableProfile], reference: TableProfile, floor: float) -> Finding:
    name, over = finding.column, f"{quantity(len(days), 'day')}, {min(days)} to {max(days)}"
    if name is None or finding.status is not Status.WARN:
        return replace(finding, details={**finding.details, "days": len(days)})
    one = _by_one_day(
        {day: profile.columns[name] for day, profile in days.items()}, reference.columns[name], finding, floor
    )
    sentence = f"{finding.sentence} Over {over}."
    if one is not None:
        sentence += f" It is one day's doing: without {one} it has not drifted."
    return replace(finding, sentence=sentence, details={**finding.details, "days": len(days), "lasts": one is None})


def _by_one_day(
    days: Mapping[date, ColumnState], reference: ColumnState, finding: Finding, floor: float
) -> date | None:
    """Return a day without which the column does not drift; None if it drifts without any one of them."""
    dates, states = list(days), list(days.values())
    if len(dates) < 2:
        return dates[0]
    before, after = _running(states), _running(states[::-1])[::-1]
    for n, day in enumerate(dates):
        parts = [*before[n - 1 : n], *after[n + 1 : n + 2]]
        rest = reduce(ColumnState.merge, parts)
        alpha = float(finding.details["alpha"])
        if not rest.rows or not measure_drift(reference, rest, floor=floor, alpha=alpha).drifted:
            return day
    return None


def _running(states: Sequence[ColumnState]) -> list[ColumnState]:
    """Return each state merged with all states before it."""
    merged: list[ColumnState] = []
    for state in states:
        merged.append(merged[-1].merge(state) if merged else state)
    return merged
