"""The local dates on which the spec's cron lines fall due."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from cronsim import CronSim, CronSimError

from assay.core.interval import Interval
from assay.errors import InputError


def training_days(cron: str | None, interval: Interval) -> list[date]:
    """Return the dates of the interval on which a training is due, in order, each once.

    >>> [day.day for day in training_days("0 3 * * MON", Interval.parse("2013-04-02", "2013-04-20"))]
    [8, 15]

    Raises:
        InputError: `cron` is no cron line.
    """
    days: list[date] = []
    day = None if cron is None else _next_due(cron, interval.start)
    while day is not None and day < interval.end:
        days.append(day)
        day = _next_due(str(cron), day + timedelta(days=1))
    return days


def _next_due(cron: str, since: date) -> date | None:
    """Return the first date from `since` on which the line falls due, None where it never does again."""
    before = datetime.combine(since, time.min) - timedelta(seconds=1)
    try:
        due = next(CronSim(cron, before), None)
    except CronSimError as error:
        raise InputError(
            f"'{cron}' is not a cron line: {error}", code="bad-cron", hint="for example '0 3 * * MON'"
        ) from None
    return None if due is None else due.date()
