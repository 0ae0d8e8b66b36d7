"""A Parquet or ORC file: one pass for its checksum, and its footer compared with the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.landing.file_format import FileFormat
from assay.core.landing.physical_type import PhysicalType
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing.formats.column_names import check_column_names
from assay.store.landing.formats.columnar_footer import LONGEST_TAIL, TAIL, FileColumn, FileTail, Footer, read_footer
from assay.store.landing.formats.measured_stream import HashingReader, changed_schema, refused_file

if TYPE_CHECKING:
    from assay.spec.schema.table import ColumnSchema, TableSchema


def measure_columnar(
    stream: HashingReader, path: StoragePath, name: str, size: int, file_format: FileFormat, schema: TableSchema
) -> tuple[int, tuple[PhysicalType, ...]]:
    """Return the number of rows, and the type of each column of the schema in its order; `stream` is read to its end.

    Raises:
        InputError: The file is damaged, or its columns are not those of the schema. The message names the file and the
            column.
    """
    tail = stream.drain_to_tail(TAIL)
    footer = _footer(path, name, size, tail, file_format)
    by_name = {column.name: column for column in footer.columns}
    check_column_names([column.name for column in footer.columns], name, schema)
    return footer.rows, tuple(_type(by_name[one.source_name], one, name) for one in schema.source_columns)


def _footer(path: StoragePath, name: str, size: int, tail: bytes, file_format: FileFormat) -> Footer:
    kept = FileTail(size, tail)
    try:
        return read_footer(kept, file_format)
    except Exception as error:  # PyArrow raises ArrowInvalid, OSError and others
        if kept.lacked and len(tail) < LONGEST_TAIL:
            with path.open("rb") as again:
                longer = HashingReader(again).drain_to_tail(LONGEST_TAIL)
            return _footer(path, name, size, longer, file_format)
        title = "Parquet" if file_format is FileFormat.PARQUET else "ORC"
        why = f"is a truncated or damaged {title} file ({str(error).splitlines()[0] if str(error) else error!r})"
        raise refused_file(name, why, "let the source send it again") from error


def _type(file_column: FileColumn, column: ColumnSchema, name: str) -> PhysicalType:
    if file_column.type is None:
        raise changed_schema(
            name,
            f"has the column '{file_column.name}' as {file_column.title}, which no type of a schema holds",
            "let the source write a plain value, or leave the column out",
        )
    if not file_column.type.can_be(column.type):
        raise changed_schema(
            name, f"has the column '{file_column.name}' as {file_column.title}, and the schema has it as {column.type}"
        )
    return file_column.type
