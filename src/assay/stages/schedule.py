"""When the spec's cron lines fall due, as local dates."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from cronsim import CronSim, CronSimError

from assay.core.interval import Interval
from assay.errors import InputError


def training_day(cron: str | None, interval: Interval) -> date | None:
    """The first date of the interval on which training is due, None when there is none.

    An interval trains once at most: a month that is run in one go is served by the model of its first training day.

    >>> training_day("0 3 * * MON", Interval.parse("2013-04-02", "2013-05-01"))
    datetime.date(2013, 4, 8)
    """
    if cron is None:
        return None
    before = datetime.combine(interval.start, time.min) - timedelta(seconds=1)
    try:
        due = next(CronSim(cron, before)).date()
    except CronSimError as error:
        raise InputError(
            f"'{cron}' is not a cron line: {error}", code="bad-cron", hint="for example '0 3 * * MON'"
        ) from None
    return due if due in interval else None
