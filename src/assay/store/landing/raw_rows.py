"""The rows of a landed file as they were delivered: each with its place in the file, read without a JVM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.core.landing.file_format import FileFormat, format_of
from assay.core.landing.json_records import JsonShape, json_records
from assay.core.landing.numbered_records import numbered_records
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing.formats.csv_header import check_header
from assay.store.landing.landed_file import next_header, text_lines

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema

_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it was delivered.

    - `first` and `last` are its line numbers in a text file, and its record number in a Parquet or ORC file, from 1.
    - `raw` is the record as text: the line of a text file, or the values of the schema's columns as JSON.
    - `fields` are the values of the schema's columns of the source, in its order; none for a record that no parser
      divides.
    """

    first: int
    last: int
    raw: str
    fields: tuple[Any, ...]


def raw_rows(path: StoragePath, schema: TableSchema) -> Iterator[RawRow]:
    """Yield the rows of a landed file that has been measured.

    Raises:
        InputError: The header of a CSV file is not that of the schema.
        InfrastructureError: The file cannot be read.
    """
    file_format = format_of(path.name)
    if file_format is FileFormat.CSV:
        return _csv_rows(path, schema)
    if file_format is FileFormat.JSONL:
        return _json_rows(path, schema)
    return _columnar_rows(path, schema, file_format)


def _csv_rows(path: StoragePath, schema: TableSchema) -> Iterator[RawRow]:
    lines = text_lines(path, schema.encoding)
    header = next_header(lines)
    if header is None:
        return
    layout = schema.layout(check_header(header[1].rstrip("\r\n"), path.name, schema))
    for one in numbered_records(lines, layout.shape, header[0] + 1):
        yield RawRow(one.first, one.last, one.record.raw, layout.kept(one.record.fields))


def _json_rows(path: StoragePath, schema: TableSchema) -> Iterator[RawRow]:
    shape = JsonShape(schema.header, tuple(one.name for one in schema.source_columns), frozenset(schema.nulls))
    for number, line in enumerate(text_lines(path, schema.encoding), 1):
        if line.strip(_BLANKS):
            [record] = json_records([line], shape, "")
            yield RawRow(number, number, record.raw, record.fields)


def _columnar_rows(path: StoragePath, schema: TableSchema, file_format: FileFormat) -> Iterator[RawRow]:
    number, names = 0, list(schema.header)
    with path.open("rb") as file:
        for batch in _batches(file, names, file_format):
            columns = [batch.column(name).to_pylist() for name in names]
            for fields in zip(*columns, strict=True):
                number += 1
                raw = json.dumps(dict(zip(names, fields, strict=True)), ensure_ascii=False, default=str)
                yield RawRow(number, number, raw, fields)


def _batches(file: Any, names: list[str], file_format: FileFormat) -> Iterator[Any]:
    if file_format is FileFormat.PARQUET:
        import pyarrow.parquet as pq

        yield from pq.ParquetFile(file).iter_batches(columns=names)
        return
    import pyarrow as pa
    import pyarrow.orc as orc

    stripes = orc.ORCFile(pa.PythonFile(file, mode="r"))
    for number in range(stripes.nstripes):
        yield stripes.read_stripe(number, columns=names)
