"""Daily statistics for tests: a mean with the same number of rows each day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from assay.core.monitoring.daily.series import DailySeries, StatisticKind, StatisticName

START = date(2013, 1, 1)
MEAN = StatisticName("x", StatisticKind.MEAN)


def dates(number: int) -> tuple[date, ...]:
    """Return that many days from START on."""
    return tuple(START + timedelta(days=n) for n in range(number))


def means(values: NDArray[np.float64], error: float = 0.03, name: StatisticName = MEAN) -> DailySeries:
    """Return the series of these values, in row deviations."""
    return DailySeries(name, dates(len(values)), values, np.full(len(values), error), values)


def noise(days: int, seed: int = 0, deviation: float = 0.25) -> NDArray[np.float64]:
    """Return independent normal days."""
    return np.asarray(np.random.default_rng(seed).normal(0, deviation, days))


def first_days(series: DailySeries, number: int) -> DailySeries:
    """Return the series as it was after so many days."""
    parts = (series.values[:number], series.errors[:number], series.effects[:number])
    return DailySeries(series.name, series.days[:number], *parts)
