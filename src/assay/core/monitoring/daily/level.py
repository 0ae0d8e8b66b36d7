"""LEVEL: a statistic that moved away from the model's training and stays there.

The rule is a two-sided CUSUM (Page 1954) of whitened days against the training's window. That window stays fixed until
another model serves: a reference that moves with the days would swallow a slow change. docs/adr/0017 has the
simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assay.core.autocorrelation import autocorrelation_of
from assay.core.monitoring.daily.history import MIN_DAYS, history_of, shrunk_weekdays, whitened
from assay.core.monitoring.daily.jump import normal_score
from assay.core.monitoring.daily.series import MONTH, DailySeries, Floats

SLACK = 0.5
"""What is taken from each score before it is added: the CUSUM is most sensitive to a shift of twice that size."""

MAX_SCORE = 4.0
"""The size at which a day's score is cut, so that a single day is never an alarm."""

MIN_INDEPENDENT_DAYS = 10.0
"""The least number of independent days that training's window must be worth."""


@dataclass(frozen=True, slots=True)
class LevelCrossing:
    """The day on which a statistic crossed, the first day of the sum that crossed, and how far it moved since."""

    day: int
    since: int
    move: float


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A statistic that cannot be judged against its training, which has so many days, worth so many independent ones.

    Below MIN_DAYS days they are too few; otherwise they follow each other too closely.
    """

    days: int
    independent_days: float


def level_threshold(statistics: int, budget: float, days: int) -> float:
    """Return the height of the CUSUM at which `statistics` raise `budget` false alarms in 30 days.

    It is that of a CUSUM with a known mean (Lorden 1971), and 300 / days more for a mean that is estimated from so many
    days (simulated).

    >>> round(level_threshold(410, 0.5, 60), 1)
    13.6
    """
    return 7.2 + 300 / days + math.log(max(1.0, MONTH * statistics / budget / 6_000))


def find_departure(
    series: DailySeries, first: int, *, statistics: int, budget: float
) -> LevelCrossing | NotJudged | None:
    """Return the first departure since the index `first`; the days before it are the training's.

    `budget` is the number of false alarms a month that this rule may raise over all `statistics`.
    """
    if first < MIN_DAYS:
        return NotJudged(first, float(first))
    history = history_of(series.values[:first], series.weekdays[:first], series.errors[:first])
    y = history.prepare(series.values, series.weekdays)
    d = y - y[:first].mean()
    r = autocorrelation_of(d[:first])
    independent = first * (1 - r) / (1 + r)
    if independent < MIN_INDEPENDENT_DAYS:
        return NotJudged(first, independent)
    a = whitened(d, r)
    spread = math.sqrt(max(float((a[:first] ** 2).sum()) / (first - 9), history.error**2))
    spreads = history.spreads(spread, series.errors[first:])
    scores = normal_score(a[first:] / (spreads * math.sqrt(1 + 1 / first)), first - 9.0)
    weekly = shrunk_weekdays(series.effects[:first], series.weekdays[:first])[series.weekdays]
    effects = series.effects - weekly
    moves = effects[first:] - effects[:first].mean()
    height = level_threshold(statistics, budget, first)
    return _cross(np.clip(scores, -MAX_SCORE, MAX_SCORE), moves, height, series.name.kind.floor, first)


def _cross(scores: Floats, moves: Floats, height: float, floor: float, first: int) -> LevelCrossing | None:
    """Return the first day on which a sum is above the height, and the mean move since its last zero is a floor.

    A sum that is cut at zero is the running total less its least value so far. Of two sums on one day the upper counts.
    """
    crossings = [one for sign in (1.0, -1.0) if (one := _above(sign * scores - SLACK, moves, height, floor))]
    if not crossings:
        return None
    day, begin, move = min(crossings, key=lambda one: one[0])
    return LevelCrossing(first + day, first + begin, move)


def _above(steps: Floats, moves: Floats, height: float, floor: float) -> tuple[int, int, float] | None:
    total = np.concatenate([[0.0], np.cumsum(steps)])
    least = np.minimum.accumulate(total)
    for day in np.flatnonzero((total - least)[1:] > height):
        begin = int(np.flatnonzero(total[: day + 2] == least[day + 1])[-1])
        move = float(moves[begin : day + 1].mean())
        if abs(move) >= floor:
            return int(day), begin, move
    return None
