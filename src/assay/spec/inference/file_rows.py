"""The rows of one file of a source that has no schema yet, as texts, with what the file shows of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from assay.core.landing.file_format import FileFormat
from assay.core.proposals.dated_rows import Row


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The rows of one file as texts, and its date where its path names one.

    `types` has the schema's type of each column whose type the source declares, and None for one that no schema holds.
    """

    path: Path
    header: tuple[str, ...]
    rows: Sequence[Row]
    delimiter: str = ","
    day: date | None = None
    format: FileFormat | None = FileFormat.CSV
    encoding: str = "utf-8"
    types: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def unusable(self) -> tuple[str, ...]:
        """The columns that no schema holds."""
        return tuple(name for name in self.header if self.types.get(name, "string") is None)


def texts_of(values: Sequence[Any]) -> Iterator[str]:
    """Return each typed value as a CSV file would have it; None and NaN are empty, instants are in UTC."""
    for value in values:
        if value is None or value != value:
            yield ""
        elif isinstance(value, bool):
            yield str(value).lower()
        elif isinstance(value, datetime):
            yield (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()
        else:
            yield str(value)


def schema_type(kind: Any) -> str | None:
    """Return the type of a schema for values of an Arrow type, None where no type of a schema holds them."""
    import pyarrow.types as pt

    if pt.is_dictionary(kind):
        return schema_type(kind.value_type)
    if pt.is_int64(kind) or pt.is_uint32(kind):
        return "long"
    if pt.is_integer(kind):
        return None if pt.is_uint64(kind) else "int"
    tests = {
        "boolean": pt.is_boolean,
        "double": lambda one: pt.is_floating(one) or pt.is_decimal128(one),
        "date": pt.is_date,
        "timestamp": pt.is_timestamp,
        "string": lambda one: pt.is_string(one) or pt.is_large_string(one) or pt.is_string_view(one),
    }
    return next((name for name, fits in tests.items() if fits(kind)), None)
