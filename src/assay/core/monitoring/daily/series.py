"""The daily statistics of a column: what is judged, in which unit, and what is worth an alarm."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
MONTH = 30
"""The days of a month, over which false alarms are counted."""


class StatisticKind(StrEnum):
    """The kind of a daily statistic; its value is the name of it in findings and documents."""

    MEAN = "mean"
    SPREAD = "spread"
    NULLS = "nulls"
    CATEGORY = "category"
    UNSEEN = "unseen"

    @property
    def floor(self) -> float:
        """The least change that is worth an alarm.

        It is in standard deviations of the training's rows for a mean, in logarithms for a spread, and a share of the
        rows for all others.
        """
        return _FLOORS[self]


_FLOORS = {
    StatisticKind.MEAN: 0.1,
    StatisticKind.SPREAD: 0.1,
    StatisticKind.NULLS: 0.005,
    StatisticKind.CATEGORY: 0.01,
    StatisticKind.UNSEEN: 0.005,
}


@dataclass(frozen=True, slots=True, order=True)
class StatisticName:
    """The name of a daily statistic: its column, its kind, and the category if it is the share of one."""

    column: str
    kind: StatisticKind
    category: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class DailySeries:
    """A statistic on each day that has enough rows, in the order of the days.

    - `values` are in the scale in which they are judged; that of a share is its arc sine of the square root.
    - `errors` are the standard errors of the values that rows alone give, in the same scale.
    - `effects` are in the unit of the kind's floor.
    """

    name: StatisticName
    days: tuple[date, ...]
    values: Floats
    errors: Floats
    effects: Floats

    def before(self, day: date) -> int:
        """Return the number of days before a day: the index of the first one that is not."""
        return bisect_left(self.days, day)

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """The weekday of each day, from 0 for Monday."""
        return _weekdays(self.days)

    @property
    def ordinals(self) -> NDArray[np.int64]:
        """The number of each day in the proleptic Gregorian calendar."""
        return _ordinals(self.days)


@lru_cache(maxsize=8)
def _ordinals(days: tuple[date, ...]) -> NDArray[np.int64]:
    """Return the number of each day, which many series of the same days share."""
    numbers = np.array([day.toordinal() for day in days], dtype=np.int64)
    numbers.flags.writeable = False
    return numbers


@lru_cache(maxsize=8)
def _weekdays(days: tuple[date, ...]) -> NDArray[np.int64]:
    weekdays = (_ordinals(days) + 6) % 7
    weekdays.flags.writeable = False
    return weekdays
