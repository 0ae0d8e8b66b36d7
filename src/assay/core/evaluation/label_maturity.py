"""Which days may judge a model: those whose labels are mature, and that the model has not seen before.

Labels that come early are not like those that come late: a late delivery is known later than one in time. So a day
counts only once `label_delay` whole days have passed after it; before that its labels are a biased sample, of any size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile


def first_immature(at: date, label_delay: int) -> date:
    """The first day whose labels are not mature when the date `at` is scored; all days before it are.

    >>> first_immature(date(2024, 3, 10), 3), first_immature(date(2024, 3, 10), 0)
    (datetime.date(2024, 3, 7), datetime.date(2024, 3, 10))
    """
    return at - timedelta(days=label_delay)


def is_mature(day: date, at: date, label_delay: int) -> bool:
    """Whether the labels of `day` are mature when the date `at` is scored."""
    return day < first_immature(at, label_delay)


@dataclass(frozen=True, slots=True)
class DayMeasurement:
    """The outcomes of a day as they were known when the date `at` was scored: the end of the interval that was
    monitored, not the day on which that was done."""

    outcomes: OutcomeProfile
    at: date


@dataclass(frozen=True, slots=True)
class Counted:
    """The days that count, with their outcomes; those that wait for their labels; and those that the model has seen:
    it was trained, tuned or promoted by them."""

    days: Mapping[date, OutcomeProfile]
    waiting: tuple[date, ...] = ()
    seen: tuple[date, ...] = ()

    def since(self, first: date) -> Counted:
        """What of it is not before `first`."""
        return Counted(
            {day: outcomes for day, outcomes in self.days.items() if day >= first},
            tuple(day for day in self.waiting if day >= first),
            tuple(day for day in self.seen if day >= first),
        )

    def before(self, at: date, label_delay: int) -> Counted:
        """What of it was mature when the date `at` was scored; later days do not exist yet."""
        first = first_immature(at, label_delay)
        known = [day for day in (*self.days, *self.waiting) if day < at]
        return Counted(
            {day: outcomes for day, outcomes in self.days.items() if day < first},
            tuple(sorted(day for day in known if day >= first or day not in self.days)),
            tuple(day for day in self.seen if day < at),
        )

    @property
    def newest(self) -> date | None:
        """The newest day that counts or waits; None for none."""
        return max([*self.days, *self.waiting], default=None)


def count_days(measured: Mapping[date, DayMeasurement], label_delay: int, seen: Interval | None = None) -> Counted:
    """The days of `measured` by whether they count. `seen` are the dates that the model was trained, tuned and promoted
    by; whether a day is mature is decided by how it was measured, so that an old measurement never becomes mature."""
    known = {day for day in measured if seen is not None and day in seen}
    waiting = {
        day
        for day, measurement in measured.items()
        if day not in known and not is_mature(day, measurement.at, label_delay)
    }
    return Counted(
        {day: measurement.outcomes for day, measurement in sorted(measured.items()) if day not in known | waiting},
        tuple(sorted(waiting)),
        tuple(sorted(known)),
    )


def left_out(waiting: Collection[date] | int, seen: Collection[date] | int = 0) -> str:
    """A clause for a sentence about days that do not count, with the comma or semicolon before it; empty for none.

    >>> left_out(2), left_out(0, 1), left_out(0)
    ('; 2 days wait for their labels', '; 1 day is left out, since the model was trained or promoted by it', '')
    """
    waits, known = (n if isinstance(n, int) else len(n) for n in (waiting, seen))
    wait_clause = f"; {waits} day{' waits' if waits == 1 else 's wait'} for {'its' if waits == 1 else 'their'} labels"
    left = f"; {known} day{' is' if known == 1 else 's are'} left out, since the model was trained or promoted by "
    return (wait_clause if waits else "") + (f"{left}{'it' if known == 1 else 'them'}" if known else "")
