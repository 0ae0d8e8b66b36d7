"""The age of the newest published day of each table, of the newest scores and of the newest mature labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.check import Finding, Severity, Status
from assay.core.text import quantity

LANDING, SCORES, LABELS = "freshness.landing", "freshness.scores", "freshness.labels"
FRESHNESS_CHECKS = (LANDING, SCORES, LABELS)
"""The checks of what has a limit in days: a table, the scores, the labels."""


@dataclass(frozen=True, slots=True)
class FreshnessLimits:
    """The most days that each may be behind the last date of a monitored interval; None without a limit."""

    landings: int | None = None
    scores: int | None = None
    labels: int | None = None


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest day of each thing, None without any day.

    - `tables` has the newest published day of each table.
    - `late` has the days by which a table may be later than the others: outcomes come after the day they are about.
    - `scored` is the newest scored day.
    - `labelled` is the newest day with outcomes that were measured when its labels were mature.
    """

    tables: Mapping[str, date | None]
    scored: date | None
    labelled: date | None
    late: Mapping[str, int]


def judge_freshness(newest: Freshness, limits: FreshnessLimits, end: date) -> list[Finding]:
    """Return a finding for each thing that has a limit: a warning where it is too old, or where it has no day.

    The age is counted from the last date of the interval, which is the day before `end`.
    """
    last = end - timedelta(days=1)
    findings = []
    if limits.landings is not None:
        for table, day in newest.tables.items():
            most = limits.landings + newest.late.get(table, 0)
            findings.append(_judge(LANDING, f"published day of {table}", day, most, last, table))
    for check, what, day, limit in (
        (SCORES, "scored day", newest.scored, limits.scores),
        (LABELS, "day with mature labels", newest.labelled, limits.labels),
    ):
        if limit is not None:
            findings.append(_judge(check, what, day, limit, last, None))
    return findings


def _judge(check: str, what: str, newest: date | None, most: int, last: date, column: str | None) -> Finding:
    expected = f"at most {quantity(most, 'day')} before {last}"
    if newest is None:
        return Finding(
            check, Status.WARN, f"There is no {what} by {last}.", Severity.WARNING, column=column, expected=expected
        )
    age = max(0, (last - newest).days)
    sentence = f"The newest {what} is {newest}, {quantity(age, 'day')} before {last}"
    if age > most:
        sentence = f"{sentence}: at most {quantity(most, 'day')} may be missing."
        return Finding(check, Status.WARN, sentence, Severity.WARNING, column, age, expected)
    return Finding(check, Status.PASS, f"{sentence}.", Severity.WARNING, column, age, expected)
