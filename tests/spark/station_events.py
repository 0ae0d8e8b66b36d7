"""Events of some stations, known at drawn moments about the days of a change of the clocks."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from assay.core.interval import Interval, as_of_instant

if TYPE_CHECKING:
    pass


NEW_YORK = ZoneInfo("America/New_York")
SPRING = Interval(date(2013, 3, 8), date(2013, 3, 14))  # the clocks go forward on the 10th
EVENTS = "day date, station string, available_at timestamp, value int"


def events(first: date, days: int, per_day: int = 12, seed: int = 1) -> list[tuple[date, str, datetime | None, int]]:
    chance = random.Random(seed)
    made: list[tuple[date, str, datetime | None, int]] = []
    for n in range(days):
        day = first + timedelta(days=n)
        for m in range(per_day):
            midnight = datetime.combine(day, time(), tzinfo=UTC)
            known = midnight + timedelta(hours=chance.randrange(-30, 80), microseconds=chance.randrange(3))
            made.append((day, chance.choice("ABC"), None if m == 0 else known, n * per_day + m))
        # Known at exactly the instant of scoring, a microsecond before it, and never.
        instant = as_of_instant(day, time(), NEW_YORK)
        made += [(day, "X", instant, -1), (day, "Y", instant - timedelta(microseconds=1), -2)]
    return made
