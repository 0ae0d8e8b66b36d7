"""A stream of a landed file that keeps the checksum, the number and the last of the bytes that were read."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, BinaryIO

from assay.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 20


class HashingReader(io.RawIOBase):
    """A reader that passes bytes on, and keeps their checksum and number."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into `buffer`, and return the number of bytes."""
        view = memoryview(buffer)
        chunk = self._file.read(len(view))
        view[: len(chunk)] = chunk
        self._take(chunk)
        return len(chunk)

    def drain(self) -> None:
        """Read what the decompressor left unread, so that the checksum is of the whole file."""
        while chunk := self._file.read(CHUNK):
            self._take(chunk)

    def drain_to_tail(self, most: int) -> bytes:
        """Read the rest, and return its last bytes: at least `most` of them where there are as many."""
        tail = b""
        while chunk := self._file.read(CHUNK):
            self._take(chunk)
            tail = chunk if len(chunk) >= most else (tail + chunk)[-(most + CHUNK) :]
        return tail

    def _take(self, chunk: bytes) -> None:
        self.digest.update(chunk)
        self.count += len(chunk)


def refused_file(name: str, why: str, hint: str) -> InputError:
    """Return the error for a landed file that is not what its name and the schema require."""
    return InputError(f"the file {name} {why}", code="bad-landing-file", hint=hint)


def changed_schema(name: str, why: str, hint: str = "") -> InputError:
    """Return the error for a landed file whose columns are not those of the schema."""
    hint = hint or "correct the source, or change the schema if this is meant"
    return InputError(f"the file {name} {why}", code="changed-schema", hint=hint)
