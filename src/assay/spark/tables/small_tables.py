"""Small reads and writes of Delta tables past Delta's own machinery, whose fixed cost is many times theirs.

A read by Delta starts a SQL execution to find its files, a write some three; a log is read in milliseconds without.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructType,
    TimestampType,
)

from assay.core.expectations.sql.literals import quote_name
from assay.spark.expressions import without_globs
from assay.spark.jvm_objects import estimated_bytes

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from assay.core.interval import Interval
    from assay.core.table_snapshot import Snapshot

MAX_FILES = 32
"""Spark lists up to so many files by itself, and starts a job for more."""

MAX_BYTES = 8_000_000
"""A frame of up to this estimate comes to the driver; a larger one is written where it lies."""

_FLAT = (
    BooleanType | ByteType | DateType | DecimalType | DoubleType | FloatType | IntegerType | LongType
    | ShortType | StringType | TimestampType
)  # fmt: skip
"""The types that Spark and Arrow write to Parquet alike."""


def read_few(spark: SparkSession, folder: str, snapshot: Snapshot, interval: Interval) -> DataFrame | None:
    """Return the rows of an interval of the table in `folder` (a URI), read from the files that its log names.

    None where the files are many, and where one is missing: Delta names that file when a job comes to it.
    """
    files = snapshot.within(interval)
    if len(files) > MAX_FILES:
        return None
    schema = schema_of(snapshot)
    reader = spark.read.schema(schema).option("basePath", folder)
    try:
        frame = reader.parquet(*[without_globs(f"{folder}/{file.path}") for file in files])
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        return None
    return frame.select(*[quote_name(name) for name in schema.names])


def collect_few(rows: DataFrame) -> pa.Table | None:
    """Return the rows of a small frame on the driver.

    None where Spark has to write them: for a large frame, and for nested columns.
    """
    if not all(isinstance(field.dataType, _FLAT) for field in rows.schema.fields) or estimated_bytes(rows) > MAX_BYTES:
        return None
    # By the version Spark sees that dates before 1582 are those of today's calendar.
    return rows.toArrow().replace_schema_metadata({"org.apache.spark.version": rows.sparkSession.version})


def schema_of(snapshot: Snapshot) -> StructType:
    """Return the schema of a table as Spark has it."""
    return StructType.fromJson(json.loads(snapshot.schema))
