"""Turn the text of a field into the value that was written, or into null; never into another value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import Column
from pyspark.sql import functions as F

from assay.core.expectations.sql.literals import quote_name

if TYPE_CHECKING:
    from assay.core.landing.csv_layout import CsvLayout
    from assay.spec.schema.table import ColumnSchema, TableSchema

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

# Spark's casts cut off blanks and control characters at either end; only blanks are allowed around a value.
_WHOLE = r"^[ \t]*[+-]?[0-9]+[ \t]*\z"
_BOOLEAN = r"(?i)^[ \t]*(true|false|t|f|yes|no|y|n|1|0)[ \t]*\z"
# Java also reads '12D', '0x1p3' and, as an infinity, '1e999': no source means a number by them.
_DOUBLE = r"(?i)^[ \t]*[+-]?([0-9]+\.?[0-9]*(e[+-]?[0-9]+)?|\.[0-9]+(e[+-]?[0-9]+)?|nan|inf|infinity)[ \t]*\z"
_NOT_ZERO = r"^[^eE]*[1-9]"
_ISO_DATE = r"^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}\z"
_ZONE = r" ?(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)"
# Spark keeps six digits of a second, and cuts off the others without a warning.
_ISO_INSTANT = (
    rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]{{1,6}}0*)?)?({_ZONE})?\z"
)
_ISO_ZONED = rf"^.{{10}}[T ].*{_ZONE}\z"
_NO_SECONDS = r"^(.{10}[T ]\d{2}:\d{2})(?!:)"
_FRACTION = r"([.][0-9]{6})0+"
_NO_ZONE = r"^(.{10}[T ][^Zz+-]+?)$"
_DAY = 86_400_000_000
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
_NO_TOKEN = "\x00\x00"


def columns_of(schema: TableSchema, layout: CsvLayout) -> list[ColumnSchema | None]:
    """The columns of a file in its order, None for one that is left out."""
    columns: list[ColumnSchema | None] = [None] * len(layout.shape.names)
    for kept, position in zip(schema.source_columns, layout.positions, strict=True):
        columns[position] = kept
    return columns


def field_name(column: ColumnSchema | None, position: int) -> str:
    """The name of a field of a record, quoted for SQL."""
    return f"_assay_left_out_{position}" if column is None else quote_name(column.name)


def split_line(raw: Column, schema: TableSchema, layout: CsvLayout) -> Column:
    """A struct of one text per column of the file, and `CORRUPT`: not null where the line has more or fewer fields.

    An empty field comes back as null, a quoted empty one as an empty text.
    """
    names = [f"{field_name(column, n)} string" for n, column in enumerate(columns_of(schema, layout))]
    options = parser_options(schema) | {"nullValue": _NO_TOKEN}
    return F.from_csv(raw, ", ".join([*names, f"{CORRUPT} string"]), options)


def parser_options(schema: TableSchema) -> dict[str, str]:
    """The options with which Spark's CSV parser splits a line; a quote within quotes is written twice."""
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
    """The value that a text represents, null where it represents none of the column's type; no text ends the job.

    The session's time zone has no effect. A timestamp without a zone is read as if it were UTC; `in_zone` corrects it.
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
        case "boolean":
            return F.when(text.rlike(_BOOLEAN), text.try_cast("boolean"))
        case _:
            return F.when(text.rlike(_WHOLE), text.try_cast(SPARK_TYPES[column.type]))


def in_zone(value: Column, text: Column, column: ColumnSchema, zone: str) -> Column:
    """The instant of a timestamp that `typed` made of `text`: one without a zone is a local time of `zone`.

    The result is null in three cases:

    - The clocks of that zone never showed the time, since they were put forward.
    - The clocks of that zone showed the time twice, since they were put back.
    - The instant is outside of the years 1 to 9999.

    `value` is used many times: pass a column that has been computed.
    """
    pattern = column.format
    if zone == "UTC" or (pattern is not None and _names_a_zone(pattern)):
        instant = value
    elif pattern is not None:
        instant = local_instant(value, zone)
    else:
        instant = F.when(text.rlike(_ISO_ZONED), value).otherwise(local_instant(value, zone))
    return F.when(in_range(instant), instant)


def in_range(instant: Column) -> Column:
    """True where an instant lies in the years that Python and every reader of Parquet know: 1 to 9999 in UTC."""
    return F.unix_micros(instant).between(_FIRST, _LAST)


def _double(text: Column) -> Column:
    value = text.try_cast("double")
    overflowed = (F.abs(value) == F.lit(float("inf"))) & ~F.lower(text).contains("inf")
    underflowed = (value == 0) & text.rlike(_NOT_ZERO)
    return F.when(text.rlike(_DOUBLE) & ~overflowed & ~underflowed, value)


def _date(text: Column, pattern: str | None) -> Column:
    if pattern is not None:
        return F.try_to_date(text, pattern)
    # A plain cast would take '2013' for the first of January.
    return F.when(text.rlike(_ISO_DATE), text.try_cast("date"))


def _instant(text: Column, pattern: str | None) -> Column:
    if pattern is not None:
        if _names_a_zone(pattern):
            return F.try_to_timestamp(text, F.lit(pattern))
        # Only a zone within the text itself keeps the session's own zone from having an effect.
        return F.try_to_timestamp(F.concat(text, F.lit(" +00:00")), F.lit(pattern + " xxx"))
    with_seconds = F.regexp_replace(text, _NO_SECONDS, "$1:00")
    with_zone = F.regexp_replace(F.regexp_replace(with_seconds, _FRACTION, "$1"), _NO_ZONE, "$1Z")
    return F.when(text.rlike(_ISO_INSTANT), with_zone.try_cast("timestamp"))


def local_instant(value: Column, zone: str) -> Column:
    """The one instant at which the clocks of `zone` show what `value` shows in UTC; null if there is none, or two."""
    wall = F.unix_micros(value)
    # The offsets a day before and a day after are those before and after a change that may lie between.
    before, after = (wall - (_clock(around, zone) - around) for around in (wall - _DAY, wall + _DAY))
    shown, again = _clock(before, zone) == wall, _clock(after, zone) == wall
    one = F.when(shown & (~again | (before == after)), before).when(again & ~shown, after)
    return F.timestamp_micros(one)


def _clock(instant: Column, zone: str) -> Column:
    """The local time that the clocks of a zone show at an instant; both in microseconds."""
    return F.unix_micros(F.from_utc_timestamp(F.timestamp_micros(instant), zone))


def _names_a_zone(pattern: str) -> bool:
    """Return whether a text of this pattern holds its zone: by a letter outside of the pattern's quotes."""
    return any(letter in "".join(pattern.split("'")[::2]) for letter in "VzOXxZ")
