"""The events of a pipeline on one time line, from the ledger alone; no JVM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from assay.core.interval import Interval
from assay.core.monitoring.timeline import Event, EventKind
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.stages.promotion.championship import made_champion_by, version_starts
from assay.stages.runtime.context import Context
from assay.stages.runtime.typed_commands import SCORES
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord


def timeline(ctx: Context, interval: Interval) -> list[Event]:
    """Return the events on the dates of an interval, in order.

    A date that was held and then published from other files has both events.
    """
    events = [
        *(event for table in ctx.pipeline.spec.tables for event in _of_table(ctx, table)),
        *_of_partitions(ctx, "score", ctx.pipeline.name, SCORES),
        *_versions(ctx),
        *_drift(ctx),
    ]
    return sorted(event for event in events if event.day in interval)


def _of_table(ctx: Context, table: str) -> Iterator[Event]:
    yield from _of_partitions(ctx, "clean", table, table)
    for (_, before), (days, state) in pairwise(_definitions(ctx, table)):
        changed = [name for name in ("code", "spec") if getattr(before.identity, name) != getattr(state.identity, name)]
        what = " and ".join({"code": "code", "spec": "definition"}[name] for name in changed)
        run_id = ctx.ledger.latest("clean", table)[days[0]][0].run_id
        sentence = f"From {days[0]} on {table} is cleaned by another {what}."
        yield Event(days[0], EventKind.DEFINITION, table, sentence, run_id)


def _definitions(ctx: Context, table: str) -> list[tuple[list[date], PartitionState]]:
    """Return the runs of published dates that one code and definition cleaned, with a state of each.

    A single date among others, which was cleaned again later, is left out.
    """
    runs: list[tuple[list[date], PartitionState]] = []
    published = [
        (day, state)
        for day, (_, state) in ctx.ledger.latest("clean", table).items()
        if state.state is PartitionStatus.PUBLISHED
    ]
    for day, state in published:
        if runs and runs[-1][1].identity.definition == state.identity.definition:
            runs[-1][0].append(day)
        else:
            runs.append(([day], state))
    lasting = [run for place, run in enumerate(runs) if len(run[0]) > 1 or place in (0, len(runs) - 1)]
    return [
        run
        for place, run in enumerate(lasting)
        if not place or lasting[place - 1][1].identity.definition != run[1].identity.definition
    ]


def _of_partitions(ctx: Context, stage: str, subject: str, name: str) -> Iterator[Event]:
    """Yield what happened to the partitions of a table or of the scores, by the order of the ledger."""
    before: dict[str, PartitionState] = {}
    for record in ctx.ledger.records(stage, subject):
        for text, state in record.partitions.items():
            kind = _kind(record, state, before.get(text))
            before[text] = state
            if kind is not None:
                sentence = _partition_sentence(kind, name, text, record)
                yield Event(date.fromisoformat(text), kind, name, sentence, record.run_id)


def _kind(record: RunRecord, state: PartitionState, before: PartitionState | None) -> EventKind | None:
    if state.state is PartitionStatus.HELD:
        return EventKind.HELD
    if record.status is RunStatus.RELEASED:
        return EventKind.RELEASED
    whole = (PartitionStatus.PUBLISHED, PartitionStatus.SCORED)
    if before is not None and before.state in whole and state.state in whole:
        return EventKind.REWRITTEN
    return None


def _partition_sentence(kind: EventKind, name: str, day: str, record: RunRecord) -> str:
    if kind is EventKind.HELD:
        why = record.sentence if len(record.partitions) == 1 else ""  # a sentence of several dates is about the worst
        return f"{name} of {day}: held. {why}".strip()
    if kind is EventKind.RELEASED:
        return f"{name} of {day}: released by {record.actor}: {record.why}"
    return f"{name} of {day}: written again."


def _versions(ctx: Context) -> Iterator[Event]:
    """Yield the first date of each version after another one, with the promotion that made it the champion."""
    history = ctx.promotions.history()
    for start in version_starts(ctx):
        by = made_champion_by(history, start)
        act = f": {by.sentence}" if by is not None else ""
        sentence = f"From {start.day} on the scores are of version {start.version}{act}."
        yield Event(start.day, EventKind.VERSION, ctx.pipeline.name, sentence, start.record.run_id)


def _drift(ctx: Context) -> Iterator[Event]:
    for record in ctx.ledger.records("monitor", ctx.pipeline.name):
        alarms = record.details.drifted if isinstance(record.details, MonitoringDetails) else ()
        if alarms:
            names = list(dict.fromkeys(f"{alarm.column} {alarm.statistic}" for alarm in alarms))
            more = f" and {quantity(len(names) - 3, 'more statistic')}" if len(names) > 3 else ""
            sentence = f"Drift: {', '.join(names[:3])}{more}."
            yield Event(record.end - timedelta(days=1), EventKind.DRIFT, ctx.pipeline.name, sentence, record.run_id)


def timeline_document(ctx: Context, interval: Interval, events: list[Event]) -> dict[str, Any]:
    """Return the events as plain JSON types."""
    return {
        "pipeline": ctx.pipeline.name,
        "from": str(interval.start),
        "to": str(interval.end),
        "events": [asdict(event) | {"day": str(event.day), "kind": event.kind.value} for event in events],
    }


def timeline_lines(ctx: Context, interval: Interval, events: list[Event]) -> Iterator[str]:
    """Yield the events as lines for a terminal."""
    yield f"{ctx.pipeline.name} {interval}: {quantity(len(events), 'event')}"
    for event in events:
        yield f"  {event.day}  {event.kind:<10}  {event.sentence}"
