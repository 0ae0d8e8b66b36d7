"""The folds, the window and the first training of a new pipeline, from the days that its source has."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assay.core.evaluation.fold_grid import MIN_DAYS as MIN_JUDGED_DAYS
from assay.core.evaluation.fold_grid import blocks_before, fewest_folds
from assay.core.evaluation.label_maturity import first_immature
from assay.core.text import quantity
from assay.errors import InputError

MIN_DAYS = 60
"""The fewest days from which a pipeline is proposed: three weeks to be judged on, and some to learn from."""

_FOLDS, _MAX_FOLDS, _MIN_WINDOW = 3, 12, 21
_ENOUGH_ROWS = 130
"""Rows of the rarer label in the folds: 100 is what a gate needs at least."""

_MONTHLY, _WEEKLY = "0 3 1 * *", "0 3 * * MON"
_FEW_ROWS = 20
"""With fewer rows a day than this, a model of a short window has too little to learn from."""


@dataclass(frozen=True, slots=True)
class ProposedWindows:
    """The windows of trainings in days, the cron line of trainings, and the date of the first one with its history."""

    fold: int
    folds: int
    window: int
    schedule: str
    first: date
    training: date


def propose_windows(
    first: date, last: date, *, delay: int, rows_per_day: float, rate: float | None = None
) -> ProposedWindows:
    """Return windows with which the days `first` to `last` reach a first training and its judgement.

    Args:
        first: The first date with rows.
        last: The last one.
        delay: Days until the label of a date is known.
        rows_per_day: The median number of rows of a date.
        rate: The share of rows with an event; None for a number, or where it is not known.

    Raises:
        InputError: There are too few days.
    """
    days = (last - first).days + 1
    if days < MIN_DAYS:
        message = f"the source has {quantity(days, 'day')}, from {first} to {last}"
        raise InputError(
            message, code="few-days", hint=f"a first model takes {MIN_DAYS} days to learn and be judged by"
        )
    fold = next((fold for fold in (28, 14) if days >= fold * (_FOLDS + 3)), 7)
    rarer = 1.0 if rate is None else min(rate, 1 - rate)
    wanted = math.ceil(_ENOUGH_ROWS / max(fold * rows_per_day * rarer, 1e-9))
    folds = min(max(_FOLDS, wanted), _MAX_FOLDS, max(_FOLDS, (days - _MIN_WINDOW - 2 * delay) // fold - 2))
    judged = fold * (folds + 1) + 2 * delay
    window = min(120 if rows_per_day >= _FEW_ROWS else 180, days - judged)
    for schedule, step in ((_MONTHLY, 31), (_WEEKLY, 7)):
        length = (min(window, days - judged - step) // 7) * 7
        if length >= _MIN_WINDOW or step == 7:
            proposed = ProposedWindows(fold, folds, max(length, 14), schedule, first, first)
            return replace(proposed, training=_first_training(proposed, delay))
    raise AssertionError("the last schedule is always taken")


def _first_training(windows: ProposedWindows, delay: int) -> date:
    """The first scheduled date with the window, and with the folds that a young pipeline is judged by at least."""
    needed, day = fewest_folds(windows.folds, days=windows.fold, min_days=MIN_JUDGED_DAYS), windows.first
    while True:
        day = _next(windows.schedule, day + timedelta(days=1))
        end = first_immature(day, delay)
        blocks = blocks_before(end, days=windows.fold, count=windows.folds)
        starts = [first_immature(block.start, delay) - timedelta(days=windows.window) for block in blocks]
        has_window = end - timedelta(days=windows.window) >= windows.first
        if has_window and sum(start >= windows.first for start in starts) >= needed:
            return day


def _next(schedule: str, day: date) -> date:
    while day.day != 1 if schedule == _MONTHLY else day.weekday() != 0:
        day += timedelta(days=1)
    return day
