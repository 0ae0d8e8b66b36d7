"""Columns that follow from the date alone: a weekday, a month, a trend of days. Their changes are not drift.

One value per day is not enough for a calendar column: a daily price has one too, and so has a broken sensor. The value
must follow from the date by a rule of the calendar on every day.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from assay.core.profiles.table_profile import ColumnState

MIN_DAYS = 21
"""The least number of days that show a rule: each weekday three times."""

RULE_TOLERANCE = 1e-3
"""The share of its range by which a value may differ from a rule: a year may have 365, 365.25 or 366 days."""

GROUPS: Mapping[str, Callable[[date], int]] = {"weekday": date.weekday, "day of month": lambda day: day.day}
NAMES: Mapping[str, Sequence[Callable[[date], Any]]] = {
    "month": (
        lambda day: day.month,
        lambda day: day.month - 1,
        lambda day: f"{day:%m}",
        lambda day: f"{day:%b}",
        lambda day: f"{day:%B}",
        lambda day: f"{day:%Y-%m}",
    ),
    "quarter": (lambda day: (day.month + 2) // 3, lambda day: (day.month - 1) // 3),
    "week": (lambda day: day.isocalendar().week,),
    "year": (lambda day: day.year, lambda day: f"{day:%Y}"),
    "date": (lambda day: day.isoformat(),),
}
CURVES: Mapping[str, Sequence[Callable[[date], float]]] = {
    "date": (date.toordinal,),
    "day of month": (lambda day: day.day,),
    "day of year": (lambda day: day.timetuple().tm_yday,),
    "season": (lambda day: math.cos(_angle(day)), lambda day: math.sin(_angle(day))),
}


def calendar_rule(values: Mapping[date, Any]) -> str | None:
    """Return the rule of the calendar that a column with one value per day follows; None for none, and for a constant.

    The value of a weekday or of a day of month must be the same each time; it may be any value (a number, a name, a
    sine). For a month, a quarter, a week or a year the value must be its name or number: a price that changes every
    Monday follows weeks too.

    A number may also be linear in the date, in the day of month or of year, or in the sine and cosine of a year.

    >>> from datetime import timedelta
    >>> days = [date(2024, 1, 1) + timedelta(days=n) for n in range(60)]
    >>> calendar_rule({day: day.weekday() >= 5 for day in days})
    'weekday'
    >>> calendar_rule({day: 4.5 for day in days}) is None
    True
    """
    if len(values) < MIN_DAYS or len(set(values.values())) < 2:
        return None
    for name, key in GROUPS.items():
        if _repeats(values, key):
            return name
    for name, forms in NAMES.items():
        if any(all(value == form(day) for day, value in values.items()) for form in forms):
            return name
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values.values()):
        for name, terms in CURVES.items():
            if _lies_on(values, terms):
                return name
    return None


def is_one_value(state: ColumnState) -> bool:
    """Return whether all rows of a partition have the same value in a column, and none is missing."""
    if not state.rows or state.values < state.rows:
        return False
    if state.kind in ("text", "boolean"):
        return len(state.categories) == 1 and not state.other
    return state.low == state.high


def _repeats(values: Mapping[date, Any], key: Callable[[date], int]) -> bool:
    """Return whether days of one key have one value, and at least half of the days share their key with another day."""
    groups: dict[int, list[Any]] = {}
    for day, value in values.items():
        groups.setdefault(key(day), []).append(value)
    shared = sum(len(group) for group in groups.values() if len(group) > 1)
    return shared >= len(values) / 2 and all(len(set(group)) == 1 for group in groups.values())


def _lies_on(values: Mapping[date, Any], terms: Sequence[Callable[[date], float]]) -> bool:
    """Return whether the values are a constant plus multiples of `terms`, by least squares."""
    daily_values = np.array([float(value) for value in values.values()])
    basis = np.array([[1.0, *(term(day) for term in terms)] for day in values])
    basis[:, 1:] -= basis[:, 1:].mean(axis=0)
    fitted = basis @ np.linalg.lstsq(basis, daily_values, rcond=None)[0]
    return bool(np.abs(daily_values - fitted).max() <= RULE_TOLERANCE * np.ptp(daily_values))


def _angle(day: date) -> float:
    return 2 * math.pi * day.timetuple().tm_yday / 365.25
