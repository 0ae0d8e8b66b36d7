"""Half-open intervals of local dates, and the UTC instant at which a date is scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assay.errors import InputError


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The dates from `start` up to, and without, `end`.

    >>> Interval.parse("2013-01-30", "2013-02-02").dates()
    [datetime.date(2013, 1, 30), datetime.date(2013, 1, 31), datetime.date(2013, 2, 1)]
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise InputError(
                f"the interval from {self.start} to {self.end} holds no date",
                code="empty-interval",
                hint="--to is the first date that is left out, so it lies after --from",
            )

    @classmethod
    def of(cls, day: date) -> Interval:
        """Return the interval that holds `day` alone."""
        return cls(day, day + timedelta(days=1))

    @classmethod
    def parse(cls, start: str, end: str) -> Interval:
        """Return the interval between two ISO dates.

        Raises:
            InputError: A text is not a date, or the interval holds no date.
        """
        return cls(parse_date(start), parse_date(end))

    def dates(self) -> list[date]:
        """Return the dates of the interval, in order."""
        return list(self)

    def __iter__(self) -> Iterator[date]:
        return (self.start + timedelta(days=n) for n in range(len(self)))

    def __len__(self) -> int:
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return str(self.start) if len(self) == 1 else f"{self.start}..{self.end - timedelta(days=1)}"

    def overlaps(self, other: Interval) -> bool:
        """Return whether both intervals have a date in common."""
        return self.start < other.end and other.start < self.end

    def back(self, days: int) -> Interval:
        """Return the interval that starts `days` days earlier and has the same end."""
        return Interval(self.start - timedelta(days=days), self.end)


def parse_date(text: str) -> date:
    """Return the date that a text names as YYYY-MM-DD.

    Other forms of ISO 8601 are refused: a date names folders, so it has one spelling.

    Raises:
        InputError: The text is not a date in this form.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise InputError(
            f"'{text}' is not a date", code="bad-date", hint="write it as YYYY-MM-DD, for example 2013-01-31"
        )
    return day


def as_of_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which `day` is scored: local time `at` of that date in `zone`.

    For a local time that daylight saving skips or repeats, PEP 495 with fold=0 decides. So the result never depends on
    the zone of the machine.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def days_in_words(days: Sequence[date], *, at_most: int = 5) -> str:
    """Return the dates as a text: the first `at_most` of them, and the number of the others.

    >>> days_in_words(Interval.parse("2013-01-01", "2013-01-09").dates(), at_most=2)
    '2013-01-01, 2013-01-02 and 6 more'
    """
    named = ", ".join(map(str, days[:at_most]))
    return f"{named} and {len(days) - at_most} more" if len(days) > at_most else named
