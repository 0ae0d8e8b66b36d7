"""Landed files whose records may be several lines long, read by Python workers, a task for each file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, SparkSession

from assay.core.csv_records import CsvRecord, records

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.core.landing.csv_layout import CsvLayout
    from assay.core.landing.physical_type import PhysicalType

_ROWS_PER_BATCH = 2_048


@dataclass(frozen=True, slots=True)
class ByRecord:
    """The files that have to be read by record, and how a worker gets the lines of one, without its header.

    `types` has the types of the schema's columns in each Parquet and ORC file.
    """

    paths: frozenset[str]
    lines: Callable[[str], Iterable[str]]
    types: Mapping[str, tuple[PhysicalType, ...]] = field(default_factory=dict)


def read_records(
    spark: SparkSession,
    files: Mapping[str, date],
    lines: Callable[[str], Iterable[str]],
    layouts: Mapping[str, CsvLayout],
) -> DataFrame:
    """One row per record of the files: `raw`, `file`, `day`, `refusal` (null for a good one) and the kept `fields`.

    A file cannot be split between tasks: only from its first line on is it known which quotes open a field.
    """
    work = [(path, day, layouts[path]) for path, day in sorted(files.items())]

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                path, day, layout = work[number]
                parsed_records = records(lines(path), layout.shape)
                while some := list(islice(parsed_records, _ROWS_PER_BATCH)):
                    yield _batch(some, path, day, layout)

    numbers = spark.range(0, len(work), 1, max(1, len(work)))
    columns = "raw string, file string, day date, refusal string, fields array<string>"
    return numbers.mapInArrow(read, columns)


def _batch(some: list[CsvRecord], path: str, day: date, layout: CsvLayout) -> pa.RecordBatch:
    import pyarrow as pa

    columns = {
        "raw": pa.array([one.raw for one in some], pa.string()),
        "file": pa.array([path] * len(some), pa.string()),
        "day": pa.array([day] * len(some), pa.date32()),
        "refusal": pa.array([one.refusal for one in some], pa.string()),
        "fields": pa.array([layout.kept(one.fields) for one in some], pa.list_(pa.string())),
    }
    return pa.RecordBatch.from_pydict(columns)
