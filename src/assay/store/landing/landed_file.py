"""One landed file: read through once for its checksum, its records, its encoding and its columns."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from assay.core.csv_records import MARK, count_records
from assay.core.landing.file_format import FileFormat, format_of
from assay.core.landing.physical_type import PhysicalType
from assay.errors import InfrastructureError, InputError
from assay.spec.schema.encodings import UTF_8, spark_name
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing.formats.columnar_file import measure_columnar
from assay.store.landing.formats.compressed import compression_title, decompressed, is_damage, only_python_reads
from assay.store.landing.formats.csv_header import check_header
from assay.store.landing.formats.jsonl_file import count_json_records
from assay.store.landing.formats.measured_stream import CHUNK, HashingReader, refused_file

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema

_BLANK = "".join(map(chr, range(33)))  # what Java's trim removes, so that Spark and we find the same header


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file of a landing, with its measurements.

    - `path` is its path below the landing folder.
    - `size` and `sha256` are of its bytes as they are stored (compressed).
    - `lines` is the number of its records, without the header and blank lines.
    - `by_record` is true if a parser for lines would misread some record: it has a quoted line break, a quote that does
      not close, or a NUL. Such a file has to be read by `assay.core.csv_records`. It is also true if Spark cannot
      decompress the file or does not know its encoding.
    - `header` are the columns of the file where they are not exactly those of the schema. They are measured and not
      stored.
    """

    path: str
    size: int
    sha256: str
    lines: int
    by_record: bool = False
    header: Annotated[tuple[str, ...], Field(exclude=True)] = ()


@dataclass(frozen=True, slots=True)
class ColumnarFile(LandedFile):
    """A Parquet or ORC file, with the types of the schema's columns in it, which are not stored."""

    types: tuple[PhysicalType, ...] = ()


@dataclass(frozen=True, slots=True)
class _Measured:
    lines: int
    by_record: bool = False
    header: tuple[str, ...] = ()
    types: tuple[PhysicalType, ...] = ()


def read_landed_file(path: StoragePath, name: str, schema: TableSchema) -> LandedFile:
    """Return the file's measurements, in one pass and constant memory.

    Raises:
        InputError: The file is not what the schema requires. The message names it as `name`.
        InfrastructureError: The file cannot be read, or changed while it was read.
    """
    file_format = format_of(name)
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size == 0 and file_format is not FileFormat.JSONL:
                raise refused_file(name, "is empty (0 bytes)", _empty_hint(file_format))
            tee = HashingReader(file)
            measured = _measure(tee, path, name, size, file_format, schema)
    except Exception as error:
        if is_damage(error, name):
            why = f"is a truncated or damaged {compression_title(name)} ({error})"
            raise refused_file(name, why, "let the source send it again") from error
        if isinstance(error, OSError):
            raise InfrastructureError(f"cannot read {path}: {error.strerror or error}", code="cannot-read") from error
        raise
    if tee.count != size:
        raise InfrastructureError(
            f"the file {name} changed while it was read: {size} bytes, then {tee.count}",
            code="file-changed",
            hint="the source still writes it; run this again when it is done",
        )
    measures = name, size, tee.digest.hexdigest(), measured.lines, measured.by_record, measured.header
    return ColumnarFile(*measures, types=measured.types) if file_format.is_columnar else LandedFile(*measures)


def data_lines(path: StoragePath, encoding: str = UTF_8) -> Iterator[str]:
    """Yield the lines of a text file that has been measured, each with its end, behind the header of a CSV file.

    Raises:
        InfrastructureError: The file cannot be read.
    """
    lines = text_lines(path, encoding)
    if format_of(path.name) is FileFormat.CSV:
        next_header(lines)
    yield from lines


def text_lines(path: StoragePath, encoding: str = UTF_8) -> Iterator[str]:
    """Yield all lines of a text file that has been measured, each with its end.

    Raises:
        InfrastructureError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            lines = _lines(file, path.name, encoding)  # by its name it lives until the file is closed
            yield from lines
    except Exception as error:  # it was whole when it was measured
        if is_damage(error, path.name) or isinstance(error, UnicodeDecodeError | OSError):
            raise InfrastructureError(f"cannot read {path}: {error}", code="cannot-read") from error
        raise


def next_header(lines: Iterator[str]) -> tuple[int, str] | None:
    """Return the first line that is not blank, and its number from 1; None where there is none."""
    return next(((number, line) for number, line in enumerate(lines, 1) if line.strip(_BLANK)), None)


def _empty_hint(file_format: FileFormat) -> str:
    what = "footer" if file_format.is_columnar else "header line"
    return f"a day without rows still has the {what}"


def _measure(
    tee: HashingReader, path: StoragePath, name: str, size: int, file_format: FileFormat, schema: TableSchema
) -> _Measured:
    if file_format.is_columnar:
        rows, types = measure_columnar(tee, path, name, size, file_format, schema)
        return _Measured(rows, types=types)
    lines = _lines(io.BufferedReader(tee, CHUNK), name, schema.encoding)
    try:
        if file_format is FileFormat.CSV:
            by_record = only_python_reads(name) or spark_name(schema.encoding) is None
            measured = _count_records(lines, name, schema, by_record=by_record)
        else:
            by_record = only_python_reads(name) or schema.encoding != UTF_8  # Spark reads lines of text as UTF-8 alone
            measured = _Measured(count_json_records(_without_mark(lines, name), name, schema), by_record)
    except UnicodeError as error:
        raise _not_encoded(name, error, schema.encoding) from error
    tee.drain()
    return measured


def _count_records(lines: io.TextIOWrapper, name: str, schema: TableSchema, *, by_record: bool) -> _Measured:
    first = next_header(lines)
    if first is None:
        raise refused_file(name, "holds no line", "a day without rows still has the header line")
    _, header = first
    _refuse_mark(header, name)
    columns = check_header(header.rstrip("\r\n"), name, schema)
    row_count, has_long_records = count_records(lines, schema.layout(columns).shape)
    return _Measured(row_count, has_long_records or by_record, columns)


def _without_mark(lines: Iterator[str], name: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            _refuse_mark(line, name)
        yield line


def _refuse_mark(line: str, name: str) -> None:
    if line.startswith(MARK):
        hint = "write 'encoding: utf-8-sig' in the schema, or let the source write plain UTF-8"
        raise refused_file(name, "starts with a byte order mark", hint)


def _not_encoded(name: str, error: UnicodeError, encoding: str) -> InputError:
    title = "UTF-8" if encoding == UTF_8 else encoding
    if not isinstance(error, UnicodeDecodeError):  # UTF-16 without its mark
        return refused_file(name, f"is not {title}: {error}", "correct 'encoding' in the schema, such as utf-16-le")
    hint = f"let the source write {title}, or write its 'encoding' in the schema, such as latin-1 or windows-1252"
    return refused_file(name, f"is not {title}: byte {_place_of(error)}", hint)


def _place_of(error: UnicodeDecodeError) -> str:
    """Return the wrong byte, and the text before it in its line."""
    before = error.object[max(0, error.start - 40) : error.start].decode(error.encoding, errors="replace")
    line = re.split(r"[\r\n]", before)[-1]
    return f"0x{error.object[error.start]:02x} behind '{line}'"


def _lines(packed: io.BufferedReader, name: str, encoding: str) -> io.TextIOWrapper:
    r"""Return the lines of a file with their ends: \n, \r\n and a lone \r, exactly as for Hadoop's line reader."""
    raw = decompressed(packed, name)
    return io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="")
