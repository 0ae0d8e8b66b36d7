"""The layout of a CSV file: its columns, in its own order, and which of them a table keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.csv_records import Shape


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """The shape of a file's records, and the position in a record of each column that is kept, in the table's order."""

    shape: Shape
    positions: tuple[int, ...]

    @property
    def keeps_all(self) -> bool:
        """True where the columns of the file are those that are kept, in the same order."""
        return self.positions == tuple(range(len(self.shape.names)))

    def kept(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Return those of a record's fields that are kept, in the table's order; a refused record has no fields."""
        return tuple(fields[position] for position in self.positions) if fields else ()
