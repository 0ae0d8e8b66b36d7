"""A source that is read where it lies: files by date, or a Delta table."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from assay.core.proposals.dates import DateForm

_WIDENING = ("int", "long", "double")
_SPARK_FORMS = {"Y": "yyyy", "m": "MM", "d": "dd", "b": "MMM"}
DELTA = "delta"


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """A source that is read where it lies, so that nothing of it is copied.

    - `format` is that of its files, or `delta`.
    - `folder` is the name of the folder of the files below `landing`, or the path of the table.
    - `landing` is the folder above that of the files; None for a table, whose path is absolute.
    - `date` is the column or the SQL of a table's date; None for files.
    - `header` has the source's own names of all columns, in its order.
    - `partition_source` is the source's column of the date, None where the tables do not keep one.
    """

    format: str
    folder: str
    landing: str | None
    date: str | None
    header: tuple[str, ...]
    partition_source: str | None
    encoding: str = "utf-8"

    @property
    def is_table(self) -> bool:
        """Return whether the source is a table that other jobs fill."""
        return self.format == DELTA

    @property
    def is_typed(self) -> bool:
        """Return whether the values have types, so that no text means a missing value."""
        return self.format not in ("csv", "jsonl")

    @property
    def shown(self) -> str:
        """The path of the folder or the table."""
        return self.folder if self.landing is None else f"{self.landing.rstrip('/')}/{self.folder}"

    def left_out(self, kept: Collection[str]) -> tuple[str, ...]:
        """Return the columns of the source that a table with the columns `kept` does not have."""
        return tuple(name for name in self.header if name not in kept)


def merged_types(types: Sequence[Mapping[str, str | None]]) -> dict[str, str | None]:
    """Return the type of each column over all files: of two kinds of numbers the wider one, of other pairs None.

    >>> merged_types([{"a": "int", "b": "date"}, {"a": "long", "b": "string"}])
    {'a': 'long', 'b': None}
    """
    merged: dict[str, str | None] = {}
    for one in types:
        for name, kind in one.items():
            merged[name] = _wider(merged[name], kind) if name in merged else kind
    return merged


def date_sql(column: str, kind: str, form: DateForm) -> str:
    """Return the SQL of a table's date: the column itself where it has dates or ISO dates, else a conversion.

    >>> date_sql("day", "date", DateForm.ISO), date_sql("day", "string", DateForm.SLASHED)
    ('day', "to_date(`day`, 'yyyy/MM/dd')")
    """
    quoted = f"`{column.replace('`', '``')}`"
    if form is DateForm.ISO:
        return f"to_date({quoted})" if kind == "timestamp" else column
    pattern = re.sub(r"%(\w)", lambda match: _SPARK_FORMS[match[1]], form.value)
    text = quoted if kind == "string" else f"CAST({quoted} AS STRING)"
    return f"to_date({text}, '{pattern}')"


def _wider(one: str | None, other: str | None) -> str | None:
    if one == other:
        return one
    if one in _WIDENING and other in _WIDENING:
        return _WIDENING[max(_WIDENING.index(one), _WIDENING.index(other))]
    return None
