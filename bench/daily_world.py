"""Simulated pipelines for the monitor's rules: daily statistics of columns, some of them from Profiles of real rows.

The days of a pipeline share a weather, half of its columns have weekends, and a quarter have skewed days. A column's
day effect is a part of the variance of its rows (ICC) and depends on the day before (AR).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from assay.core.monitoring.daily.measure import Measure
from assay.core.monitoring.daily.series import DailySeries, StatisticKind, StatisticName
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.table_profile import ColumnState
from bench.simulated_days import Floats, smooth

START = date(2013, 1, 1)
WEATHER = 0.3
"""The share of the variance of days that all columns have in common."""

WEEKEND = 0.3
"""The effect of a weekend in row deviations, where a column has one and days have an effect."""

NULLS = 0.02
CATEGORY = 0.1


@dataclass(frozen=True, slots=True)
class DailyWorld:
    """The rows a day, the part of the variance that is between days, its autocorrelation, training and served days.

    `season` is the amplitude of a year's wave in row deviations, in half of the columns.
    """

    rows: int
    icc: float
    autocorrelation: float
    training: int
    served: int
    season: float = 0.0

    @property
    def days(self) -> tuple[date, ...]:
        """All days, training's first."""
        return tuple(START + timedelta(days=n) for n in range(self.training + self.served))

    @property
    def day_deviation(self) -> float:
        """The deviation of a day's effect, in row deviations."""
        return math.sqrt(self.icc / (1 - self.icc))


def pipeline(world: DailyWorld, columns: int, rng: np.random.Generator) -> list[DailySeries]:
    """Return the series of that many columns: three of each number, and of one column in ten a category's share."""
    weather = day_effects(world, rng, skewed=False)
    series: list[DailySeries] = []
    for column in range(columns):
        effect = column_effect(world, column, weather, rng)
        series += number(world, f"c{column}", effect, column_effect(world, column, weather, rng), rng)
        if column % 10 == 0:
            log_odds = math.log(CATEGORY / (1 - CATEGORY)) + column_effect(world, column, weather, rng)
            series.append(share(world, StatisticName(f"k{column}", StatisticKind.CATEGORY, "a"), log_odds, rng))
    return series


def day_effects(world: DailyWorld, rng: np.random.Generator, *, skewed: bool) -> Floats:
    """Return day effects with mean 0 and deviation 1; skewed ones have a long right tail."""
    effects = smooth(len(world.days), world.autocorrelation, rng, skewed=skewed)
    return -effects if skewed else effects


def column_effect(world: DailyWorld, column: int, weather: Floats, rng: np.random.Generator) -> Floats:
    """Return the effect of each day on a column, in row deviations."""
    own = day_effects(world, rng, skewed=column % 4 == 0)
    effect = world.day_deviation * (math.sqrt(WEATHER) * weather + math.sqrt(1 - WEATHER) * own)
    if world.icc and column % 2 == 0:
        effect = effect + WEEKEND * np.array([day.weekday() >= 5 for day in world.days])
    if column % 2 == 1:
        angle = 2 * math.pi * (np.arange(len(world.days)) / 365 + rng.random())
        effect = effect + world.season * np.sin(angle)
    return np.asarray(effect)


def number(
    world: DailyWorld,
    name: str,
    effect: Floats,
    of_nulls: Floats,
    rng: np.random.Generator,
    scale: Floats | float = 1.0,
) -> list[DailySeries]:
    """Return the mean, the log spread and the share of nulls of a column, drawn from their distributions."""
    days, n = world.days, world.rows
    errors = np.full(len(days), 1 / math.sqrt(n))
    means = effect + scale * errors * rng.standard_normal(len(days))
    spread_errors = errors / math.sqrt(2)
    noise = 0.3 * world.day_deviation * rng.standard_normal(len(days))
    spreads = np.log(scale) + noise + spread_errors * rng.standard_normal(len(days))
    nulls = share(world, StatisticName(name, StatisticKind.NULLS), math.log(NULLS / (1 - NULLS)) + of_nulls, rng)
    return [
        DailySeries(StatisticName(name, StatisticKind.MEAN), days, means, errors, means),
        DailySeries(StatisticName(name, StatisticKind.SPREAD), days, spreads, spread_errors, spreads),
        nulls,
    ]


def share(world: DailyWorld, name: StatisticName, log_odds: Floats, rng: np.random.Generator) -> DailySeries:
    """Return the share of the rows that have a property, whose log odds are given for each day."""
    counts = rng.binomial(world.rows, 1 / (1 + np.exp(-log_odds))).astype(np.float64)
    values = np.arcsin(np.sqrt((counts + 0.375) / (world.rows + 0.75)))
    errors = np.full(len(values), 0.5 / math.sqrt(world.rows + 0.5))
    return DailySeries(name, world.days, values, errors, counts / world.rows)


def profiled(world: DailyWorld, columns: int, rng: np.random.Generator) -> list[DailySeries]:
    """Return the series of number columns as Assay measures them: from rows, by Profiles of each day.

    One column in five has heavy-tailed rows (t with 3 degrees of freedom).
    """
    weather, series = day_effects(world, rng, skewed=False), list[DailySeries]()
    for column in range(columns):
        effect = column_effect(world, column, weather, rng)
        states = {day: _state(world, one, column, rng) for day, one in zip(world.days, effect, strict=True)}
        measure = Measure.of(f"c{column}", {day: states[day] for day in world.days[: world.training]})
        series += measure.series(states) if measure else []
    return series


def _state(world: DailyWorld, effect: float, column: int, rng: np.random.Generator) -> ColumnState:
    nulls = int(rng.binomial(world.rows, NULLS))
    size = world.rows - nulls
    drawn = rng.standard_t(3, size) / math.sqrt(3) if column % 5 == 0 else rng.standard_normal(size)
    return ColumnState("number", rows=world.rows, nulls=nulls, histogram=histogram_of(effect + drawn, -5))


def shifted(series: DailySeries, since: int, by: Floats | float) -> DailySeries:
    """Return the series with its values from a day on moved by that much, in the unit of its floor."""
    moved = series.effects.copy()
    moved[since:] += by
    values = series.values + (moved - series.effects)
    return replace(series, values=values, effects=moved)
