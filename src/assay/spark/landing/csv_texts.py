"""CSV files as a frame: the text of each field of every record, or the reason why a record has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.core.csv_records import Refusal
from assay.spark.expressions import without_globs
from assay.spark.landing.csv_fields import CORRUPT, field_text, split_line
from assay.spark.landing.fast_csv import NATIVE, is_plain, read_plain
from assay.spark.landing.file_places import file_uri, with_places
from assay.spark.landing.multiline_records import read_records
from assay.spark.landing.row_columns import DAY, FILE, PLAIN, RAW, READ, TEXT
from assay.spec.schema.encodings import spark_name

if TYPE_CHECKING:
    from assay.core.landing.csv_layout import CsvLayout
    from assay.spark.landing.multiline_records import ByRecord
    from assay.spec.schema.table import ColumnSchema, TableSchema

_FIELDS = "_assay_fields"
_NOT_IN_A_LINE = "\x01"


def csv_texts(
    spark: SparkSession,
    files: Mapping[str, date],
    schema: TableSchema,
    by_record: ByRecord | None,
    headers: Mapping[str, Sequence[str]],
) -> Iterator[DataFrame]:
    """The split records of CSV files: a frame for each layout, and one for the files that Python workers read."""
    layouts = {path: schema.layout(headers.get(path, ())) for path in files}
    apart = {path: day for path, day in files.items() if by_record is not None and path in by_record.paths}
    by_line = {path: day for path, day in files.items() if path not in apart}
    for layout in dict.fromkeys([layouts[path] for path in sorted(by_line)] if files else [schema.layout()]):
        alike = {path: day for path, day in by_line.items() if layouts[path] == layout}
        yield _split_lines(_lines(spark, alike, schema), schema, layout)
    if by_record is not None and apart:
        yield split_records(read_records(spark, apart, by_record.lines, layouts), schema)


def _lines(spark: SparkSession, files: Mapping[str, date], schema: TableSchema) -> DataFrame:
    """The data lines with their file and its date.

    Only the CSV source can leave out each file's first line, so it reads the lines. Its delimiter is a character that
    no line has, so that each line comes whole. A line that has the character after all is in the corrupt record.
    """
    if not files:
        return spark.createDataFrame([], f"{RAW} string, {FILE} string, {DAY} date")
    reader = spark.read.schema(f"line string, {CORRUPT} string").options(
        header="true",
        sep=_NOT_IN_A_LINE,
        quote="",
        escape="",
        mode="PERMISSIVE",
        nullValue=_NOT_IN_A_LINE * 2,
        columnNameOfCorruptRecord=CORRUPT,
        maxCharsPerColumn="-1",
        encoding=spark_name(schema.encoding) or "UTF-8",
    )
    text = reader.csv([without_globs(path) for path in sorted(files)])
    named = text.select(F.coalesce(CORRUPT, "line").alias(RAW), file_uri())
    return with_places(named, text, files, FILE, DAY)


def _split_lines(lines: DataFrame, schema: TableSchema, layout: CsvLayout) -> DataFrame:
    """The lines with the text of each field that is read by our rules, and `CORRUPT`, the reason why they have none.

    Spark's own parser reads the plain lines; only the others pay for the slower rules.
    """
    read = lines.select("*", read_plain(F.col(RAW), schema, layout).alias(READ))
    classified = read.select("*", is_plain(F.col(RAW), F.col(READ), schema).alias(PLAIN))
    fields = classified.select("*", F.when(~F.col(PLAIN), split_line(F.col(RAW), schema, layout)).alias(_FIELDS))
    malformed = F.when(F.col(_FIELDS)[CORRUPT].isNotNull() | _is_header(layout), str(Refusal.MALFORMED))
    texts = [_field(c, schema).alias(TEXT + c.name) for c in schema.source_columns]
    read_kept = READ if layout.keeps_all else _kept_of(F.col(READ), schema).alias(READ)
    return fields.select(*lines.columns, read_kept, PLAIN, malformed.alias(CORRUPT), *texts)


def _kept_of(read: Column, schema: TableSchema) -> Column:
    """The result of `read_plain` without the fields that are left out, in the schema's order."""
    return F.struct(*[read[c.name].alias(c.name) for c in schema.source_columns], read[CORRUPT].alias(CORRUPT))


def split_records(records: DataFrame, schema: TableSchema, *, nulls_are_read: bool = False) -> DataFrame:
    """The rows that `csv_texts` would give, for records that are split already; none of them counts as plain.

    With `nulls_are_read` a text that means a missing value is null already.
    """
    like = _split_lines(_lines(records.sparkSession, {}, schema), schema, schema.layout())
    columns = schema.source_columns
    fields = [F.get("fields", F.lit(number)) for number, _ in enumerate(columns)]
    if not nulls_are_read:
        fields = [field_text(field, schema.nulls) for field in fields]
    texts = [text.alias(TEXT + c.name) for text, c in zip(fields, columns, strict=True)]
    return records.select(
        F.col("raw").alias(RAW),
        F.col("file").alias(FILE),
        F.col("day").alias(DAY),
        F.lit(None).cast(like.schema[READ].dataType).alias(READ),
        F.lit(False).alias(PLAIN),
        F.col("refusal").alias(CORRUPT),
        *texts,
    )


def _field(column: ColumnSchema, schema: TableSchema) -> Column:
    """The text that a value is made of: none where Spark has made it already."""
    split_text = F.col(_FIELDS)[column.name]
    text = field_text(F.when(F.col(PLAIN), F.col(READ)[column.name]).otherwise(split_text), schema.nulls)
    return F.when(~F.col(PLAIN), field_text(split_text, schema.nulls)) if column.type in NATIVE else text


def _is_header(layout: CsvLayout) -> Column:
    """True for a header in the middle of a file, as gluing two files together leaves it."""
    return F.col(RAW) == layout.shape.delimiter.join(layout.shape.names)
