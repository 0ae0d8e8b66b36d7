"""One version of a table of the lake: its schema and its files by date."""

from __future__ import annotations

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
