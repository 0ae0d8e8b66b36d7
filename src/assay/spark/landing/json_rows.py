"""Files of JSON lines as a frame of records: Spark divides the files into lines, Python workers read the lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.core.landing.json_records import JsonRecord, JsonShape, json_records
from assay.spark.expressions import without_globs
from assay.spark.landing.file_places import file_uri, with_places

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_PER_BATCH = 2_048
_COLUMNS = "raw string, file string, day date, refusal string, fields array<string>"


def read_json_lines(
    spark: SparkSession,
    files: Mapping[str, date],
    whole: frozenset[str],
    lines: Callable[[str], Iterable[str]] | None,
    shape: JsonShape,
    type_reason: str,
) -> DataFrame:
    """One row per record of the files: `raw`, `file`, `day`, `refusal` (null for a good one) and the texts `fields`.

    Files among `whole` are read by `lines`, a task for each. `type_reason` goes before the column of a record that is
    refused for a nested value.
    """
    divided = {path: day for path, day in files.items() if path not in whole}
    rest = sorted((path, day) for path, day in files.items() if path in whole)
    frames = []
    if divided:
        frames.append(_by_line(spark, divided, shape, type_reason))
    if rest and lines is not None:
        frames.append(_by_file(spark, rest, lines, shape, type_reason))
    return frames[0] if len(frames) == 1 else frames[0].union(frames[1])


def _by_line(spark: SparkSession, files: Mapping[str, date], shape: JsonShape, type_reason: str) -> DataFrame:
    read = spark.read.text([without_globs(path) for path in sorted(files)])
    named = with_places(read.select(F.col("value").alias("raw"), file_uri()), read, files, "file", "day")

    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            lines, paths, days = (batch.column(index).to_pylist() for index in range(3))
            numbers = [number for number, line in enumerate(lines) if line.strip(" \t\r\n")]
            parsed = list(json_records(lines, shape, type_reason))
            yield _batch(parsed, [paths[number] for number in numbers], [days[number] for number in numbers])

    return named.mapInArrow(parse, _COLUMNS)


def _by_file(
    spark: SparkSession,
    work: list[tuple[str, date]],
    lines: Callable[[str], Iterable[str]],
    shape: JsonShape,
    type_reason: str,
) -> DataFrame:
    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                path, day = work[number]
                parsed = json_records(lines(path), shape, type_reason)
                while some := list(islice(parsed, _ROWS_PER_BATCH)):
                    yield _batch(some, [path] * len(some), [day] * len(some))

    return spark.range(0, len(work), 1, max(1, len(work))).mapInArrow(parse, _COLUMNS)


def _batch(some: list[JsonRecord], paths: list[str], days: list[date]) -> pa.RecordBatch:
    import pyarrow as pa

    columns = {
        "raw": pa.array([one.raw for one in some], pa.string()),
        "file": pa.array(paths, pa.string()),
        "day": pa.array(days, pa.date32()),
        "refusal": pa.array([one.refusal for one in some], pa.string()),
        "fields": pa.array([one.fields for one in some], pa.list_(pa.string())),
    }
    return pa.RecordBatch.from_pydict(columns)
