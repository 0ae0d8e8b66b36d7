"""The days that may judge a model: their labels are mature, and the model was not trained or promoted by them.

Early labels are not like late labels: a late delivery is known later than one in time. So a day counts only after
`label_delay` whole days have passed. Before that its labels are a biased sample, of any size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile


def first_immature(at: date, label_delay: int) -> date:
    """Return the first day whose labels are not mature when the date `at` is scored; all days before it are mature.

    >>> first_immature(date(2024, 3, 10), 3), first_immature(date(2024, 3, 10), 0)
    (datetime.date(2024, 3, 7), datetime.date(2024, 3, 10))
    """
    return at - timedelta(days=label_delay)


def is_mature(day: date, at: date, label_delay: int) -> bool:
    """Return whether the labels of `day` are mature when the date `at` is scored."""
    return day < first_immature(at, label_delay)


def judges(day: date, at: date, label_delay: int, seen: Interval | None) -> bool:
    """Return whether a day that was measured as of `at` judges a model that was made by the dates `seen`."""
    return (seen is None or day not in seen) and is_mature(day, at, label_delay)


@dataclass(frozen=True, slots=True)
class DayMeasurement:
    """The outcomes of a day as they were known when the date `at` was scored.

    The date `at` is the end of the monitored interval, not the day on which the monitoring ran.
    """

    outcomes: OutcomeProfile
    at: date


@dataclass(frozen=True, slots=True)
class Counted:
    """Days by whether they judge a model.

    The days that count have their outcomes in `days`. The days in `waiting` wait for their labels. The model was
    trained, tuned or promoted by the days in `seen`.
    """

    days: Mapping[date, OutcomeProfile]
    waiting: tuple[date, ...] = ()
    seen: tuple[date, ...] = ()

    def since(self, first: date) -> Counted:
        """Return the days from `first` on."""
        return Counted(
            {day: outcomes for day, outcomes in self.days.items() if day >= first},
            tuple(day for day in self.waiting if day >= first),
            tuple(day for day in self.seen if day >= first),
        )

    def before(self, at: date, label_delay: int) -> Counted:
        """Return the days as they were when the date `at` was scored: later days are left out, fewer are mature."""
        first = first_immature(at, label_delay)
        known = [day for day in (*self.days, *self.waiting) if day < at]
        return Counted(
            {day: outcomes for day, outcomes in self.days.items() if day < first},
            tuple(sorted(day for day in known if day >= first or day not in self.days)),
            tuple(day for day in self.seen if day < at),
        )

    @property
    def newest(self) -> date | None:
        """The newest day that counts or waits; None without such a day."""
        return max([*self.days, *self.waiting], default=None)


def count_days(measured: Mapping[date, DayMeasurement], label_delay: int, seen: Interval | None = None) -> Counted:
    """Divide the days of `measured` into those that count, those that wait and those that the model has seen.

    The model was trained, tuned and promoted by the dates `seen`. A day is mature if it was mature when it was
    measured: an old measurement never becomes mature.
    """
    known = {day for day in measured if seen is not None and day in seen}
    counted = {day for day, measurement in measured.items() if judges(day, measurement.at, label_delay, seen)}
    return Counted(
        {day: measurement.outcomes for day, measurement in sorted(measured.items()) if day in counted},
        tuple(sorted(measured.keys() - known - counted)),
        tuple(sorted(known)),
    )


def left_out(waiting: Collection[date] | int, seen: Collection[date] | int = 0) -> str:
    """Return a clause about days that do not count, with the semicolon before it; empty without such days.

    >>> left_out(2), left_out(0, 1), left_out(0)
    ('; 2 days wait for their labels', '; 1 day is left out, since the model was trained or promoted by it', '')
    """
    waits, known = (n if isinstance(n, int) else len(n) for n in (waiting, seen))
    wait_clause = f"; {waits} day{' waits' if waits == 1 else 's wait'} for {'its' if waits == 1 else 'their'} labels"
    left = f"; {known} day{' is' if known == 1 else 's are'} left out, since the model was trained or promoted by "
    return (wait_clause if waits else "") + (f"{left}{'it' if known == 1 else 'them'}" if known else "")
