"""Rows of a source by date, as texts: what all proposals are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatedRows:
    """The rows of a source by date, in order of the dates; each row has one text per column."""

    columns: tuple[str, ...]
    days: Mapping[date, Sequence[Row]]

    @property
    def dates(self) -> list[date]:
        """The dates with rows, in order."""
        return sorted(day for day, rows in self.days.items() if rows)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(map(len, self.days.values()))

    @property
    def rows_per_day(self) -> float:
        """The median number of rows of a date that has any."""
        return float(median(len(self.days[day]) for day in self.dates))

    def index(self, name: str) -> int:
        """Return the place of a column in each row."""
        return self.columns.index(name)

    def texts(self, name: str, dates: Collection[date] | None = None) -> list[str]:
        """Return the texts of a column on all dates, or on `dates`, in order of the dates."""
        place = self.index(name)
        return [row[place] for day in (sorted(dates) if dates else self.dates) for row in self.days.get(day, ())]

    def renamed(self, names: Sequence[str]) -> DatedRows:
        """Return the same rows with other names for the columns."""
        return DatedRows(tuple(names), self.days)
