"""Read files and tables with typed columns of a source that has no schema yet: Parquet, ORC, and Delta tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from assay.core.landing.file_format import FileFormat
from assay.errors import InputError
from assay.spec.inference.file_rows import ReadFile, schema_type, texts_of


def read_columnar(path: Path, day: date | None, max_rows: int, file_format: FileFormat) -> ReadFile:
    """Return a Parquet or ORC file with at most `max_rows` rows, and the schema's types of its columns.

    Raises:
        InputError: The file cannot be read, or has no rows and is no file of a date.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import orc

    try:
        # Without `partitioning`, a folder such as date=2013-01-05 above the file would become a column.
        is_parquet = file_format is FileFormat.PARQUET
        table = pq.read_table(path, partitioning=None) if is_parquet else orc.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read: {error}", code="unreadable-file") from None
    if table.num_rows == 0 and day is None:
        raise InputError(f"{path} cannot be profiled: has no rows", code="bad-file")
    return _rows(path, day, table.slice(0, max_rows), file_format)


def is_delta_table(place: Path) -> bool:
    """Return whether a folder is a Delta table: it has a log."""
    return (place / "_delta_log").is_dir()


def rows_of_table(place: Path, table: Any) -> ReadFile:
    """Return the rows of a table that other jobs fill, which an Arrow table holds, as one file without a date.

    Raises:
        InputError: There are none.
    """
    if table.num_rows == 0:
        raise InputError(f"the table {place} has no rows", code="bad-file", hint="name a table with some days of rows")
    return _rows(place, None, table, None)


def _rows(path: Path, day: date | None, table: Any, file_format: FileFormat | None) -> ReadFile:
    types = {one.name: schema_type(one.type) for one in table.schema}
    if file_format is None:
        types |= {one.name: None for one in table.schema if _is_long_decimal(one.type)}
    columns = [list(texts_of(column.to_pylist())) for column in table.columns]
    rows = list(zip(*columns, strict=True))
    return ReadFile(path, tuple(table.column_names), rows, ",", day, file_format, types=types)


def _is_long_decimal(kind: Any) -> bool:
    """Return whether a decimal of a table has more digits than the nearest double gives back."""
    import pyarrow.types as pt

    return bool(pt.is_decimal(kind)) and kind.precision > 15
