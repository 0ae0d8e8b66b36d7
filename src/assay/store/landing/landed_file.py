"""One landed file: read through once for its checksum, its records, its encoding and its header."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from assay.core.csv_records import MARK, count_records
from assay.errors import InfrastructureError, InputError
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing.csv_header import check_header

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from assay.spec.schema.table import TableSchema

CHUNK = 1 << 20
_BLANK = "".join(map(chr, range(33)))  # what Java's trim removes, so that Spark and we find the same header


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file of a landing, with its measurements.

    - `path` is its path below the landing folder.
    - `size` and `sha256` are of its bytes as they are stored (compressed).
    - `lines` is the number of its records, without the header and blank lines.
    - `by_record` is true if a parser for lines would misread some record: it has a quoted line break, a quote that does
      not close, or a NUL. Such a file has to be read by `assay.core.csv_records`.
    """

    path: str
    size: int
    sha256: str
    lines: int
    by_record: bool = False


def read_landed_file(path: StoragePath, name: str, schema: TableSchema) -> LandedFile:
    """Return the file's measurements, in one pass and constant memory.

    Raises:
        InputError: The file is not what the schema requires. The message names it as `name`.
        InfrastructureError: The file cannot be read, or changed while it was read.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size == 0:
                raise _refused(name, "is empty (0 bytes)", "a day without rows still has the header line")
            tee = _HashingReader(file)
            lines, by_record = _count_records(tee, name, schema)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _refused(name, f"is a truncated or damaged gzip ({error})", "let the source send it again") from error
    except OSError as error:
        raise InfrastructureError(f"cannot read {path}: {error.strerror or error}", code="cannot-read") from error
    if tee.count != size:
        raise InfrastructureError(
            f"the file {name} changed while it was read: {size} bytes, then {tee.count}",
            code="file-changed",
            hint="the source still writes it; run this again when it is done",
        )
    return LandedFile(name, size, tee.digest.hexdigest(), lines, by_record)


def data_lines(path: StoragePath) -> Iterator[str]:
    """Yield the lines behind the header of a file that has been measured, each with its end.

    Raises:
        InfrastructureError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            lines = _lines(file, path.name)
            _header(lines)
            yield from lines
    except (EOFError, zlib.error, UnicodeDecodeError, OSError) as error:  # it was whole when it was measured
        raise InfrastructureError(f"cannot read {path}: {error}", code="cannot-read") from error


def _count_records(tee: _HashingReader, name: str, schema: TableSchema) -> tuple[int, bool]:
    lines = _lines(io.BufferedReader(tee, CHUNK), name)
    try:
        header = _header(lines)
        if header is None:
            raise _refused(name, "holds no line", "a day without rows still has the header line")
        if header.startswith(MARK):
            raise _refused(name, "starts with a byte order mark", "let the source write plain UTF-8")
        check_header(header.rstrip("\r\n"), name, schema)
        row_count, by_record = count_records(lines, schema.shape)
    except UnicodeDecodeError as error:
        raise _refused(name, f"is not UTF-8: byte {_place_of(error)}", "let the source write UTF-8") from error
    tee.drain()
    return row_count, by_record


def _place_of(error: UnicodeDecodeError) -> str:
    """Return the wrong byte, and the text before it in its line."""
    before = error.object[max(0, error.start - 40) : error.start].decode(errors="replace")
    line = re.split(r"[\r\n]", before)[-1]
    return f"0x{error.object[error.start]:02x} behind '{line}'"


def _lines(plain: io.BufferedReader, name: str) -> io.TextIOWrapper:
    r"""Return the lines of a file with their ends: \n, \r\n and a lone \r, exactly as for Hadoop's line reader."""
    raw = gzip.GzipFile(fileobj=plain, mode="rb") if name.endswith(".gz") else plain
    return io.TextIOWrapper(raw, encoding="utf-8", errors="strict", newline="")


def _header(lines: Iterator[str]) -> str | None:
    """Return the first line that is not blank, None where there is none."""
    return next((line for line in lines if line.strip(_BLANK)), None)


class _HashingReader(io.RawIOBase):
    """A reader that passes bytes on, and keeps their checksum and number."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        chunk = self._file.read(len(view))
        view[: len(chunk)] = chunk
        self.digest.update(chunk)
        self.count += len(chunk)
        return len(chunk)

    def drain(self) -> None:
        """Read what the decompressor left unread, so that the checksum is of the whole file."""
        while chunk := self._file.read(CHUNK):
            self.digest.update(chunk)
            self.count += len(chunk)


def _refused(name: str, why: str, hint: str) -> InputError:
    return InputError(f"the file {name} {why}", code="bad-landing-file", hint=hint)
