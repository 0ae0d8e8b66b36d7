"""Parquet and ORC files as a frame: each value of its written type, and as the schema's type where it is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.core.expectations.sql.literals import quote_name
from assay.core.landing.file_format import FileFormat
from assay.core.landing.physical_type import PhysicalKind, PhysicalType
from assay.spark.expressions import column, without_globs
from assay.spark.landing.file_places import URI, file_uri, with_places

if TYPE_CHECKING:
    from assay.spec.schema.table import ColumnSchema, TableSchema

VALUE, TEXT, LOCAL = "value", "text", "local"
"""Before the number of a column of the schema: its value, the text of what was written, and whether it has no zone."""

_NANOS_AS_NUMBERS = "spark.sql.legacy.parquet.nanosAsLong"
_AS_WRITTEN = "written"
_LAST_DAY = "9999-12-31"
# Not every writer of ORC says by which calendar it counts days before this one, and Spark takes them for Julian.
_FIRST_DAY = {FileFormat.PARQUET: "0001-01-01", FileFormat.ORC: "1582-10-15"}


def read_columnar(
    spark: SparkSession,
    files: Mapping[str, date],
    types: Mapping[str, tuple[PhysicalType, ...]],
    file_format: FileFormat,
    schema: TableSchema,
) -> DataFrame:
    """One row per row of the files: `raw` (the row as JSON), `file`, `day`, and three columns for each of the source.

    For column N of the source:

    - `valueN` is the value in the schema's type, null where the written value is none of this type.
    - `textN` is the text of the written value where `valueN` is null and the written value is not, or may become null.
    - `localN` is true for a timestamp without a zone; `valueN` then shows the local time as if it were UTC.

    `types` has the types of the columns in each file, in the order of `schema.source_columns`.
    """
    by_types: dict[tuple[PhysicalType, ...], dict[str, date]] = {}
    for path, day in files.items():
        by_types.setdefault(types[path], {})[path] = day
    # Spark reads nanoseconds in no other way, and takes this setting from its session alone.
    spark.conf.set(_NANOS_AS_NUMBERS, "true")
    frames = [_alike(spark, alike, kinds, file_format, schema) for kinds, alike in sorted(by_types.items(), key=str)]
    return reduce(DataFrame.union, frames)


def _alike(
    spark: SparkSession,
    files: Mapping[str, date],
    kinds: tuple[PhysicalType, ...],
    file_format: FileFormat,
    schema: TableSchema,
) -> DataFrame:
    """The rows of files whose columns have the same types."""
    columns = schema.source_columns
    written = ", ".join(
        f"{quote_name(one.source_name)} {_spark_type(kind, file_format)}"
        for one, kind in zip(columns, kinds, strict=True)
    )
    reader = spark.read.schema(written).format(file_format.value)
    if file_format is FileFormat.PARQUET:
        # Days before 1582 are those that were written, unless the file says that an old Spark wrote it.
        reader = reader.options(datetimeRebaseMode="CORRECTED", int96RebaseMode="CORRECTED", mergeSchema="false")
    read = reader.load([without_globs(path) for path in sorted(files)])
    picked = read.select(
        *[column(one.source_name).alias(f"{_AS_WRITTEN}{number}") for number, one in enumerate(columns)], file_uri()
    )
    fields = [(number, one, kind) for number, (one, kind) in enumerate(zip(columns, kinds, strict=True))]
    values = picked.select("*", *[_value(*field, file_format).alias(f"{VALUE}{field[0]}") for field in fields])
    named = values.select(
        _row_as_json(columns, kinds).alias("raw"),
        *[F.col(f"{VALUE}{number}") for number, *_ in fields],
        *[_text(*field).alias(f"{TEXT}{field[0]}") for field in fields],
        *[F.lit(kind.is_local).alias(f"{LOCAL}{number}") for number, _, kind in fields],
        URI,
    )
    return with_places(named, read, files, "file", "day")


def _spark_type(kind: PhysicalType, file_format: FileFormat) -> str:
    # In ORC Spark takes its own timestamp_ntz for a whole number, and shows a time without a zone by Java's clock: UTC.
    return "timestamp" if file_format is FileFormat.ORC and kind.is_local else kind.spark


def _value(number: int, schema_column: ColumnSchema, kind: PhysicalType, file_format: FileFormat) -> Column:
    """The written value in the schema's type, null where it is none of it."""
    written = F.col(f"{_AS_WRITTEN}{number}")
    match schema_column.type:
        case "int" | "long":
            return written.try_cast("int" if schema_column.type == "int" else "bigint")
        case "double":
            return _double(written, kind)
        case "string":
            return F.when(F.is_valid_utf8(written), written)
        case "date":
            first, last = (F.lit(day).cast("date") for day in (_FIRST_DAY[file_format], _LAST_DAY))
            return F.when(written.between(first, last), written)
        case "timestamp":
            return _instant(f"{_AS_WRITTEN}{number}", kind, file_format)
        case _:
            return written


def _double(written: Column, kind: PhysicalType) -> Column:
    nearest = written.cast("double")
    if kind.kind in (PhysicalKind.FLOAT, PhysicalKind.DOUBLE):
        return nearest
    # A whole number beyond 2^53, or a decimal of many digits, may have no double that gives it back.
    return F.when(nearest.try_cast(kind.spark) == written, nearest)


def _instant(name: str, kind: PhysicalType, file_format: FileFormat) -> Column:
    """The instant, or a time without a zone as if it were UTC; null for fractions of a microsecond."""
    written = F.col(name)
    if kind.in_nanos:
        return F.when(written % 1000 == 0, F.timestamp_micros(F.expr(f"{name} div 1000")))
    # The session's zone is UTC, in which a time without a zone keeps what its clock shows.
    instant = written.cast("timestamp")
    return F.when(instant >= F.lit(_FIRST_DAY[file_format]).cast("timestamp"), instant)


def _text(number: int, schema_column: ColumnSchema, kind: PhysicalType) -> Column:
    """The text of a written value; for a type of which each value is good there is none."""
    written, value = F.col(f"{_AS_WRITTEN}{number}"), F.col(f"{VALUE}{number}")
    if schema_column.type == "timestamp":
        return _shown(written, kind)
    return F.when(written.isNotNull() & value.isNull(), _shown(written, kind))


def _shown(written: Column, kind: PhysicalType) -> Column:
    if kind.kind is PhysicalKind.STRING:
        return F.make_valid_utf8(written)
    return F.concat(written.cast("string"), F.lit("Z")) if kind.kind is PhysicalKind.INSTANT else written.cast("string")


def _row_as_json(columns: Sequence[ColumnSchema], kinds: tuple[PhysicalType, ...]) -> Column:
    shown = {PhysicalKind.STRING, PhysicalKind.INSTANT, PhysicalKind.LOCAL_TIME, PhysicalKind.DATE}
    values = []
    for number, (one, kind) in enumerate(zip(columns, kinds, strict=True)):
        written = F.col(f"{_AS_WRITTEN}{number}")
        values.append((_shown(written, kind) if kind.kind in shown else written).alias(one.source_name))
    return F.to_json(F.struct(*values), {"ignoreNullFields": "false"})
