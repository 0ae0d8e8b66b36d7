"""The judgement at the time of the clock of what should have come: landed files and trainings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

MAX_AGE = timedelta(days=366)
"""A lake whose newest day is older holds old dates: nothing of it is missing today."""

TRAINING_GRACE = timedelta(days=2)
"""The time after its due date from which a training is missing."""


def is_live(newest: date | None, today: date) -> bool:
    """Return whether a newest day is recent enough for a judgement by the clock.

    >>> is_live(date(2013, 12, 31), date(2026, 11, 30)), is_live(None, date(2026, 11, 30))
    (False, False)
    """
    return newest is not None and today - newest <= MAX_AGE


def missing_training(due: Sequence[date], trained: date | None, today: date) -> date | None:
    """Return the newest due date without a training of it or of a later date, None without one.

    >>> missing_training([date(2024, 3, 4), date(2024, 3, 11)], date(2024, 3, 4), date(2024, 3, 14))
    datetime.date(2024, 3, 11)
    """
    past = [day for day in due if day + TRAINING_GRACE <= today and (trained is None or day > trained)]
    return max(past, default=None)
