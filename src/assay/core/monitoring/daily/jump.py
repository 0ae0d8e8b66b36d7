"""JUMP: a day or a week that is unlike the recent past.

A statistic follows a level that moves slowly (EWMA; Roberts 1959). The errors of one step are whitened by their
autocorrelation. The sums of the newest 1, 3 and 7 errors are compared with a t distribution. Its tail is that of the
statistic's own history. docs/adr/0017 has the simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assay.core.autocorrelation import autocorrelation_of
from assay.core.monitoring.daily.history import MIN_DAYS, OF_ROWS, history_of, shrunk_weekdays, whitened
from assay.core.monitoring.daily.series import MONTH, DailySeries, Floats

REFERENCE_DAYS = 180
"""The most days of the recent past that set a history."""

REFIT_DAYS = 28
"""The number of served days after which the history is set again."""

WINDOWS = (1, 3, 7)
"""The numbers of newest days that are judged together."""

TESTS_PER_STATISTIC = 1.7
"""The three windows overlap, and cost as much as so many independent tests (simulated)."""

FIRST_DAYS = 56
"""The number of served days in which half of the budget is spent: their history is short."""

OWN_SCORE_AFTER, MAX_OWN_SCORE = 7, 8.0
"""A statistic's largest score that is older than so many days is its threshold from then on, up to MAX_OWN_SCORE."""

WEIGHTS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""The weights of the newest day in the level; a larger one must make the error of one step 3 % smaller."""

LARGER_WEIGHT_GAIN = 0.97
WARM_UP = 14
"""The first days of a history, whose level is not yet settled."""

BEYOND_WIDTHS = 2.0
"""The distance beyond the range of the history, in its widths, from which a day alone is an alarm."""

MAX_FREEDOM = 24.0
"""The most degrees of freedom of days that have a spread of their own: no history shows how far their tail reaches."""

ERRORS_OF_ROWS = 4.0
"""The least width of a range, in standard errors of the day's rows."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A day on which a statistic crossed: the newest days that show most, and how far they moved.

    - `move` is the mean of the newest `window` days minus the level before them, in the unit of the statistic's floor.
    - `score` follows the normal distribution where nothing moved.
    """

    day: int
    window: int
    score: float
    move: float


def jump_threshold(statistics: int, budget: float) -> float:
    """Return the score that `statistics` judged daily exceed `budget` times in 30 days, two-sided.

    >>> round(jump_threshold(410, 0.5), 2)
    4.22
    """
    from scipy.special import ndtri

    return float(-ndtri(min(0.5, budget / (MONTH * TESTS_PER_STATISTIC * statistics)) / 2))


@dataclass(frozen=True, slots=True)
class JudgedDays:
    """The crossings of a statistic up to the index `end`, the end of a block of REFIT_DAYS.

    They stay as long as no day before `end` changes. The statistic's largest score so far, on each of the newest days,
    is in `largest`.
    """

    end: int
    jumps: tuple[Jump, ...]
    largest: tuple[float, ...]


def find_jumps(series: DailySeries, first: int, *, statistics: int, budget: float) -> list[Jump]:
    """Return the days on which the statistic crossed, of those from the index `first` on, each as judged on that day.

    `budget` is the number of false alarms a month that this rule may raise over all `statistics`. Days before `first`
    are history. Nothing is judged before there are MIN_DAYS of history.
    """
    return list(judge_jumps(series, first, statistics=statistics, budget=budget)[0])


def judge_jumps(
    series: DailySeries, first: int, *, statistics: int, budget: float, judged: JudgedDays | None = None
) -> tuple[tuple[Jump, ...], JudgedDays | None]:
    """Return the days on which the statistic crossed, as `find_jumps` does, and what of them holds for good.

    `judged` is what held for good after fewer of the same days: these are not judged again. None where no block of days
    was whole yet.
    """
    days, start = len(series.values), max(first, MIN_DAYS)
    begin = judged.end if judged else start
    earlier = judged.jumps if judged else ()
    if begin >= days:
        return earlier, judged
    fits = [_score(series, at, min(at + REFIT_DAYS, days)) for at in range(begin, days, REFIT_DAYS)]
    scores, moves, beyond = (np.concatenate(parts, axis=-1) for parts in zip(*fits, strict=True))
    sizes = np.abs(scores)
    new, whole = (jump_threshold(statistics, share) for share in (budget / 2, budget))
    thresholds = np.where(np.arange(begin, days) - first < FIRST_DAYS, new, whole)
    largest = np.maximum.accumulate(np.concatenate([judged.largest if judged else (), sizes.max(axis=0)]))
    own = largest[: max(0, len(largest) - OWN_SCORE_AFTER - 1)]
    late = len(thresholds) - len(own)
    thresholds[late:] = np.maximum(thresholds[late:], np.minimum(own, MAX_OWN_SCORE))
    loud = (np.abs(moves) >= series.name.kind.floor) & ((sizes > thresholds) | beyond)
    chosen = np.where(loud, sizes, -1.0).argmax(axis=0)
    jumps = tuple(
        Jump(begin + day, WINDOWS[k], float(scores[k, day]), float(moves[k, day]))
        for day, k in enumerate(chosen)
        if loud[k, day]
    )
    return (*earlier, *jumps), _for_good((*earlier, *jumps), begin, days, largest) or judged


def _for_good(jumps: tuple[Jump, ...], begin: int, days: int, largest: Floats) -> JudgedDays | None:
    """Return what holds for good once the days from `begin` on are judged; None where no block of them is whole."""
    open_days = (days - begin) % REFIT_DAYS
    if days - begin < REFIT_DAYS:
        return None
    end = days - open_days
    newest = largest[: len(largest) - open_days][-OWN_SCORE_AFTER - 1 :]
    return JudgedDays(end, tuple(jump for jump in jumps if jump.day < end), tuple(newest.tolist()))


def _score(series: DailySeries, begin: int, end: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return the scores, the moves, and whether a day lies beyond the range; each is windows x days.

    The days are those from `begin` to `end`. The history is that of the days before `begin`.
    """
    old = max(0, begin - REFERENCE_DAYS)
    values, errors, effects = (part[old:end] for part in (series.values, series.errors, series.effects))
    weekdays = series.weekdays[old:end]
    n = begin - old
    history = history_of(values[:n], weekdays[:n], errors[:n])
    y = history.prepare(values, weekdays)
    weight = _best_weight(y[:n])
    e = y - levels(y, weight)
    a = whitened(e, autocorrelation_of(e[WARM_UP:n] - e[WARM_UP:n].mean()))
    spread = math.sqrt(max(float((a[WARM_UP:n] ** 2).mean()) * n / (n - 7), history.error**2))
    freedom = _freedom(a[WARM_UP:n], n, own_spread=spread > OF_ROWS * history.error)
    a = a / history.spreads(spread, errors)
    effects = effects - shrunk_weekdays(effects[:n], weekdays[:n])[weekdays]
    before = levels(effects, weight)
    scores = np.stack([_sums(a, n, k, freedom)[n:] for k in WINDOWS])
    moves = np.stack([_moves(effects, before, k)[n:] for k in WINDOWS])
    beyond = np.zeros(scores.shape, dtype=bool)
    beyond[0] = _beyond(values - history.weekdays[weekdays], errors, n)[n:]
    return scores, moves, beyond


