"""replay: keep the repairs of a day's quarantined records, with a person's name and reason on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from assay.core.interval import Interval
from assay.core.landing.refused_records import RecordPlace, RepairedRecord, digest_of_text
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.errors import InfrastructureError, InputError
from assay.stages.ingest.land import manifests_to_clean
from assay.stages.ingest.quarantine import quarantined
from assay.stages.ingest.sources.day_source import source_of
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.typed_commands import typed
from assay.stages.tables.owners import own_table
from assay.stages.tables.repair_lines import RepairLine
from assay.store.failpoints import failpoint
from assay.store.ledger.run_record import input_digest
from assay.store.ledger.table_repairs import (
    NO_REPAIRS,
    DayRepairs,
    ReplayEntry,
    ReplayKind,
    TableRepairs,
    repairs_by_day,
)
from assay.store.locks.locks import hold
from assay.store.users import now_utc

MAX_LOST_RACES = 20
"""Attempts to append a document, while replays of other days take the next number."""


def replay(ctx: Context, table: str, day: date, lines: Sequence[RepairLine]) -> StageOutcome:
    """Keep the repaired records of a day. All of them are kept, or none; the day is cleaned by `clean` alone.

    Nothing is written where the same repairs are in force already.

    Raises:
        InputError: There is no reason or no line, a line is wrong (the message names it), or another pipeline defines
            the table differently.
    """
    _check_reason(ctx)
    if not lines:
        raise InputError("there is no repaired record", code="no-repairs", hint="leave in it the lines you repaired")
    with hold(ctx.lake, f"clean/{table}", Interval.of(day), wait=ctx.wait):
        own_table(ctx, table)
        in_force = TableRepairs(ctx.lake, table).by_day().get(day, NO_REPAIRS)
        repairs = _checked(ctx, table, day, lines, in_force)
        return _append(ctx, table, day, ReplayKind.REPLAY, repairs)


def undo(ctx: Context, table: str, day: date) -> StageOutcome:
    """Take back all repairs of a day; do nothing where it has none.

    Raises:
        InputError: There is no reason, or another pipeline defines the table differently.
    """
    _check_reason(ctx)
    with hold(ctx.lake, f"clean/{table}", Interval.of(day), wait=ctx.wait):
        own_table(ctx, table)
        return _append(ctx, table, day, ReplayKind.UNDO, ())


def _check_reason(ctx: Context) -> None:
    if not ctx.why.strip():
        raise InputError("a replay needs a reason", code="no-reason", hint="say why with --reason '...'")


def _checked(
    ctx: Context, table: str, day: date, lines: Sequence[RepairLine], in_force: DayRepairs
) -> tuple[RepairedRecord, ...]:
    """Return the repairs of the lines, after each was found in the quarantine of the day and read by its source."""
    known = {one.place.id: one.place for one in quarantined(ctx, table, day).records}
    known |= {name: one.place for name, one in in_force.repairs.items()}
    seen: dict[str, RepairLine] = {}
    repairs = []
    for line in lines:
        repairs.append(_repair(line, known, in_force, table, day))
        if line.id in seen:
            raise line.error(f"the id {line.id} is in line {seen[line.id].number} too", "duplicate-repair", "keep one")
        seen[line.id] = line
    source = source_of(ctx, table)
    manifests = manifests_to_clean(ctx, table, Interval.of(day), record=False)
    for line, repair in zip(lines, repairs, strict=True):
        row = source.read_repair(manifests[day], repair) if day in manifests else None
        if row is None:
            hint = "its record is gone with it: remove the line"
            raise line.error(f"the file {repair.place.file} is no longer in the landing", "unknown-record", hint)
        if row.refusal is not None:
            problem = f" ({row.problem})" if row.problem else ""
            hint = f"write one record as {repair.place.file} has them, or remove the line"
            raise line.error(f"the record is refused as {row.refusal}{problem}", "bad-repair", hint)
    return tuple(repairs)


def _repair(
    line: RepairLine, known: Mapping[str, RecordPlace], in_force: DayRepairs, table: str, day: date
) -> RepairedRecord:
    place = known.get(line.id)
    if place is None:
        what = f"no record of {table} with the id {line.id} is in quarantine on {day}"
        raise line.error(what, "unknown-record", "write the file again with 'assay quarantine', and repair that one")
    if digest_of_text(line.record) == place.text and line.id not in in_force.repairs:
        raise line.error("the record is as it landed", "not-repaired", "repair it, or remove the line")
    return RepairedRecord(place, line.record)


def _append(ctx: Context, table: str, day: date, kind: ReplayKind, repairs: tuple[RepairedRecord, ...]) -> StageOutcome:
    stored, actor = TableRepairs(ctx.lake, table), ctx.actor
    for _ in range(MAX_LOST_RACES):
        history = stored.history()
        before = repairs_by_day(history).get(day, NO_REPAIRS)
        entry = ReplayEntry(
            kind, ctx.pipeline.name, day, now_utc(), actor.who, ctx.why, repairs, len(history) + 1, actor.claimed
        )
        after = before.after(entry)
        if after.digest == before.digest:
            return _outcome(ctx, table, day, before, RunStatus.SKIPPED)
        failpoint("replay:before-document")
        if stored.append(len(history), entry):
            failpoint("replay:after-document")
            return _outcome(ctx, table, day, after, RunStatus.DONE)
    raise InfrastructureError(f"the repairs of '{table}' were busy for {MAX_LOST_RACES} attempts", code="repairs-busy")


def _outcome(ctx: Context, table: str, day: date, repairs: DayRepairs, status: RunStatus) -> StageOutcome:
    """Return the outcome, with the command that is due where the day was cleaned with other repairs."""
    count = len(repairs.repairs)
    sentence = f"{table} of {day} has {quantity(count, 'repaired record') if count else 'no repaired records'}"
    latest = ctx.ledger.latest("clean", table).get(day)
    cleaned = None if latest is None else latest[1].identity
    if cleaned is None or cleaned.input != input_digest(cleaned.landed, repairs.digest):
        command = typed(ctx, f"assay clean {ctx.pipeline.name} --table {table} --date {day}")
        sentence += f"; due: {command}"
    return StageOutcome("replay", table, None, sentence, status=status, numbers={"repairs": count})
