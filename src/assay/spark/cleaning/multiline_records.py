"""Landed files whose records may be several lines long, read by Python workers, a task for each file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, SparkSession

from assay.core.csv_records import CsvRecord, records

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.core.csv_records import Shape

_ROWS_PER_BATCH = 2_048


@dataclass(frozen=True, slots=True)
class ByRecord:
    """The files that have to be read by record, and how a worker gets the lines of one, without its header."""

    paths: frozenset[str]
    lines: Callable[[str], Iterable[str]]


def read_records(
    spark: SparkSession, files: Mapping[str, date], lines: Callable[[str], Iterable[str]], shape: Shape
) -> DataFrame:
    """One row per record of the files: `raw`, `file`, `day`, `refusal` (null for a good one) and the texts `fields`.

    A file cannot be split between tasks: only from its first line on is it known which quotes open a field.
    """
    work = sorted(files.items())

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                path, day = work[number]
                parsed_records = records(lines(path), shape)
                while some := list(islice(parsed_records, _ROWS_PER_BATCH)):
                    yield _batch(some, path, day)

    numbers = spark.range(0, len(work), 1, max(1, len(work)))
    columns = "raw string, file string, day date, refusal string, fields array<string>"
    return numbers.mapInArrow(read, columns)


def _batch(some: list[CsvRecord], path: str, day: date) -> pa.RecordBatch:
    import pyarrow as pa

    columns = {
        "raw": pa.array([one.raw for one in some], pa.string()),
        "file": pa.array([path] * len(some), pa.string()),
        "day": pa.array([day] * len(some), pa.date32()),
        "refusal": pa.array([one.refusal for one in some], pa.string()),
        "fields": pa.array([one.fields for one in some], pa.list_(pa.string())),
    }
    return pa.RecordBatch.from_pydict(columns)
