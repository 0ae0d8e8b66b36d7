"""Landed files as one frame: every record typed, or tagged with the reason why it could not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.core.landing.file_format import FileFormat, format_of
from assay.core.landing.json_records import JsonShape
from assay.errors import InputError
from assay.spark.expressions import column as column_named
from assay.spark.landing.columnar_rows import LOCAL as COLUMNAR_LOCAL
from assay.spark.landing.columnar_rows import TEXT as COLUMNAR_TEXT
from assay.spark.landing.columnar_rows import VALUE as COLUMNAR_VALUE
from assay.spark.landing.columnar_rows import read_columnar
from assay.spark.landing.csv_fields import CORRUPT, in_range, in_zone, local_instant, typed
from assay.spark.landing.csv_texts import csv_texts, split_records
from assay.spark.landing.fast_csv import NATIVE
from assay.spark.landing.json_rows import read_json_lines
from assay.spark.landing.row_columns import (
    CLOCK_CHANGE,
    DAY,
    FILE,
    PLAIN,
    QUARANTINE,
    RAW,
    READ,
    REASON,
    TEXT,
    TYPE,
    UNREAD,
)

if TYPE_CHECKING:
    from assay.spark.landing.multiline_records import ByRecord
    from assay.spec.schema.table import ColumnSchema, TableSchema

_PARSED = "_assay_parsed_"

NO_HEADERS: Mapping[str, Sequence[str]] = MappingProxyType({})
"""The headers of files that all have exactly the columns of the schema."""


def read_landed(
    spark: SparkSession,
    files: Mapping[str, date],
    schema: TableSchema,
    partition: str,
    *,
    zone: str,
    by_record: ByRecord | None = None,
    headers: Mapping[str, Sequence[str]] = NO_HEADERS,
) -> DataFrame:
    """One row per record of the files: the columns of the source, the partition column, and the `INTERNAL` ones.

    `files` maps each file's absolute path to the date that its place in the landing names; any number of days is one
    frame. The first line of a file is its header, which was compared with the schema for the manifest. Blank lines are
    no rows. The partition column always holds the date of the file. A row with another date in that column is tagged.

    A timestamp without a zone is a local time of its column's time zone, or else of `zone`. Spark takes each line for a
    record, except in the files of `by_record`. `headers` has the columns of the files that do not have exactly those of
    the schema.
    """
    check_partition_type(schema, partition)
    file_format = next(map(format_of, files), FileFormat.CSV)
    if file_format is FileFormat.CSV:
        values = _values(reduce(DataFrame.union, csv_texts(spark, files, schema, by_record, headers)), schema, zone)
    elif file_format is FileFormat.JSONL:
        values = _values(_json_texts(spark, files, schema, by_record), schema, zone)
    else:
        types = {} if by_record is None else by_record.types
        values = _columnar_values(read_columnar(spark, files, types, file_format, schema), schema, zone)
    return _with_reasons(values, schema, partition)


def read_split(
    records: DataFrame, schema: TableSchema, partition: str, *, zone: str, nulls_are_read: bool
) -> DataFrame:
    """The rows that `read_landed` would give, for records that are split already, as `split_records` takes them."""
    values = _values(split_records(records, schema, nulls_are_read=nulls_are_read), schema, zone)
    return _with_reasons(values, schema, partition)


def _with_reasons(values: DataFrame, schema: TableSchema, partition: str) -> DataFrame:
    return values.withColumn(UNREAD, _unread(schema)).select(
        *source_columns(schema, partition), _reason(schema, partition).alias(REASON), RAW, FILE, UNREAD
    )


def check_partition_type(schema: TableSchema, partition: str) -> None:
    """Raise InputError where the schema's partition column can hold no date."""
    own = schema.column(partition)
    if own is not None and own.type not in ("date", "string"):
        raise InputError(
            f"the partition column '{partition}' is a {own.type} in its schema",
            code="bad-partition",
            hint="make it a date: a partition is a local date, and an instant has none without a time zone",
        )


def table_columns(schema: TableSchema, partition: str) -> list[str]:
    """The columns of a clean table in order: the schema's, and the partition last where the schema has it not."""
    names = list(schema.names)
    return names if partition in names else [*names, partition]


def source_columns(schema: TableSchema, partition: str) -> list[Column]:
    """The columns of a clean table without the computed ones; the partition is the date of a row's place, `DAY`."""
    computed = {column.name for column in schema.computed_columns}
    names = [name for name in table_columns(schema, partition) if name not in computed]
    return [(F.col(DAY) if name == partition else column_named(name)).alias(name) for name in names]


