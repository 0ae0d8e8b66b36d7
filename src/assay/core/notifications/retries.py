"""The instants at which a message that failed is tried again, and the attempt after which it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

MAX_ATTEMPTS = 10
"""Attempts after which a message is given up."""

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
"""The wait after each attempt; the last one is that of all later ones."""


def next_attempt(attempts: int, last: datetime) -> datetime:
    """Return the instant from which a message may be tried again, after `attempts` of which `last` was the newest.

    >>> next_attempt(2, datetime(2024, 3, 1, 6, 0))
    datetime.datetime(2024, 3, 1, 6, 5)
    """
    return last + WAITS[min(attempts, len(WAITS)) - 1]


def is_due(attempts: int, last: datetime | None, now: datetime) -> bool:
    """Return whether a message may be tried at `now`: one that was never tried always may."""
    return last is None or attempts == 0 or now >= next_attempt(attempts, last)


def is_given_up(attempts: int) -> bool:
    """Return whether a message is no longer tried by itself."""
    return attempts >= MAX_ATTEMPTS
