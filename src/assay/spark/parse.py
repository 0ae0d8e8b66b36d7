"""From the text of a field to a typed value: what does not parse is told, never nulled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import Column
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from assay.spec.schema import ColumnSchema, TableSchema

SPARK_TYPES = {
    "string": "string",
    "int": "int",
    "long": "bigint",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
"""The schema's words for a type, and Spark's."""

CORRUPT = "_assay_corrupt"

# Java also reads '12D', '0x1p3' and, as an infinity, '1e999': none of them is what a source meant by a number.
_DOUBLE = r"(?i)^\s*[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|nan|inf|infinity)\s*$"
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
_ISO_INSTANT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)? ?(Z|z|[+-]\d{2}(:?\d{2})?)?$"
_NO_SECONDS = r"^(.{10}[T ]\d{2}:\d{2})(?!:)"
_NO_ZONE = r"^(.{10}[T ][^Zz+-]+?)$"
_NO_TOKEN = "\x00\x00"


def split_line(raw: Column, schema: TableSchema) -> Column:
    """A struct of one text per column of the schema, and `CORRUPT`: not null where the line has more or fewer fields.

    An empty field comes back as null, a quoted empty one as an empty text.
    """
    names = [f"{quoted(column.name)} string" for column in schema.columns]
    options = parser_options(schema) | {"nullValue": _NO_TOKEN}
    return F.from_csv(raw, ", ".join([*names, f"{CORRUPT} string"]), options)


def parser_options(schema: TableSchema) -> dict[str, str]:
    """How Spark's CSV parser takes a line apart; quotes within quotes are doubled."""
    return {
        "sep": schema.delimiter,
        "quote": '"',
        "escape": '"',
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": CORRUPT,
        "maxCharsPerColumn": "-1",
    }


def field_text(field: Column, nulls: Sequence[str]) -> Column:
    """The text of a field, null where it is one of the schema's tokens for a missing value and nowhere else."""
    text = F.coalesce(field, F.lit(""))
    return F.when(~text.isin(list(nulls)), text) if nulls else text


def typed(text: Column, column: ColumnSchema) -> Column:
    """The value that a text stands for, null where it stands for none of that type; no text ends the job.

    The session's time zone has no part in it: a timestamp without a zone is UTC.
    """
    match column.type:
        case "string":
            return text
        case "double":
            return _double(text)
        case "date":
            return _date(text, column.format)
        case "timestamp":
            return _instant(text, column.format)
        case _:
            return text.try_cast(SPARK_TYPES[column.type])


def quoted(name: str) -> str:
    """A column's name as SQL takes it, whatever characters it has."""
    return "`" + name.replace("`", "``") + "`"


def _double(text: Column) -> Column:
    value = text.try_cast("double")
    overflowed = (F.abs(value) == F.lit(float("inf"))) & ~F.lower(text).contains("inf")
    return F.when(text.rlike(_DOUBLE) & ~overflowed, value)


def _date(text: Column, pattern: str | None) -> Column:
    if pattern is not None:
        return F.try_to_date(text, pattern)
    # A plain cast would take '2013' for the first of January.
    return F.when(text.rlike(_ISO_DATE), text.try_cast("date"))


def _instant(text: Column, pattern: str | None) -> Column:
    if pattern is not None:
        zoned = any(letter in _unquoted(pattern) for letter in "VzOXxZ")
        if zoned:
            return F.try_to_timestamp(text, F.lit(pattern))
        # Naming the zone in the text is the one way in which the session's own cannot matter.
        return F.try_to_timestamp(F.concat(text, F.lit(" +00:00")), F.lit(pattern + " xxx"))
    with_seconds = F.regexp_replace(text, _NO_SECONDS, "$1:00")
    with_zone = F.regexp_replace(with_seconds, _NO_ZONE, "$1Z")
    return F.when(text.rlike(_ISO_INSTANT), with_zone.try_cast("timestamp"))


def _unquoted(pattern: str) -> str:
    """The letters of a pattern that mean something: those outside of its quotes."""
    return "".join(pattern.split("'")[::2])
