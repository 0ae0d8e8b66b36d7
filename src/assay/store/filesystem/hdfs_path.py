"""A file or folder on HDFS, with the methods of `pathlib.Path`."""

from __future__ import annotations

import fnmatch
import hashlib
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal

from assay.errors import InfrastructureError
from assay.store.filesystem.temp_names import temporary_name
from assay.store.hadoop.webhdfs import HdfsStatus, WebHdfs

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAGIC = set("*?[")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class HdfsPath:
    """`hdfs://<authority><path>`, reached over WebHDFS; equal and sorted by its address."""

    web: WebHdfs
    authority: str
    path: str

    def __str__(self) -> str:
        return f"hdfs://{self.authority}{self.path}"

    def __repr__(self) -> str:
        return f"HdfsPath('{self}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HdfsPath) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __lt__(self, other: HdfsPath) -> bool:
        return str(self) < str(other)

    def __truediv__(self, key: str) -> HdfsPath:
        return self._at(self._pure / key)

    @property
    def name(self) -> str:
        """The last component."""
        return self._pure.name

    @property
    def stem(self) -> str:
        """The last component without its last suffix."""
        return self._pure.stem

    @property
    def suffix(self) -> str:
        """The last suffix, with its dot."""
        return self._pure.suffix

    @property
    def parent(self) -> HdfsPath:
        """The folder that holds this."""
        return self._at(self._pure.parent)

    def with_name(self, name: str) -> HdfsPath:
        """Return the path of that name in the same folder."""
        return self._at(self._pure.with_name(name))

    def relative_to(self, other: HdfsPath) -> PurePosixPath:
        """Return the path from `other` to here.

        Raises:
            ValueError: This does not lie below `other`.
        """
        return self._pure.relative_to(other.path)

    def stat(self) -> HdfsStatus:
        """Return the NameNode's status of this.

        Raises:
            FileNotFoundError: It does not exist.
        """
        return self.web.status(self.path)

    def exists(self) -> bool:
        """Return whether a file or folder of this name exists."""
        return self._known() is not None

    def is_dir(self) -> bool:
        """Return whether this is a folder."""
        known = self._known()
        return known is not None and known.is_folder

    def is_file(self) -> bool:
        """Return whether this is a file."""
        known = self._known()
        return known is not None and not known.is_folder

    def statuses(self) -> list[tuple[str, HdfsStatus]]:
        """Return the names in this folder with their statuses, by one request; none if there is no such folder."""
        try:
            return [(name, status) for name, status in self.web.children(self.path) if name]
        except FileNotFoundError:
            return []

    def iterdir(self) -> Iterator[HdfsPath]:
        """Yield the files and folders in this folder.

        Raises:
            FileNotFoundError: There is no such folder.
        """
        for name, _ in self.web.children(self.path):
            if name:
                yield self / name

    def glob(self, pattern: str) -> Iterator[HdfsPath]:
        """Yield the paths that match a relative pattern, one folder at a time.

        Each component of the pattern may have `*`, `?` and `[...]`. A pattern that ends with a slash matches folders
        only.
        """
        first, _, rest = pattern.partition("/")
        if not _MAGIC & set(first):
            child = self / first
            if rest:
                yield from child.glob(rest)
            elif child.exists():
                yield child
            return
        for name, status in self.statuses():
            if fnmatch.fnmatchcase(name, first):
                if rest:
                    yield from (self / name).glob(rest) if status.is_folder else ()
                elif status.is_folder or not pattern.endswith("/"):
                    yield self / name

    def open(self, mode: Literal["rb"] = "rb") -> io.BufferedReader:
        """Return a stream that reads the content once, from the start on.

        Raises:
            OSError: It cannot be read.
        """
        assert mode == "rb"
        return io.BufferedReader(_Stream(self), _CHUNK_BYTES)

    def read_bytes(self) -> bytes:
        """Return the whole content.

        Raises:
            OSError: It cannot be read.
        """
        return self.web.read(self.path)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the file.

        Raises:
            FileNotFoundError: There is none, and `missing_ok` is false.
        """
        if not self.web.remove(self.path) and not missing_ok:
            raise FileNotFoundError(2, "No such file", str(self))

    def remove_tree(self) -> None:
        """Remove the folder with all that is in it; a missing folder is no error."""
        self.web.remove(self.path, recursive=True)

    def create(self, data: bytes) -> bool:
        """Create this with exactly `data`, whole or not at all, and return True; return False if it existed.

        The NameNode refuses a rename to a name that is taken. If its answer is lost, the file's id shows which writer's
        file it is.
        """
        temporary = self._written(data)
        try:
            temporary_id = temporary.stat().st_ino
            try:
                self.web.rename(temporary.path, self.path, overwrite=False)
            except (FileExistsError, FileNotFoundError):  # missing: an attempt whose answer was lost has moved it
                return self._is(temporary_id)
            return True
        finally:
            temporary.remove_quietly()

    def replace_by(self, data: bytes) -> None:
        """Replace the content by `data`: a reader sees the old bytes or the new ones."""
        temporary = self._written(data)
        try:
            temporary_id = temporary.stat().st_ino
            try:
                self.web.rename(temporary.path, self.path, overwrite=True)
            except FileNotFoundError:
                if not self._is(temporary_id):
                    raise
        finally:
            temporary.remove_quietly()

    def put(self, local: Path) -> str:
        """Copy a file of this machine here, over an older one of this name, and return its SHA-256.

        It is written under a temporary name first, so that it appears whole.

        Raises:
            InfrastructureError: The stored bytes have another SHA-256.
        """
        digest, size = hashlib.sha256(), local.stat().st_size
        temporary = self.with_name(temporary_name(self.name))
        try:
            with local.open("rb") as file:
                self.web.write(temporary.path, _hashing(file, digest), size)
            sent = digest.hexdigest()
            with temporary.open() as stream:
                stored_digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if sent != stored_digest:
                raise InfrastructureError(
                    f"{self} came to hold other bytes than {local}",
                    code="torn-upload",
                    hint="nothing was kept; try again",
                )
            self.web.rename(temporary.path, self.path, overwrite=True)
        finally:
            temporary.remove_quietly()
        return sent

    def _written(self, data: bytes) -> HdfsPath:
        temporary = self.with_name(temporary_name(self.name))
        self.web.write(temporary.path, data, len(data))
        return temporary

    def remove_quietly(self) -> None:
        """Remove this file if it is there and HDFS can be reached; the sweep removes what is left."""
        with suppress(OSError, InfrastructureError):
            self.web.remove(self.path)

    def _is(self, inode: int) -> bool:
        known = self._known()
        return known is not None and known.st_ino == inode

    def _known(self) -> HdfsStatus | None:
        try:
            return self.web.status(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    @property
    def _pure(self) -> PurePosixPath:
        return PurePosixPath(self.path)

    def _at(self, path: PurePosixPath) -> HdfsPath:
        return HdfsPath(self.web, self.authority, str(path))


def _hashing(file: BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
        yield chunk


class _Stream(io.RawIOBase):
    """A file's content as HDFS sends it. A stream that ends early is an error of the connection, never a short file."""

    def __init__(self, place: HdfsPath) -> None:
        super().__init__()
        self._place = place
        self._raw = place.web.stream(place.path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        from urllib3.exceptions import HTTPError

        view = memoryview(buffer)
        try:
            chunk = self._raw.read(len(view))
        except HTTPError as error:
            raise OSError(5, f"the connection broke ({type(error).__name__})", str(self._place)) from None
        view[: len(chunk)] = chunk
        self._place.web.received += len(chunk)
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
