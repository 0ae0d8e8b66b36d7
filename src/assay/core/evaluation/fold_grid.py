"""The folds of a track record: blocks of days on one fixed grid, so that trainings of any cadence share them.

A recipe is judged on a block by the model that it would have made before the block began (rolling-origin evaluation;
Tashman 2000). The blocks do not depend on the day of a training. So a fold is computed once, and a year of folds is
the record of a recipe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.interval import Interval

MIN_DAYS = 20
"""The least number of days on which models are compared; an error estimated from fewer promotes on noise."""

GRID_ORIGIN = date(1970, 1, 1)
"""The first date of a block of any length."""


@dataclass(frozen=True, slots=True, order=True)
class Fold:
    """A block of days, and the window by which a model is trained that is judged on them.

    The window ends before the block by the days that labels need to mature.
    """

    block: Interval
    window: Interval


def blocks_before(end: date, *, days: int, count: int) -> list[Interval]:
    """Return the newest `count` blocks of `days` days that end at `end` or before, oldest first.

    >>> [str(block) for block in blocks_before(date(2013, 4, 1), days=28, count=2)]
    ['2013-01-31..2013-02-27', '2013-02-28..2013-03-27']
    """
    last = GRID_ORIGIN + timedelta(days=(end - GRID_ORIGIN).days // days * days)
    ends = [last - timedelta(days=days * back) for back in range(count - 1, -1, -1)]
    return [Interval(end - timedelta(days=days), end) for end in ends]


def fewest_folds(folds: int, *, days: int, min_days: int) -> int:
    """Return the number of folds of so many `days` that a young pipeline needs: two thirds, and `min_days` in all.

    >>> [fewest_folds(folds, days=28, min_days=20) for folds in (1, 2, 3, 6)], fewest_folds(3, days=7, min_days=20)
    ([1, 2, 2, 4], 3)
    """
    return max(-(-2 * folds // 3), -(-min_days // days))