def levels(values: Floats, weight: float) -> Floats:
    """Return the level before each day: the exponentially weighted mean of the days before it."""
    return np.asarray(_weights(len(values), weight) @ values)


@lru_cache(maxsize=64)
def _weights(days: int, weight: float) -> Floats:
    """Return the weight of each day (column) in the level before each other (row); the first level is a week's mean."""
    age = np.arange(days)[:, None] - 1 - np.arange(days)[None, :]
    rows = np.where(age >= 0, weight * (1 - weight) ** np.maximum(age, 0), 0.0)
    rows[:, :7] += (1 - weight) ** np.arange(days)[:, None] / min(7, days)
    return np.asarray(rows)


def _best_weight(y: Floats) -> float:
    errors = {weight: (y - levels(y, weight))[WARM_UP:] for weight in WEIGHTS}
    limit = 3 * 1.4826 * float(np.median(np.abs(errors[WEIGHTS[0]])))
    best, least = WEIGHTS[0], math.inf
    for weight, e in errors.items():
        error = float((np.clip(e, -limit, limit) ** 2).mean())
        if error < least * (LARGER_WEIGHT_GAIN if least < math.inf else 1):
            best, least = weight, error
    return best


def _freedom(past: Floats, n: int, *, own_spread: bool) -> float:
    """Return the degrees of freedom: by the number of days, and by the tail of the past where days have their own."""
    variance = float(past.var())
    if not own_spread or variance == 0:
        return n - 22.0
    excess = float(((past - past.mean()) ** 4).mean()) / variance**2 - 3 - 0.5 * math.sqrt(24 / n)
    return min(n - 22.0, 4.5 + 6 / max(excess, 0.02), MAX_FREEDOM)


def _sums(a: Floats, n: int, window: int, freedom: float) -> Floats:
    """Return the normal scores of the sums of the newest `window` days; `a` has a spread of 1."""
    total = np.cumsum(np.concatenate([np.zeros(window), a]))
    sums = (total[window:] - total[:-window]) / math.sqrt(window)
    if window > 1:
        sums = sums / max(1.0, float(sums[WARM_UP + window : n].std()))
    return normal_score(sums * math.sqrt(freedom / (freedom - 2)), freedom)


def _moves(effects: Floats, before: Floats, window: int) -> Floats:
    """Return the mean of the newest `window` days minus the level before them."""
    total = np.cumsum(np.concatenate([np.zeros(window), effects]))
    means = (total[window:] - total[:-window]) / window
    level = np.concatenate([np.full(window - 1, before[0]), before[: len(before) - window + 1]])
    return np.asarray(means - level)


def _beyond(values: Floats, errors: Floats, n: int) -> NDArray[np.bool_]:
    low, high = float(values[:n].min()), float(values[:n].max())
    width = BEYOND_WIDTHS * np.maximum(high - low, ERRORS_OF_ROWS * errors)
    return (values > high + width) | (values < low - width)


def normal_score(t: Floats, freedom: float) -> Floats:
    """Return the normal scores with the same tail probability as Student's t of that freedom; at most 38 in size."""
    from scipy.special import ndtri, stdtr

    tails = np.maximum(stdtr(freedom, -np.abs(t)), 1e-315)
    return np.asarray(np.sign(t) * -ndtri(tails))
