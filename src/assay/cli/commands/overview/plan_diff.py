"""A plan as a diff: what will be done, what is done again and why, what is done already, and what is held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from assay.cli.terminal.screen import Screen, TextStyle
from assay.cli.terminal.table import TableColumn, TableRow, table_lines
from assay.core.operations.stage_durations import duration_in_words
from assay.core.text import quantity
from assay.stages.operations.run import TABLES_AT_ONCE
from assay.stages.planning.expected_duration import RunHistory, days_of
from assay.stages.planning.held_days import HeldDay, held_days
from assay.stages.planning.step import Step
from assay.stages.planning.tasks import Reason

NEW, AGAIN, DONE, HELD = "+", "~", "=", "!"

STYLES = {NEW: TextStyle.GREEN, AGAIN: TextStyle.YELLOW, DONE: TextStyle.DIM, HELD: TextStyle.RED}

COLUMNS = (
    TableColumn(""),
    TableColumn("stage"),
    TableColumn("of", cut=True),
    TableColumn("days", right=True, drop=1),
    TableColumn("dates"),
    TableColumn("expected", right=True),
    TableColumn("why"),
)


def sign_of(reason: Reason) -> str:
    """Return the sign of a partition: to be done, done again, done already, or held.

    >>> [sign_of(reason) for reason in (Reason.NEVER_RUN, Reason.INPUT_CHANGED, Reason.DONE, Reason.HELD)]
    ['+', '~', '=', '!']
    """
    return {Reason.NEVER_RUN: NEW, Reason.DONE: DONE, Reason.HELD: HELD}.get(reason, AGAIN)


def plan_json(steps: Sequence[Step], history: RunHistory) -> list[dict[str, Any]]:
    """Return the steps as plain JSON types."""
    return [
        {
            "stage": step.stage,
            "subject": step.subject,
            "interval": str(step.interval),
            "due": step.due,
            "note": step.note,
            "expected_seconds": None if (seconds := history.seconds_of(step)) is None else round(seconds, 1),
            "partitions": [{"date": str(t.day), "reason": t.reason.value} for t in step.tasks],
            "held": [held.to_json() for held in held_days(step)],
        }
        for step in steps
    ]


def plan_lines(title: str, steps: Sequence[Step], history: RunHistory, screen: Screen) -> Iterator[str]:
    """Yield the plan of one pipeline as lines, in the order of the run."""
    yield screen.styled(title, TextStyle.BOLD)
    rows = [row for step in steps for row in _rows(step, history.seconds_of(step))]
    yield from table_lines(COLUMNS, rows, screen, indent=2)
    total = history.total_time(steps, TABLES_AT_ONCE)
    yield f"  {_summary(steps)}; expected in all: {total.sentence}"


def _rows(step: Step, seconds: float | None) -> Iterator[TableRow]:
    """Yield a row for each reason of a step's partitions; a step whose partitions are not known has one row."""
    expected = "" if seconds == 0 else duration_in_words(seconds)
    groups: dict[Reason, list[date]] = {}
    for task in step.tasks:
        groups.setdefault(task.reason, []).append(task.day)
    if not groups:
        sign, days = (DONE if step.skipped else NEW), days_of(step)
        counted = "" if days is None or step.skipped else f"{days:,}"
        yield _row(step, sign, counted, str_of(step.interval.dates()), expected, "", (step.note,))
        return
    for number, (reason, days_of_reason) in enumerate(groups.items()):
        sign = sign_of(reason)
        details = [step.note] if number == 0 and step.note else []
        if reason is Reason.HELD:
            details += [line for held in held_days(step) for line in _held_lines(held)]
        shown = expected if sign in (NEW, AGAIN) or number == len(groups) - 1 else ""
        expected = "" if shown else expected
        count, dates = f"{len(days_of_reason):,}", str_of(days_of_reason)
        yield _row(step, sign, count, dates, shown, reason.value, tuple(details))


def _row(step: Step, sign: str, count: str, dates: str, expected: str, why: str, details: tuple[str, ...]) -> TableRow:
    cells = (sign, step.stage, step.subject, count, dates, expected, why)
    return TableRow(cells, details=tuple(filter(None, details)), style=STYLES[sign])


def _held_lines(held: HeldDay) -> Iterator[str]:
    yield f"held {held.day}: {held.sentence}"
    yield from (f"  {command}" for command in held.commands)


def _summary(steps: Sequence[Step]) -> str:
    counts = dict.fromkeys((NEW, AGAIN, DONE, HELD), 0)
    for step in steps:
        for task in step.tasks:
            counts[sign_of(task.reason)] += 1
    words = {NEW: "new", AGAIN: "again", DONE: "done already", HELD: "held"}
    named = [f"{sign} {quantity(counts[sign], 'partition')} {words[sign]}" for sign in words if counts[sign]]
    return ", ".join(named) or "no partition is known yet"


def str_of(days: Sequence[date]) -> str:
    """Return dates in order as their range, or as the only one; dates with a gap have their first and last.

    >>> str_of([date(2024, 2, 1)]), str_of([date(2024, 2, 1), date(2024, 2, 2)])
    ('2024-02-01', '2024-02-01..2024-02-02')
    >>> str_of([date(2024, 2, 1), date(2024, 2, 4)])
    '2024-02-01...2024-02-04'
    """
    if not days:
        return ""
    first, last = days[0], days[-1]
    if first == last:
        return str(first)
    whole = last - first == timedelta(days=len(days) - 1)
    return f"{first}{'..' if whole else '...'}{last}"
