"""The quarantined records of a day, as the lines of a file that a person repairs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assay.core.landing.refused_records import RecordPlace, places_of
from assay.errors import InfrastructureError, InputError
from assay.stages.ingest.sources.day_source import source_of
from assay.stages.runtime.context import Context
from assay.store.delta.day_rows import read_day
from assay.store.ledger.run_details import CleaningDetails, ReleaseDetails
from assay.store.ledger.table_repairs import NO_REPAIRS, DayRepairs, TableRepairs, repairs_by_day


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record in quarantine, with its place among what landed."""

    place: RecordPlace
    reason: str
    record: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The quarantined rows of a day: the records, and the number of rows that are no landed records.

    A cleaning function makes such rows: they have neither a file nor a text of the source.
    """

    records: tuple[RefusedRecord, ...]
    made: int

    def by_reason(self, reason: str) -> Quarantined:
        """Return the records that were refused for one reason."""
        return Quarantined(tuple(one for one in self.records if one.reason == reason), self.made)


def quarantined(ctx: Context, table: str, day: date) -> Quarantined:
    """Return the quarantined rows of a day, ordered by file, reason and text.

    Raises:
        InputError: The day was never cleaned.
    """
    applied, source = _applied(ctx, table, day), source_of(ctx, table)
    stored = read_day(ctx.folder("quarantine", table), day)
    columns = [] if stored is None else [stored.column(name).to_pylist() for name in ("file", "reason", "raw")]
    rows = list(zip(*columns, strict=True))
    refused = sorted((source.record_file(file), reason, raw) for file, reason, raw in rows if file is not None)
    places = places_of([(file, raw) for file, _, raw in refused], applied.in_order)
    records = [RefusedRecord(place, reason, raw) for place, (_, reason, raw) in zip(places, refused, strict=True)]
    return Quarantined(tuple(records), sum(row[0] is None for row in rows))


def _applied(ctx: Context, table: str, day: date) -> DayRepairs:
    """Return the repairs with which the day was cleaned last: they decide which record a quarantined text is."""
    latest = ctx.ledger.latest("clean", table).get(day)
    if latest is None:
        raise InputError(
            f"the table '{table}' was never cleaned on {day}",
            code="not-cleaned",
            hint=f"clean it first: assay clean {ctx.pipeline.name} --table {table} --date {day}",
        )
    record = latest[0]
    if isinstance(record.details, ReleaseDetails):
        record = ctx.ledger.record(record.details.released_from)
    replayed = record.details.replayed.get(day) if isinstance(record.details, CleaningDetails) else None
    if replayed is None:
        return NO_REPAIRS
    entries = [entry for entry in TableRepairs(ctx.lake, table).history() if entry.number <= replayed.last]
    return repairs_by_day(entries).get(day, NO_REPAIRS)


def write_records(path: Path, records: Sequence[RefusedRecord]) -> None:
    """Write the records to a new file that its owner alone may read, a JSON object in each line.

    Raises:
        InputError: The file exists: a person may have repaired its lines.
        InfrastructureError: It cannot be written.
    """
    lines = [
        {"id": one.place.id, "reason": one.reason, "file": one.place.file, "record": one.record} for one in records
    ]
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    except FileExistsError as error:
        raise InputError(
            f"the file {path} exists", code="file-exists", hint="name another one, or remove it if it has no repairs"
        ) from error
    except OSError as error:
        raise InfrastructureError(f"cannot write {path}: {error.strerror}", code="cannot-write") from error
