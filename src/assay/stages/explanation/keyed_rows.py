"""The rows of a table that have a key: those of the clean table, and those that landed, with their places."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.explanation.key_values import KeyValue, read_as, text_is
from assay.errors import AssayError
from assay.stages.ingest.sources.pins import MANIFESTS
from assay.stages.runtime.context import Context
from assay.store.delta.day_rows import read_day
from assay.store.landing.manifest import Manifest
from assay.store.landing.raw_rows import RawRow, raw_rows
from assay.store.ledger.run_record import PartitionState, RunRecord

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 20
"""Rows with a key that are shown of one table."""


@dataclass(frozen=True, slots=True)
class LandedRow:
    """A row as it landed: its file below the landing folder, and its lines there (of a Parquet file: its record).

    `refused` is the reason why cleaning put it into quarantine, empty for a row that it did not.
    """

    file: str
    first: int
    last: int
    raw: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class LandedRows:
    """The rows of a date that landed with a key; `note` is the reason why they cannot be shown, empty if they can."""

    rows: tuple[LandedRow, ...]
    files: tuple[str, ...] = ()
    note: str = ""


def cleaning_of(ctx: Context, table: str, day: date, before: int | None) -> tuple[RunRecord, PartitionState] | None:
    """Return the newest cleaning of a date, with the record of a lower number than `before` where that is given."""
    made = None
    for record in ctx.ledger.records("clean", table):
        if str(day) in record.partitions and (before is None or record.number < before):
            made = record, record.partitions[str(day)]
    return made


def rows_with(frame: pa.Table, key: Mapping[str, KeyValue]) -> pa.Table:
    """Return the rows of a frame that have the values of a key."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, value in key.items():
        column = frame[name]
        # A value that the column's type cannot hold is in no row.
        try:
            scalar = pa.scalar(value, type=column.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            return frame.slice(0, 0)
        frame = frame.filter(pc.equal(column, scalar))
    return frame


def landed_rows(ctx: Context, table: str, day: date, key: Mapping[str, KeyValue], state: PartitionState) -> LandedRows:
    """Return the rows of a date that landed with a key, from the files that the cleaning of `state` read.

    The key has no partition column: the files of a date hold that date alone.
    """
    if ctx.table(table).from_.table is not None:
        return LandedRows((), note=f"'{table}' is filled by other jobs: it has no landed files")
    manifest = _manifest(ctx, table, day, state.identity.input)
    if manifest is None:
        return LandedRows((), note="the manifest of the landed files is no longer kept")
    names, schema = tuple(file.path for file in manifest.files), ctx.pipeline.schemas[table]
    computed = [name for name in key if name not in {column.name for column in schema.source_columns}]
    if computed:
        return LandedRows((), names, f"'{computed[0]}' is computed, so no file has it")
    changed = [file.path for file in manifest.files if not ctx.reader.holds(ctx.landing / file.path, file.sha256)]
    if changed:
        return LandedRows((), names, f"{changed[0]} was removed or changed since it was read")
    try:
        rows = tuple(_landed(ctx, table, day, key, manifest))
    except AssayError as error:
        return LandedRows((), names, error.message)
    if not rows:
        return LandedRows((), names, "no record of these files has the key as it is written here")
    return LandedRows(rows[:MOST_ROWS], names, f"{len(rows) - MOST_ROWS} more" if len(rows) > MOST_ROWS else "")


def _landed(
    ctx: Context, table: str, day: date, key: Mapping[str, KeyValue], manifest: Manifest
) -> Iterator[LandedRow]:
    schema, refused = ctx.pipeline.schemas[table], _quarantined(ctx, table, day)
    names = [column.name for column in schema.source_columns]
    wanted = [(names.index(name), value) for name, value in key.items()]
    for file in manifest.files:
        for row in raw_rows(ctx.landing / file.path, schema):
            if row.fields and all(_is(row.fields[place], value, schema.nulls) for place, value in wanted):
                yield LandedRow(file.path, row.first, row.last, row.raw, _reason(file.path, row, refused))


def _reason(file: str, row: RawRow, refused: Sequence[tuple[str, str, str]]) -> str:
    """Return the reason for which the row of a file is in quarantine, empty where it is not."""
    return next((why for raw, at, why in refused if at.endswith(file) and _same_record(raw, row.raw)), "")


def _same_record(one: str, other: str) -> bool:
    """Return whether two records are the same: as text, or as JSON of a Parquet or ORC row, which Spark writes too.

    >>> _same_record('{"n": 1, "at": "2024-02-01T06:00:00Z"}', '{"n":1.0,"at":"2024-02-01 06:00:00+00:00"}')
    True
    """
    if one == other or not (one.startswith("{") and other.startswith("{")):
        return one == other
    try:
        first, second = json.loads(one), json.loads(other)
    except ValueError:
        return False
    return first.keys() == second.keys() and all(_same_value(first[name], second[name]) for name in first)


def _same_value(one: Any, other: Any) -> bool:
    if one == other or not (isinstance(one, str) and isinstance(other, str)):
        return bool(one == other)
    instant = read_as(one, "timestamp")
    return instant is not None and instant == read_as(other, "timestamp")


def _is(field: Any, value: KeyValue | None, nulls: Sequence[str]) -> bool:
    """Return whether a field of a file is a value of a key: as text, or as the value of a Parquet or ORC column."""
    if value is None:
        return field is None or field in nulls
    if isinstance(field, str):
        return text_is(field, value)
    if field is None or isinstance(field, bool) is not isinstance(value, bool):
        return False
    return bool(field == value) or (hasattr(field, "isoformat") and read_as(field.isoformat(), "timestamp") == value)


def _quarantined(ctx: Context, table: str, day: date) -> list[tuple[str, str, str]]:
    """Return the raw record, the file and the reason of each quarantined row of a date."""
    rows = read_day(ctx.folder("quarantine", table), day)
    if rows is None:
        return []
    return [(str(one["raw"]), str(one["file"]), str(one["reason"])) for one in rows.to_pylist()]


def _manifest(ctx: Context, table: str, day: date, digest: str) -> Manifest | None:
    """Return the manifest of that digest, from the newest landing that took it."""
    for record in reversed(ctx.ledger.records("land", table)):
        if str(day) in record.partitions:
            manifest = (ctx.runs.find(record.run_id, MANIFESTS) or {}).get(day)
            if manifest is not None and manifest.digest == digest:
                return manifest
    return None
