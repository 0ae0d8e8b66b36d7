"""Landed files as one frame: every line typed, or tagged with the reason why it could not be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.core.csv_records import Refusal
from assay.errors import InfrastructureError, InputError
from assay.spark.cleaning.csv_fields import CORRUPT, field_text, in_range, in_zone, split_line, typed
from assay.spark.cleaning.fast_csv import NATIVE, is_plain, read_plain
from assay.spark.cleaning.multiline_records import read_records
from assay.spark.expressions import column, without_globs

if TYPE_CHECKING:
    from assay.spark.cleaning.multiline_records import ByRecord
    from assay.spec.schema.table import ColumnSchema, TableSchema

REASON = "_assay_reason"
"""Why a row is refused: null for a good row, `quarantine:<what>` or `drop:<rule>` otherwise."""

RAW = "_assay_raw"
"""The record as it was in the file."""

FILE = "_assay_file"
"""The file that a row came from."""

UNREAD = "_assay_unread"
"""The fields of a row whose text is not of its column's type: column -> text; null where all are."""

INTERNAL = (REASON, RAW, FILE, UNREAD)
QUARANTINE = "quarantine:"
DROP = "drop:"
TYPE = "type:"
"""The reason, before the column's name, of a row with a text that is not of its column's type."""

CLOCK_CHANGE = "clock_change:"
"""The reason, before the column's name, of a row with a local time that the clocks skipped or showed twice."""

_DAY = "_assay_day"
_TEXT = "_assay_text_"
_PARSED = "_assay_parsed_"
_READ = "_assay_read"
_PLAIN = "_assay_plain"
_FIELDS = "_assay_fields"
_NOT_IN_A_LINE = "\x01"
_MAX_FILES_IN_PLAN = 64


def read_landed(
    spark: SparkSession,
    files: Mapping[str, date],
    schema: TableSchema,
    partition: str,
    *,
    zone: str,
    by_record: ByRecord | None = None,
) -> DataFrame:
    """One row per record of the files: the schema's columns, the partition column, and the `INTERNAL` ones.

    `files` maps each file's absolute path to the date that its place in the landing names; any number of days is one
    frame. The first line of a file is its header, which was compared with the schema for the manifest. Blank lines are
    no rows. The partition column always holds the date of the file. A row with another date in that column is tagged.

    A timestamp without a zone is a local time of `zone`. Spark takes each line for a record, except in the files of
    `by_record`.
    """
    own = schema.column(partition)
    if own is not None and own.type not in ("date", "string"):
        raise InputError(
            f"the partition column '{partition}' is a {own.type} in its schema",
            code="bad-partition",
            hint="make it a date: a partition is a local date, and an instant has none without a time zone",
        )
    apart = {path: day for path, day in files.items() if by_record is not None and path in by_record.paths}
    texts = _split_lines(_lines(spark, {path: day for path, day in files.items() if path not in apart}), schema)
    if by_record is not None and apart:
        record_texts = _split_records(read_records(spark, apart, by_record.lines, schema.shape), texts, schema)
        texts = texts.union(record_texts) if len(apart) < len(files) else record_texts
    return (
        _values(texts, schema, zone)
        .withColumn(UNREAD, _unread(schema))
        .select(
            *_table_columns(schema, partition),
            _reason(schema, partition).alias(REASON),
            RAW,
            FILE,
            UNREAD,
        )
    )


def table_columns(schema: TableSchema, partition: str) -> list[str]:
    """The columns of a clean table in order: the schema's, and the partition last where the schema has it not."""
    names = list(schema.names)
    return names if partition in names else [*names, partition]


def _column(name: str) -> Column:
    return column(name)


def _table_columns(schema: TableSchema, partition: str) -> list[Column]:
    return [
        (F.col(_DAY) if name == partition else _column(name)).alias(name) for name in table_columns(schema, partition)
    ]


