"""The rows of simulated pipelines: numbers and categories of each day, with the day effects of `bench.daily_world`.

Every monitor gets the same rows. A number is drawn from a normal distribution; half of the numbers have missing values.
A category has one of ten values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bench.daily_world import CATEGORY, NULLS, DailyWorld, column_effect, day_effects
from bench.simulated_days import Floats

NUMBERS, TEXTS = 16, 4
"""The columns of a pipeline."""

CATEGORIES = 10
NOISE_OF_SPREAD = 0.3
"""The deviation of a day's log spread, as a part of the deviation of its effect."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnRows:
    """The values of a column, days x rows. NaN is a missing value, and a category is a whole number from 0 on."""

    name: str
    is_text: bool
    values: Floats


class Change(StrEnum):
    """A change of a column from one day on; the value is its name in tables."""

    MEAN = "mean + .2 sd of rows"
    SPREAD = "spread x 1.2"
    NULLS = "nulls 0 to 1 point"
    CATEGORY = "category + 2 points"
    THREE_DAYS = "mean + 3 sd of days"
    FIVE_DAYS = "mean + 5 sd of days"


def pipeline_rows(world: DailyWorld, rng: np.random.Generator) -> list[ColumnRows]:
    """Return all columns of a pipeline without a change; its days share a weather."""
    weather, columns = day_effects(world, rng, skewed=False), list[ColumnRows]()
    for n in range(NUMBERS):
        effect = column_effect(world, n, weather, rng)
        nulls = column_effect(world, n, weather, rng) if n % 2 else None
        columns.append(ColumnRows(f"c{n}", False, number_rows(world, effect, nulls, rng)))
    for n in range(TEXTS):
        effect = column_effect(world, n, weather, rng)
        columns.append(ColumnRows(f"k{n}", True, text_rows(world, effect, rng)))
    return columns


def number_rows(world: DailyWorld, effect: Floats, nulls: Floats | None, rng: np.random.Generator) -> Floats:
    """Return the rows of a number with an effect on each day's mean, and one on the log odds of its missing values."""
    days = len(world.days)
    spread = np.exp(NOISE_OF_SPREAD * world.day_deviation * rng.standard_normal(days))
    values = effect[:, None] + spread[:, None] * rng.standard_normal((days, world.rows))
    if nulls is not None:
        odds = np.exp(math.log(NULLS / (1 - NULLS)) + nulls)
        values[rng.random(values.shape) < (odds / (1 + odds))[:, None]] = np.nan
    return np.asarray(values)


def text_rows(world: DailyWorld, effect: Floats, rng: np.random.Generator, more: Floats | float = 0.0) -> Floats:
    """Return the rows of a category; the share of the value 0 has an effect on its log odds, and `more` is added."""
    odds = np.exp(math.log(CATEGORY / (1 - CATEGORY)) + effect)
    share = odds / (1 + odds) + more
    shape = (len(effect), world.rows)
    others = rng.integers(1, CATEGORIES, shape)
    return np.where(rng.random(shape) < share[:, None], 0, others).astype(np.float64)


def changed_rows(world: DailyWorld, change: Change, since: int, rng: np.random.Generator) -> ColumnRows:
    """Return one column, alone in its weather, that changes on the day `since`."""
    effect = world.day_deviation * day_effects(world, rng, skewed=False)
    after = np.arange(len(world.days)) >= since
    if change is Change.CATEGORY:
        return ColumnRows("k0", True, text_rows(world, effect, rng, np.where(after, 0.02, 0.0)))
    values = number_rows(world, effect, None, rng)
    days = math.sqrt(world.day_deviation**2 + 1 / world.rows)
    match change:
        case Change.SPREAD:
            values[after] = effect[after, None] + 1.2 * (values[after] - effect[after, None])
        case Change.NULLS:
            values[(rng.random(values.shape) < 0.01) & after[:, None]] = np.nan
        case _:
            sizes = {Change.MEAN: 0.2, Change.THREE_DAYS: 3 * days, Change.FIVE_DAYS: 5 * days}
            values[after] += sizes[change]
    return ColumnRows("c0", False, values)
