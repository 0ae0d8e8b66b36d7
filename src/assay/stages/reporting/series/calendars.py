"""The days of each table, of the scores and of the monitoring as calendars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.text import first_sentence, quantity
from assay.core.verdict import Action
from assay.report.content.series import Calendar, CalendarDay
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import monitorings
from assay.stages.runtime.typed_commands import SCORES
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord

MISSING = "missing"
MUCH = 0.05
"""The share of a day's rows in quarantine from which on its colour says so."""


def calendars(ctx: Context, first: date, last: date) -> tuple[Calendar, ...]:
    """Return the calendars of the days from `first` to `last`: each table, the scores, the monitoring."""
    paged = set(known_days(ctx))
    days = {name: tuple(_table_days(ctx, name, first, last)) for name in ctx.pipeline.spec.tables}
    days |= {SCORES: tuple(_score_days(ctx, first, last)), "monitoring": tuple(_monitored_days(ctx, first, last))}
    begins = min((day.day for of in days.values() for day in of), default=first)
    return tuple(
        Calendar(name, begins, tuple(day if day.day in paged else replace(day, has_page=False) for day in of))
        for name, of in days.items()
        if of
    )


def known_days(ctx: Context) -> list[date]:
    """Return the days that have a page, in order: those of a partition, and the last day of each monitoring."""
    tables = [ctx.ledger.latest("clean", name) for name in ctx.pipeline.spec.tables]
    days = {day for latest in (*tables, ctx.ledger.latest("score", ctx.pipeline.name)) for day in latest}
    monitored = {record.end - timedelta(days=1) for record in ctx.ledger.records("monitor", ctx.pipeline.name)}
    return sorted(days | monitored)


def _table_days(ctx: Context, name: str, first: date, last: date) -> Iterator[CalendarDay]:
    latest = ctx.ledger.latest("clean", name)
    for day in _span(list(latest), first, last):
        if day not in latest:
            yield CalendarDay(day, MISSING, "no partition")
            continue
        yield CalendarDay(day, *_of_partition(*latest[day]))


def _score_days(ctx: Context, first: date, last: date) -> Iterator[CalendarDay]:
    latest = ctx.ledger.latest("score", ctx.pipeline.name)
    for day in _span(list(latest), first, last):
        if day not in latest:
            yield CalendarDay(day, MISSING, "not scored")
            continue
        record, state = latest[day]
        name, text = _of_partition(record, state)
        yield CalendarDay(day, name, f"{text}, version {state.version}" if state.version else text)


def _of_partition(record: RunRecord, state: PartitionState) -> tuple[str, str]:
    """Return the state of a partition as the class of its colour and as words."""
    rows = state.counts.get("out", state.counts.get("rows", 0))
    counted = quantity(rows, "row")
    if state.state is PartitionStatus.HELD:
        return "held", "held"
    if record.status is RunStatus.RELEASED:
        return "released", f"released by {record.actor}, {counted}"
    quarantined, read = state.counts.get("quarantined", 0), state.counts.get("in", 0)
    if quarantined and quarantined >= MUCH * read:
        return "partly", f"{counted}, {quarantined:,} in quarantine"
    if state.state is PartitionStatus.UNSCORED:
        return "unscored", "not scored: no version was champion"
    return "published", counted + (f", {quarantined:,} in quarantine" if quarantined else "")


def _monitored_days(ctx: Context, first: date, last: date) -> Iterator[CalendarDay]:
    """Yield the monitored days by the action of their monitoring, the newest where several judged a day."""
    newest = {day: record for record in monitorings(ctx) for day in Interval(record.start, record.end).dates()}
    for day, record in sorted(newest.items()):
        if first <= day <= last and record.verdict is not None:
            action = record.verdict.action
            kind = {Action.NONE: "published", Action.DOWNGRADE: "held"}.get(action, "released")
            yield CalendarDay(day, kind, f"{action}: {first_sentence(record.sentence)}")


def _span(days: list[date], first: date, last: date) -> Iterator[date]:
    """Yield all days between the first and the last known one, as far as they are in the range."""
    if not days:
        return
    day, end = max(first, min(days)), min(last, max(days))
    while day <= end:
        yield day
        day += timedelta(days=1)