def _lines(spark: SparkSession, files: Mapping[str, date]) -> DataFrame:
    """The data lines with their file and its date.

    Only the CSV source can leave out each file's first line, so it reads the lines. Its delimiter is a character that
    no line has, so that each line comes whole. A line that has the character after all is in the corrupt record.
    """
    if not files:
        return spark.createDataFrame([], f"{RAW} string, {FILE} string, {_DAY} date")
    reader = spark.read.schema(f"line string, {CORRUPT} string").options(
        header="true",
        sep=_NOT_IN_A_LINE,
        quote="",
        escape="",
        mode="PERMISSIVE",
        nullValue=_NOT_IN_A_LINE * 2,
        columnNameOfCorruptRecord=CORRUPT,
        maxCharsPerColumn="-1",
    )
    text = reader.csv([without_globs(path) for path in sorted(files)])
    named = text.select(F.coalesce(CORRUPT, "line").alias(RAW), F.col("_metadata.file_path").alias("_assay_uri"))
    places = _places(text.inputFiles(), files)
    if len(places) > _MAX_FILES_IN_PLAN:
        rows = spark.createDataFrame(places, f"_assay_uri string, {FILE} string, {_DAY} date")
        return named.join(F.broadcast(rows), "_assay_uri").select(RAW, FILE, _DAY)
    # A literal map is searched one by one, but spares the job that a join would start with.
    path = F.create_map(*[F.lit(text) for uri, path, _ in places for text in (uri, path)])
    day = F.create_map(*[F.lit(value) for uri, _, day in places for value in (uri, day)])
    return named.select(RAW, path[F.col("_assay_uri")].alias(FILE), day[F.col("_assay_uri")].alias(_DAY))


def _places(uris: list[str], files: Mapping[str, date]) -> list[tuple[str, str, date]]:
    """Spark's own spelling of each file's address, next to our path and its date."""
    landed_by_path = {urlsplit(path).path if "://" in path else path: (path, day) for path, day in files.items()}
    places = []
    for uri in uris:
        path = unquote(urlsplit(uri).path)
        if path not in landed_by_path:
            raise InfrastructureError(
                f"Spark reads '{path}', which is not among the landed files", code="unknown-file", hint="land it again"
            )
        # _metadata.file_path writes file:/x for what inputFiles writes file:///x.
        places.append((re.sub(r"^file:/+", "file:/", uri), *landed_by_path[path]))
    missing = set(files) - {path for _, path, _ in places}
    if missing:
        raise InfrastructureError(
            f"'{min(missing)}' was landed, but cannot be found", code="missing-file", hint="land the day again"
        )
    return places


def _split_lines(lines: DataFrame, schema: TableSchema) -> DataFrame:
    """The lines with the text of each field that is read by our rules, and `CORRUPT`, the reason why they have none.

    Spark's own parser reads the plain lines; only the others pay for the slower rules.
    """
    read = lines.select("*", read_plain(F.col(RAW), schema).alias(_READ))
    classified = read.select("*", is_plain(F.col(RAW), F.col(_READ), schema).alias(_PLAIN))
    fields = classified.select("*", F.when(~F.col(_PLAIN), split_line(F.col(RAW), schema)).alias(_FIELDS))
    malformed = F.when(F.col(_FIELDS)[CORRUPT].isNotNull() | _is_header(schema), str(Refusal.MALFORMED))
    texts = [_field(c, schema).alias(_TEXT + c.name) for c in schema.columns]
    return fields.select(*lines.columns, _READ, _PLAIN, malformed.alias(CORRUPT), *texts)


def _split_records(records: DataFrame, like: DataFrame, schema: TableSchema) -> DataFrame:
    """The rows that `_split_lines` would give, with the columns of `like`, for records that are split already.

    None of the records counts as plain.
    """
    fields = F.col("fields")
    texts = [field_text(F.get(fields, n), schema.nulls).alias(_TEXT + c.name) for n, c in enumerate(schema.columns)]
    return records.select(
        F.col("raw").alias(RAW),
        F.col("file").alias(FILE),
        F.col("day").alias(_DAY),
        F.lit(None).cast(like.schema[_READ].dataType).alias(_READ),
        F.lit(False).alias(_PLAIN),
        F.col("refusal").alias(CORRUPT),
        *texts,
    )


