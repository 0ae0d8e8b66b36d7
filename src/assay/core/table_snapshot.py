"""One version of a table: its schema and files by date in the lake, and the content of a date where others fill it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from assay.core.interval import Interval


@dataclass(frozen=True, slots=True)
class DayFile:
    """A data file: its path below the table, and the date of its partition."""

    path: str
    day: date


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a plain table with one date as its partition column.

    Each row is in exactly one of `files`, in a folder `partition=date`. The `schema` is JSON, as Delta and Spark write
    it. Where rows must obey rules of the table itself, `writable` is false.
    """

    version: int
    schema: str
    partition: str
    files: tuple[DayFile, ...]
    writable: bool

    def within(self, interval: Interval) -> list[DayFile]:
        """Return the files of an interval's dates, by date and path."""
        return sorted((file for file in self.files if file.day in interval), key=lambda file: (file.day, file.path))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that holds rows of a date.

    - `path` is relative to the table where the file lies below it.
    - `size` is in bytes, and `modified` in milliseconds since the epoch.
    - `rows` is the number of rows without the deleted ones, None where the table's log does not hold it.
    - `vector` is a digest of the deleted rows (Delta's deletion vector), empty where no row is deleted.
    """

    path: str
    size: int
    modified: int
    rows: int | None = None
    vector: str = ""


@dataclass(frozen=True, slots=True)
class DayContent:
    """The rows of one date, identified by their files, or by a digest of the rows where files hold several dates."""

    rows: int
    files: tuple[SourceFile, ...] = ()
    rows_digest: str = ""

    @property
    def digest(self) -> str:
        """A digest of 32 characters; equal digests mean equal rows.

        >>> DayContent(2, (SourceFile("a", 9, 1, 2),)).digest == DayContent(2, (SourceFile("a", 9, 2, 2),)).digest
        False
        """
        files = [[file.path, file.size, file.modified, file.rows, file.vector] for file in self.files]
        text = json.dumps([self.rows, self.rows_digest, files])
        return hashlib.sha256(text.encode()).hexdigest()[:32]
