"""Paths of the storage: `pathlib.Path` on this machine, `HdfsPath` on HDFS, and the operations that both have."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeVar

from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.hadoop.delegation_tokens import TokenProvider
from assay.store.hadoop.webhdfs import connect
from assay.store.users import unix_user


class FileStatus(Protocol):
    """The properties of a file that are known without reading it.

    Equal inode, time and size mean that the file was not replaced.
    """

    @property
    def st_ino(self) -> int:
        """The number by which the storage identifies the file; a rename keeps it."""

    @property
    def st_size(self) -> int:
        """The bytes of the file."""

    @property
    def st_mtime(self) -> float:
        """The time of the last change, in seconds since the epoch."""

    @property
    def st_mtime_ns(self) -> int:
        """The time of the last change, in nanoseconds since the epoch."""


class StoragePath(Protocol):
    """A file or folder of the lake or the landing; the part of `pathlib.Path` that works on every kind of storage."""

    @property
    def name(self) -> str:
        """The last component."""

    @property
    def stem(self) -> str:
        """The last component without its last suffix."""

    @property
    def suffix(self) -> str:
        """The last suffix, with its dot."""

    @property
    def parent(self) -> Self:
        """The folder that holds this."""

    def __truediv__(self, key: str) -> Self: ...

    def __lt__(self, other: Self) -> bool: ...

    def with_name(self, name: str) -> Self:
        """Return the path of that name in the same folder."""

    def relative_to(self, other: Any) -> Any:
        """Return the path from `other` to here; raise ValueError if this does not lie below it."""

    def exists(self) -> bool:
        """Return whether a file or folder of this name exists."""

    def is_dir(self) -> bool:
        """Return whether this is a folder."""

    def is_file(self) -> bool:
        """Return whether this is a file."""

    def stat(self) -> FileStatus:
        """Return the status; raise FileNotFoundError if this does not exist."""

    def iterdir(self) -> Iterator[Self]:
        """Yield the files and folders in this folder; raise FileNotFoundError if it does not exist."""

    def glob(self, pattern: str) -> Iterable[Self]:
        """Return the paths that match a relative pattern."""

    def open(self, mode: Literal["rb"]) -> BufferedReader:
        """Return a stream of the content; raise OSError if it cannot be read."""

    def read_bytes(self) -> bytes:
        """Return the whole content; raise OSError if it cannot be read."""

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the file; raise FileNotFoundError if there is none, unless `missing_ok`."""


class FolderEntry(NamedTuple):
    """One name in a folder."""

    name: str
    is_folder: bool
    status: FileStatus


def authenticated_user(place: StoragePath) -> str:
    """Return the user as whom the storage acts: the one that HDFS has authenticated, else this process's Unix user.

    Raises:
        InfrastructureError: HDFS does not answer.
    """
    return place.web.user() if isinstance(place, HdfsPath) else unix_user()


def open_place(text: str, web: Sequence[str] = (), right: TokenProvider | None = None) -> StoragePath:
    """Return the folder of an environment, without a request to the storage yet.

    - `text` is an absolute path of this machine, or `hdfs://name-node/path`.
    - `web` has the addresses of WebHDFS, one of which serves each request.
    - `right` is the source of the tokens for a secured cluster.
    """
    if not text.startswith("hdfs://"):
        return Path(text)
    authority, _, path = text.removeprefix("hdfs://").partition("/")
    return HdfsPath(connect(tuple(web), right), authority, f"/{path}")


def uri(place: StoragePath) -> str:
    """Return the place as Spark and delta-rs take it, always with a scheme.

    Where HADOOP_CONF_DIR is set, Spark takes a path without a scheme for one on HDFS. `Path.as_uri` is no way, since
    Hadoop takes %20 for three characters.

    >>> uri(Path("/lake/clean/flights"))
    'file:///lake/clean/flights'
    """
    return str(place) if isinstance(place, HdfsPath) else f"file://{Path(str(place)).resolve()}"


def entries(folder: StoragePath) -> list[FolderEntry]:
    """Return what lies in a folder, by one request; nothing if the folder is missing or is no folder.

    A name that is removed while the folder is read is left out.

    Raises:
        OSError: The folder cannot be read.
    """
    if isinstance(folder, HdfsPath):
        return [FolderEntry(name, status.is_folder, status) for name, status in folder.statuses()]
    folder_entries: list[FolderEntry] = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for entry in os.scandir(str(folder)):
            with suppress(FileNotFoundError):
                folder_entries.append(FolderEntry(entry.name, entry.is_dir(), entry.stat()))
    return folder_entries


_Place = TypeVar("_Place", bound=StoragePath)


def files_below(folder: _Place) -> Iterator[tuple[_Place, FileStatus]]:
    """Yield every file below a folder, at any depth, in no order."""
    for entry in entries(folder):
        if entry.is_folder:
            yield from files_below(folder / entry.name)
        else:
            yield folder / entry.name, entry.status