def _values(split: DataFrame, schema: TableSchema, zone: str) -> DataFrame:
    """The split records with each column's value."""
    instants = [column for column in schema.columns if column.type == "timestamp"]
    parsed = split.select("*", *[typed(_text(c), c).alias(_PARSED + c.name) for c in instants]) if instants else split
    return parsed.select("*", *[_value(c, zone).alias(c.name) for c in schema.columns])


def _field(column: ColumnSchema, schema: TableSchema) -> Column:
    """The text that a value is made of: none where Spark has made it already."""
    split_text = F.col(_FIELDS)[column.name]
    text = field_text(F.when(F.col(_PLAIN), F.col(_READ)[column.name]).otherwise(split_text), schema.nulls)
    return F.when(~F.col(_PLAIN), field_text(split_text, schema.nulls)) if column.type in NATIVE else text


def _value(column: ColumnSchema, zone: str) -> Column:
    if column.type == "timestamp":
        return in_zone(_column(_PARSED + column.name), _text(column), column, zone)
    typed_text = typed(_text(column), column)
    if column.type not in NATIVE:
        return typed_text
    return F.when(F.col(_PLAIN), F.col(_READ)[column.name]).otherwise(typed_text)


def _is_header(schema: TableSchema) -> Column:
    """True for a header in the middle of a file, as gluing two files together leaves it."""
    return F.col(RAW) == schema.delimiter.join(schema.names)


def _unread(schema: TableSchema) -> Column:
    """The map of the fields that do not parse; no text fails to be a string, so those are left out."""
    failing = [c for c in schema.columns if c.type != "string"]
    if not failing:
        return F.lit(None).cast("map<string,string>")
    # Of a plain line's own types there is no text.
    broken = [_text(c).isNotNull() & _column(c.name).isNull() for c in failing]
    entries = F.array(*[F.when(b, _entry(c)) for b, c in zip(broken, failing, strict=True)])
    return F.when(F.col(CORRUPT).isNull() & reduce(or_, broken), F.map_from_entries(F.array_compact(entries)))


def _entry(column: ColumnSchema) -> Column:
    return F.struct(F.lit(column.name).alias("key"), _text(column).alias("value"))


def _text(column: ColumnSchema) -> Column:
    """The field's text, which is kept beside the value that it was read as."""
    return _column(_TEXT + column.name)


def _reason(schema: TableSchema, partition: str) -> Column:
    """The first of: not the right number of fields, the first column that is not of its type, not this date."""
    first = F.map_keys(UNREAD).getItem(0)
    reasons = [
        F.concat(F.lit(QUARANTINE), F.col(CORRUPT)),
        F.when(F.col(UNREAD).isNotNull(), F.concat(F.lit(QUARANTINE), _kind(schema, first), first)),
    ]
    own = schema.column(partition)
    if own is not None:
        day = F.date_format(_DAY, "yyyy-MM-dd") if own.type == "string" else F.col(_DAY)
        reasons.append(F.when(~_column(partition).eqNullSafe(day), f"{QUARANTINE}wrong_partition"))
    return F.coalesce(*reasons)


def _kind(schema: TableSchema, first: Column) -> Column:
    """The kind of refusal of the first unread column: its text is not of the type, or the clocks changed.

    A text of a timestamp column may be a valid local time that belongs to no instant, or to two.
    """
    instants = [c.name for c in schema.columns if c.type == "timestamp"]
    changed = [(first == name) & F.coalesce(in_range(_column(_PARSED + name)), F.lit(False)) for name in instants]
    return F.when(reduce(or_, changed), CLOCK_CHANGE).otherwise(TYPE) if changed else F.lit(TYPE)
