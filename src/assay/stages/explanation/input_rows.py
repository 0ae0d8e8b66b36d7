"""The rows of each table that a prediction rests on: as cleaned, as landed, and the checks of their days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assay.core.check import Status
from assay.core.explanation.key_values import KeyValue
from assay.core.interval import Interval, as_of_instant
from assay.core.run_status import RunStatus
from assay.errors import AssayError
from assay.spec.schema.pipeline import FeaturesSpec
from assay.stages.explanation.keyed_rows import MOST_ROWS, LandedRows, cleaning_of, landed_rows, rows_with
from assay.stages.models.model_versions import version_entry
from assay.stages.reporting.ledger_tables import day_findings
from assay.stages.runtime.context import Context
from assay.store.delta.day_rows import read_day
from assay.store.ledger.run_details import ScoringDetails, TableRead
from assay.store.ledger.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class DayChecks:
    """The cleaning that published a date: its run, the number of checks, those that did not pass, and who released it.

    `released_by` is empty for a date that no person released.
    """

    run_id: str
    checks: int
    not_passed: tuple[str, ...]
    released_by: str


@dataclass(frozen=True, slots=True)
class InputRow:
    """A row of a clean table that has the key, and the rows of the landed files that have it.

    `is_seen` is whether the row was known at the instant of scoring, None for the table of rows.
    """

    day: date
    values: Mapping[str, Any]
    is_seen: bool | None
    landed: LandedRows
    checks: DayChecks | None


@dataclass(frozen=True, slots=True)
class InputRows:
    """The rows of one table: the version that was read, the dates, and the columns by which rows belong to the key.

    Without such a column (`by` is empty) no row is shown: the features function saw the table as a whole. It saw all
    known rows of an input, also of other keys.
    """

    table: str
    version: int | None
    dates: Interval
    by: tuple[str, ...]
    rows: tuple[InputRow, ...]
    is_input: bool
    note: str = ""


def input_rows(ctx: Context, day: date, key: Mapping[str, KeyValue], scoring: RunRecord) -> tuple[InputRows, ...]:
    """Return the rows of the table of rows and of each input, as of the versions that a scoring read."""
    details = scoring.details_as(ScoringDetails)
    features = FeaturesSpec.model_validate(version_entry(ctx, details.version).feature_section)
    reader = _ScoringReader(ctx, day, scoring, details.read)
    own = reader.rows_of(features.rows, Interval.of(day), key, is_input=False)
    context_row = own.rows[0].values if own.rows else key
    inputs = []
    for name, lookback in features.inputs.items():
        if name not in ctx.pipeline.spec.tables:
            continue
        shared = {part: context_row[part] for part in ctx.table(name).key if part in context_row}
        shared.pop(ctx.partition, None)
        inputs.append(reader.rows_of(name, Interval.of(day).back(lookback), shared, is_input=True))
    return (own, *inputs)


class _ScoringReader:
    """The tables of one scoring, read date by date."""

    def __init__(self, ctx: Context, day: date, scoring: RunRecord, read: Mapping[str, TableRead]) -> None:
        self._ctx, self._scoring, self._read = ctx, scoring, read
        self._known_before = as_of_instant(day, ctx.pipeline.spec.as_of, ctx.pipeline.zone)

    def rows_of(self, table: str, dates: Interval, key: Mapping[str, KeyValue], *, is_input: bool) -> InputRows:
        version = self._read[table].version if table in self._read else None
        by = tuple(name for name in key if name != self._ctx.partition)
        if not by:
            note = "no column of its key is one of the row: the features see the table as a whole"
            return InputRows(table, version, dates, (), (), is_input, note)
        rows: list[InputRow] = []
        note = ""
        try:
            for one in reversed(dates.dates()):
                rows += self._of_day(table, version, one, {name: key[name] for name in by}, is_input=is_input)
        except AssayError as error:
            note = error.message
        if len(rows) > MOST_ROWS:
            note = f"{len(rows) - MOST_ROWS} older rows are not shown"
        return InputRows(table, version, dates, by, tuple(rows[:MOST_ROWS]), is_input, note)

    def _of_day(
        self, table: str, version: int | None, day: date, key: Mapping[str, KeyValue], *, is_input: bool
    ) -> Iterator[InputRow]:
        ctx = self._ctx
        frame = read_day(ctx.folder("clean", table), day, version)
        matching = rows_with(frame, key).slice(0, MOST_ROWS + 1) if frame is not None else None
        if matching is None or not matching.num_rows:
            return
        cleaned = cleaning_of(ctx, table, day, self._scoring.number)
        checks = _checks(ctx, cleaned[0], day) if cleaned else None
        full = [name for name in ctx.table(table).key if name != ctx.partition]
        for row in matching.to_pylist():
            landed = LandedRows((), note="the cleaning of the date is not in the ledger")
            if cleaned:
                landed = landed_rows(ctx, table, day, {name: row[name] for name in full}, cleaned[1])
            seen = self._is_seen(table, row) if is_input else None
            yield InputRow(day, row, seen, landed, checks)

    def _is_seen(self, table: str, row: Mapping[str, Any]) -> bool:
        known = row.get(str(self._ctx.table(table).available_at))
        return isinstance(known, datetime) and known < self._known_before


def _checks(ctx: Context, record: RunRecord, day: date) -> DayChecks:
    findings = day_findings(ctx, record, day)
    broken = tuple(one.sentence for one in findings if one.status is not Status.PASS)
    released = f"{record.actor}: {record.why}" if record.status is RunStatus.RELEASED else ""
    return DayChecks(record.run_id, len(findings), broken, released)
