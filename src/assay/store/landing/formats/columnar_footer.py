"""The footers of Parquet and ORC files: the number of rows, and the names and types of the columns."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.core.landing.file_format import FileFormat
from assay.core.landing.physical_type import PhysicalKind, PhysicalType

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TAIL = 8 << 20
"""Bytes at the end of a file that are kept while it is read: footers of 100,000 column chunks are about as long."""

LONGEST_TAIL = 16 * TAIL
"""Bytes of the longest footer that is read, by a second pass over the file."""

_PLAIN_KINDS = {
    "INT32": PhysicalKind.INT,
    "INT64": PhysicalKind.BIGINT,
    "FLOAT": PhysicalKind.FLOAT,
    "DOUBLE": PhysicalKind.DOUBLE,
    "BOOLEAN": PhysicalKind.BOOLEAN,
    "INT96": PhysicalKind.INSTANT,
}
_SIGNED = {8: PhysicalKind.TINYINT, 16: PhysicalKind.SMALLINT, 32: PhysicalKind.INT, 64: PhysicalKind.BIGINT}
_UNSIGNED = {8: PhysicalKind.SMALLINT, 16: PhysicalKind.INT, 32: PhysicalKind.BIGINT}
_ARROW_KINDS = {
    "int8": PhysicalKind.TINYINT,
    "int16": PhysicalKind.SMALLINT,
    "int32": PhysicalKind.INT,
    "int64": PhysicalKind.BIGINT,
    "float": PhysicalKind.FLOAT,
    "double": PhysicalKind.DOUBLE,
    "bool": PhysicalKind.BOOLEAN,
    "string": PhysicalKind.STRING,
    "date32[day]": PhysicalKind.DATE,
}


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file; `type` is None where no type of a schema holds its values, and `title` is for messages."""

    name: str
    type: PhysicalType | None
    title: str


@dataclass(frozen=True, slots=True)
class Footer:
    """The number of rows of a file, and its columns in their order."""

    rows: int
    columns: tuple[FileColumn, ...]


def read_footer(file: io.RawIOBase, file_format: FileFormat) -> Footer:
    """Return the footer of a file that is open for reading at any place.

    Raises:
        Exception: The footer is damaged. PyArrow raises errors of several classes.
    """
    return _parquet(file) if file_format is FileFormat.PARQUET else _orc(file)


class FileTail(io.RawIOBase):
    """The end of a file of `size` bytes, as a file in which the rest cannot be read."""

    def __init__(self, size: int, tail: bytes) -> None:
        super().__init__()
        self._size = size
        self._tail = tail
        self._at = 0
        self.lacked = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place of the file, in bytes."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into `buffer`; raise OSError before the part that was kept, and set `lacked`."""
        start = self._at - (self._size - len(self._tail))
        if start < 0:
            self.lacked = True
            raise OSError("the footer is longer than the part of the file that was kept")
        view = memoryview(buffer)
        chunk = self._tail[start : start + len(view)]
        view[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)


def _parquet(file: io.RawIOBase) -> Footer:
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(file)
    schema = metadata.schema
    leaves = [schema.column(index) for index in range(len(schema))]
    flat = {leaf.path: leaf for leaf in leaves if leaf.path == leaf.name and leaf.max_repetition_level == 0}
    columns = []
    for top in schema.to_arrow_schema():
        leaf = flat.get(top.name)
        kind = None if leaf is None else _parquet_type(leaf)
        columns.append(FileColumn(top.name, kind, str(top.type)))
    return Footer(metadata.num_rows, tuple(columns))


def _parquet_type(leaf: Any) -> PhysicalType | None:
    logical: Mapping[str, Any] = json.loads(leaf.logical_type.to_json())
    physical = leaf.physical_type
    match logical["Type"]:
        case "None" | "Undefined":
            kind = _PLAIN_KINDS.get(physical)
            return None if kind is None else PhysicalType(kind)
        case "String" | "Enum" | "JSON":
            return PhysicalType(PhysicalKind.STRING)
        case "Date":
            return PhysicalType(PhysicalKind.DATE)
        case "Decimal":
            return _decimal(logical["precision"], logical["scale"])
        case "Int":
            return _whole(logical["bitWidth"], signed=logical["isSigned"])
        case "Timestamp":
            return _timestamp(logical["timeUnit"], utc=logical["isAdjustedToUTC"])
        case _:
            return None


def _whole(bits: int, *, signed: bool) -> PhysicalType:
    if signed:
        return PhysicalType(_SIGNED[bits])
    return PhysicalType(_UNSIGNED[bits]) if bits in _UNSIGNED else PhysicalType(PhysicalKind.DECIMAL, 20, 0)


def _decimal(precision: int, scale: int) -> PhysicalType | None:
    return PhysicalType(PhysicalKind.DECIMAL, precision, scale) if 0 <= scale <= precision <= 38 else None


def _timestamp(unit: str, *, utc: bool) -> PhysicalType:
    if unit == "nanoseconds":
        return PhysicalType(PhysicalKind.INSTANT_NANOS if utc else PhysicalKind.LOCAL_NANOS)
    return PhysicalType(PhysicalKind.INSTANT if utc else PhysicalKind.LOCAL_TIME)


def _orc(file: io.RawIOBase) -> Footer:
    import pyarrow as pa
    from pyarrow import orc

    opened = orc.ORCFile(pa.PythonFile(file, mode="r"))
    return Footer(
        opened.nrows, tuple(FileColumn(one.name, _arrow_type(one.type), str(one.type)) for one in opened.schema)
    )


def _arrow_type(kind: Any) -> PhysicalType | None:
    """Return the type of an ORC column, which PyArrow shows as one of Arrow."""
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return _decimal(kind.precision, kind.scale)
    if pa.types.is_timestamp(kind):
        # ORC's own unit is the nanosecond, and Spark reads its timestamps to the microsecond.
        return PhysicalType(PhysicalKind.LOCAL_TIME if kind.tz is None else PhysicalKind.INSTANT)
    known = _ARROW_KINDS.get(str(kind))
    return None if known is None else PhysicalType(known)
