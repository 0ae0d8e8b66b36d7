"""One version of a table of the lake: its schema and its files by date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.interval import Interval


@dataclass(frozen=True, slots=True)
class DayFile:
    """One data file: its path below the table, and the date of its partition."""

    path: str
    day: date


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a plain table that is partitioned by one date: each row stands in exactly one of `files`, under a
    folder `partition=date`. `schema` is JSON, as Delta and Spark write it; `writable` is false where rows must obey
    rules of the table's own."""

    version: int
    schema: str
    partition: str
    files: tuple[DayFile, ...]
    writable: bool

    def within(self, interval: Interval) -> list[DayFile]:
        """The files of an interval's dates, in order."""
        return sorted((file for file in self.files if file.day in interval), key=lambda file: (file.day, file.path))
