"""The share of a day's labels that is known so many days later, and whether `label_delay` is long enough.

A day is measured at several ages while its labels come in, and some days once more a week after they were mature.
Labels that come later make the days that judge a model a biased sample, since late labels are not like early ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.check import Finding, Severity, Status
from assay.core.text import quantity

LATER_DAYS = 7
"""The days after which a mature day is measured once more."""

EVERY = 8
"""One day in so many is measured once more. It is no multiple of a week, so that each weekday has its turn."""

MIN_LATER_DAYS = 4
"""The least number of days that were measured once more for a judgement of `label_delay`."""

NEWEST_DAYS = 56
"""The newest days that the curve describes: eight weeks."""

LATE_SHARE = 0.01
"""The share of labels that come after `label_delay` from which on it is too short."""

CHECK = "served.maturity"


@dataclass(frozen=True, slots=True)
class LabelCount:
    """The rows of a day with a label, as known when `age` whole days had passed since it."""

    day: date
    age: int
    rows: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The share of the labels that are known at an age, of those of the same days that are known last, from 0 to 1."""

    age: int
    share: float
    days: int


@dataclass(frozen=True, slots=True)
class MaturityCurve:
    """The shares by age. The `late` share of labels came after `label_delay`, None where too few days show it."""

    points: tuple[CurvePoint, ...]
    late: float | None
    later_days: int

    @property
    def too_short(self) -> bool:
        """True if at least LATE_SHARE of the labels came after `label_delay`."""
        return self.late is not None and self.late >= LATE_SHARE


def later_days(first: date, end: date, label_delay: int) -> list[date]:
    """Return the days that a monitoring of the dates from `first` to `end` measures once more: one in EVERY days.

    >>> later_days(date(2024, 3, 5), date(2024, 3, 13), 1)
    [datetime.date(2024, 2, 28)]
    """
    dates = [first + timedelta(days=n - label_delay - LATER_DAYS) for n in range((end - first).days)]
    return [day for day in dates if day.toordinal() % EVERY == 0]


def maturity_curve(counts: Iterable[LabelCount], label_delay: int) -> MaturityCurve:
    """Return the curve of the newest days that were measured with mature labels."""
    by_day: dict[date, dict[int, int]] = {}
    for one in counts:
        by_day.setdefault(one.day, {})[one.age] = one.rows
    mature = {day: ages for day, ages in by_day.items() if max(ages) >= label_delay and ages[max(ages)] > 0}
    newest = dict(sorted(mature.items())[-NEWEST_DAYS:])
    points = []
    for age in sorted({age for ages in newest.values() for age in ages}):
        days = [ages for ages in newest.values() if age in ages]
        last = sum(ages[max(ages)] for ages in days)
        points.append(CurvePoint(age, sum(ages[age] for ages in days) / last, len(days)))
    known = [(ages[min(old)], ages[max(ages)]) for ages in newest.values() if (old := _ages_from(ages, label_delay))]
    before, last = sum(rows for rows, _ in known), sum(rows for _, rows in known)
    late = 1 - before / last if len(known) >= MIN_LATER_DAYS else None
    return MaturityCurve(tuple(points), late, len(known))


def _ages_from(ages: Iterable[int], label_delay: int) -> list[int]:
    """Return the ages from `label_delay` on, if the day was measured a week later as well."""
    mature = [age for age in ages if age >= label_delay]
    return mature if mature and max(mature) >= min(mature) + LATER_DAYS else []


def maturity_finding(curve: MaturityCurve, label_delay: int) -> list[Finding]:
    """Return the finding about `label_delay`; none where no day was measured again."""
    if curve.late is None:
        return []
    of = f"of the labels of {quantity(curve.later_days, 'day')} came more than {quantity(label_delay, 'day')} later"
    sentence = f"{curve.late:.1%} {of}."
    if curve.too_short:
        sentence += " The days that judge a model are a biased sample: make label_delay longer."
    return [
        Finding(
            CHECK,
            Status.WARN if curve.too_short else Status.PASS,
            sentence,
            Severity.WARNING if curve.too_short else Severity.INFO,
            observed=curve.late,
            expected=f"less than {LATE_SHARE:.0%}",
            details={"curve": [{"age": one.age, "share": one.share, "days": one.days} for one in curve.points]},
        )
    ]
