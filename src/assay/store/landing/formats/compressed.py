"""Compressed text files, by the ends of their names: gzip, bzip2 and Zstandard."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_TITLES = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd file"}


def decompressed(packed: io.BufferedReader, name: str) -> io.BufferedReader:
    """Return the plain bytes of a file that is compressed in the way that its name ends, read once from the start.

    Reading raises an error for which `is_damage` holds where the file is truncated or damaged.
    """
    if name.endswith(".gz"):
        return cast("io.BufferedReader", gzip.GzipFile(fileobj=packed, mode="rb"))
    if name.endswith(".bz2"):
        return cast("io.BufferedReader", bz2.BZ2File(packed, mode="rb"))
    if name.endswith(".zst"):
        return io.BufferedReader(_Zstandard(packed), 1 << 20)
    return packed


def is_damage(error: BaseException, name: str) -> bool:
    """Return whether a decompressor raised the error for a file of that name, and not the storage."""
    if isinstance(error, EOFError | gzip.BadGzipFile | zlib.error):
        return True
    # The decompressors of bzip2 and Zstandard raise OSError itself, and no number of the system's errors.
    return name.endswith((".bz2", ".zst")) and type(error) is OSError and error.errno is None


def compression_title(name: str) -> str:
    """Return the kind of a compressed file for messages; a plain file is a file."""
    return next((title for end, title in _TITLES.items() if name.endswith(end)), "file")


def only_python_reads(name: str) -> bool:
    """Return whether Spark cannot be relied on to read the file: Hadoop has Zstandard as a native library only."""
    return name.endswith(".zst")


class _Zstandard(io.RawIOBase):
    """The plain bytes of a file of one or more Zstandard frames."""

    def __init__(self, packed: io.BufferedReader) -> None:
        import pyarrow as pa

        super().__init__()
        self._packed = packed
        self._stream = pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), "zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        chunk = self._stream.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)
