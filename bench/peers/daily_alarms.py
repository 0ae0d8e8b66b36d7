"""Alarms as they are counted for every monitor alike, and the threshold that gives a monitor a rate of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.simulated_days import Floats

SILENT_DAYS = 7
"""A column that alarmed within so many days before raises no new alarm."""

MONTH = 30
Alarms = NDArray[np.bool_]


def alarm_days(alarms: Alarms) -> NDArray[np.int64]:
    """Return the days on which a column alarms that had not in the SILENT_DAYS before; `alarms` is days x columns."""
    nothing = np.zeros((SILENT_DAYS + 1, alarms.shape[1]), dtype=np.int64)
    seen, days = np.vstack([nothing, np.cumsum(alarms, axis=0)]), len(alarms)
    recent = seen[SILENT_DAYS : SILENT_DAYS + days] - seen[:days]
    return np.flatnonzero((alarms & (recent == 0)).any(axis=1))


def monthly(pipelines: Sequence[Alarms]) -> Floats:
    """Return the alarms in 30 days of each pipeline."""
    return np.array([MONTH * len(alarm_days(alarms)) / len(alarms) for alarms in pipelines])


def threshold_at(pipelines: Sequence[Floats], rate: float) -> float:
    """Return the largest score that, as a threshold, gives at least `rate` alarms a month; a tie favours the monitor.

    The scores are days x columns of each pipeline. The least score is returned where no threshold gives so many.
    """
    ranked = np.unique(np.concatenate([scores.ravel() for scores in pipelines]))[::-1]
    low, high = 0, 1  # a rank that gives too few alarms, and one that gives enough
    while high < len(ranked) and _rate(pipelines, ranked[high]) < rate:
        low, high = high, min(2 * high, len(ranked))
    if high >= len(ranked):
        return float(ranked[-1])
    if _rate(pipelines, ranked[0]) >= rate:
        return float(ranked[0])
    while high - low > 1:
        middle = (low + high) // 2
        if _rate(pipelines, ranked[middle]) < rate:
            low = middle
        else:
            high = middle
    return float(ranked[high])


def _rate(pipelines: Sequence[Floats], threshold: float) -> float:
    return float(monthly([scores >= threshold for scores in pipelines]).mean())


def delay(alarms: Alarms) -> int:
    """Return the days until the first alarm, 1 for the first day; 0 for none."""
    return int(alarms.argmax()) + 1 if alarms.any() else 0
