"""One landed file: read through once for its checksum, its lines, its encoding and its header."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from assay.errors import InfrastructureError, InputError
from assay.store.header import check_header
from assay.store.place import Place

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from assay.spec.schema import TableSchema

CHUNK = 1 << 20
_BLANK = "".join(map(chr, range(33)))  # what Java's trim removes, so that Spark and we skip the same lines
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file of a landing: its path below the landing folder, its size and checksum as it lies there (compressed), and
    its data lines: physical lines that are not blank, without the header."""

    path: str
    size: int
    sha256: str
    lines: int


def read_landed_file(path: Place, name: str, schema: TableSchema) -> LandedFile:
    """The file's measurements, in one pass and constant memory. Raises InputError naming the file as `name`."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size == 0:
                raise _refused(name, "is empty (0 bytes)", "a day without rows still has the header line")
            tee = _HashingReader(file)
            lines = _count_lines(tee, name, schema)
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
    return LandedFile(name, size, tee.digest.hexdigest(), lines)


def _count_lines(tee: _HashingReader, name: str, schema: TableSchema) -> int:
    plain = io.BufferedReader(tee, CHUNK)
    raw = gzip.GzipFile(fileobj=plain, mode="rb") if name.endswith(".gz") else plain
    # Universal newlines: \n, \r\n and a lone \r end a line, exactly as for Hadoop's line reader.
    text = io.TextIOWrapper(raw, encoding="utf-8", errors="strict", newline=None)
    lines = 0
    try:
        header = next((line for line in text if line.strip(_BLANK)), None)
        if header is None:
            raise _refused(name, "holds no line", "a day without rows still has the header line")
        if header.startswith(_MARK):
            raise _refused(name, "starts with a byte order mark", "let the source write plain UTF-8")
        check_header(header.rstrip("\n"), name, schema)
        for line in text:
            if line.strip(_BLANK):
                lines += 1
    except UnicodeDecodeError as error:
        wrong = error.object[error.start]
        raise _refused(
            name, f"is not UTF-8: byte 0x{wrong:02x} after about {lines + 1} lines", "let the source write UTF-8"
        ) from error
    tee.drain()
    return lines


class _HashingReader(io.RawIOBase):
    """Passes bytes on and keeps their checksum and number."""

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