def _json_texts(
    spark: SparkSession, files: Mapping[str, date], schema: TableSchema, by_record: ByRecord | None
) -> DataFrame:
    """The records of files of JSON lines. Their texts for a missing value are null already."""
    shape = JsonShape(schema.header, tuple(c.name for c in schema.source_columns), frozenset(schema.nulls))
    whole, lines = (frozenset[str](), None) if by_record is None else (by_record.paths, by_record.lines)
    records = read_json_lines(spark, files, whole, lines, shape, TYPE)
    return split_records(records, schema, nulls_are_read=True)


def _columnar_values(rows: DataFrame, schema: TableSchema, zone: str) -> DataFrame:
    """The rows of Parquet and ORC files, under the names that the values of split records have."""
    values, texts, parsed, refusals = [], [], [], [F.lit(None).cast("string")]
    for number, one in enumerate(schema.source_columns):
        value, text, name = F.col(f"{COLUMNAR_VALUE}{number}"), F.col(f"{COLUMNAR_TEXT}{number}"), one.name
        texts.append(text.alias(TEXT + name))
        if one.type == "timestamp":
            parsed.append(value.alias(_PARSED + name))
            own_zone = one.timezone or zone
            local = value if own_zone == "UTC" else local_instant(value, own_zone)
            instant = F.when(F.col(f"{COLUMNAR_LOCAL}{number}"), local).otherwise(value)
            value = F.when(in_range(instant), instant)
        elif one.type == "string":
            refusals.append(F.when(text.isNotNull() & value.isNull(), f"{TYPE}{name}"))
        values.append(value.alias(name))
    internal = [F.col("raw").alias(RAW), F.col("file").alias(FILE), F.col("day").alias(DAY)]
    return rows.select(*internal, F.coalesce(*refusals).alias(CORRUPT), *texts, *parsed, *values)


def _values(split: DataFrame, schema: TableSchema, zone: str) -> DataFrame:
    """The split records with each column's value."""
    instants = [column for column in schema.source_columns if column.type == "timestamp"]
    parsed = split.select("*", *[typed(_text(c), c).alias(_PARSED + c.name) for c in instants]) if instants else split
    return parsed.select("*", *[_value(c, c.timezone or zone).alias(c.name) for c in schema.source_columns])


def _value(column: ColumnSchema, zone: str) -> Column:
    if column.type == "timestamp":
        return in_zone(column_named(_PARSED + column.name), _text(column), column, zone)
    typed_text = typed(_text(column), column)
    if column.type not in NATIVE:
        return typed_text
    return F.when(F.col(PLAIN), F.col(READ)[column.name]).otherwise(typed_text)


def _unread(schema: TableSchema) -> Column:
    """The map of the fields that do not parse; no text fails to be a string, so those are left out."""
    failing = [c for c in schema.source_columns if c.type != "string"]
    if not failing:
        return F.lit(None).cast("map<string,string>")
    # Of a plain line's own types there is no text.
    broken = [_text(c).isNotNull() & column_named(c.name).isNull() for c in failing]
    entries = F.array(*[F.when(b, _entry(c)) for b, c in zip(broken, failing, strict=True)])
    return F.when(F.col(CORRUPT).isNull() & reduce(or_, broken), F.map_from_entries(F.array_compact(entries)))


def _entry(column: ColumnSchema) -> Column:
    return F.struct(F.lit(column.name).alias("key"), _text(column).alias("value"))


def _text(column: ColumnSchema) -> Column:
    """The field's text, which is kept beside the value that it was read as."""
    return column_named(TEXT + column.name)


def _reason(schema: TableSchema, partition: str) -> Column:
    """The first of: not the right number of fields, the first column that is not of its type, not this date."""
    first = F.map_keys(UNREAD).getItem(0)
    reasons = [
        F.concat(F.lit(QUARANTINE), F.col(CORRUPT)),
        F.when(F.col(UNREAD).isNotNull(), F.concat(F.lit(QUARANTINE), _kind(schema, first), first)),
    ]
    own = schema.column(partition)
    if own is not None:
        day = F.date_format(DAY, "yyyy-MM-dd") if own.type == "string" else F.col(DAY)
        reasons.append(F.when(~column_named(partition).eqNullSafe(day), f"{QUARANTINE}wrong_partition"))
    return F.coalesce(*reasons)


def _kind(schema: TableSchema, first: Column) -> Column:
    """The kind of refusal of the first unread column: its text is not of the type, or the clocks changed.

    A text of a timestamp column may be a valid local time that belongs to no instant, or to two.
    """
    instants = [c.name for c in schema.source_columns if c.type == "timestamp"]
    changed = [(first == name) & F.coalesce(in_range(column_named(_PARSED + name)), F.lit(False)) for name in instants]
    return F.when(reduce(or_, changed), CLOCK_CHANGE).otherwise(TYPE) if changed else F.lit(TYPE)
