"""Landed files of every format, measured and read as a stage does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from assay.spark.cleaning.row_accounting import check_balance, count_landed
from assay.spark.landing.landed_rows import read_landed
from assay.spark.landing.multiline_records import ByRecord
from assay.spec.schema.table import TableSchema
from assay.store.landing.landed_file import ColumnarFile, LandedFile, data_lines, read_landed_file

from .hostile_texts import ZONE

DAY = date(2013, 1, 5)


def landed(paths: list[Path], shape: TableSchema) -> tuple[list[LandedFile], ByRecord]:
    """The measurements of the files, and how Spark reads them."""
    files = [read_landed_file(path, path.name, shape) for path in paths]
    by_path = {str(path): file for path, file in zip(paths, files, strict=True)}
    whole = frozenset(path for path, file in by_path.items() if file.by_record)
    types = {path: file.types for path, file in by_path.items() if isinstance(file, ColumnarFile)}
    return files, ByRecord(whole, lambda path: data_lines(Path(path)), types)


def read(spark: SparkSession, paths: list[Path], shape: TableSchema, zone: str = ZONE) -> list[Row]:
    """The rows of the files, instants as microseconds since 1970; records and rows are as many."""
    files, by_record = landed(paths, shape)
    frame = read_landed(spark, {str(path): DAY for path in paths}, shape, "day", zone=zone, by_record=by_record)
    check_balance(sum(file.lines for file in files), count_landed(frame, shape, "day", [DAY])[DAY])
    instants = {c.name: F.unix_micros(c.name) for c in shape.columns if c.type == "timestamp"}
    return frame.withColumns(instants).collect() if instants else frame.collect()
