"""Where things lie: `pathlib.Path` on this machine, `HdfsPath` on HDFS, and what Assay asks of either."""

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


class FileStatus(Protocol):
    """What is known of a file without reading it. Equal inode, time and size mean that nobody replaced it."""

    @property
    def st_ino(self) -> int: ...

    @property
    def st_size(self) -> int: ...

    @property
    def st_mtime(self) -> float: ...

    @property
    def st_mtime_ns(self) -> int: ...


class StoragePath(Protocol):
    """A file or folder of the lake or the landing; the part of `pathlib.Path` that works on every kind of storage."""

    @property
    def name(self) -> str: ...

    @property
    def stem(self) -> str: ...

    @property
    def suffix(self) -> str: ...

    @property
    def parent(self) -> Self: ...

    def __truediv__(self, key: str) -> Self: ...

    def __lt__(self, other: Self) -> bool: ...

    def with_name(self, name: str) -> Self: ...

    def relative_to(self, other: Any) -> Any: ...

    def exists(self) -> bool: ...

    def is_dir(self) -> bool: ...

    def is_file(self) -> bool: ...

    def stat(self) -> FileStatus: ...

    def iterdir(self) -> Iterator[Self]: ...

    def glob(self, pattern: str) -> Iterable[Self]: ...

    def open(self, mode: Literal["rb"]) -> BufferedReader: ...

    def read_bytes(self) -> bytes: ...

    def unlink(self, missing_ok: bool = False) -> None: ...


class FolderEntry(NamedTuple):
    """One name in a folder."""

    name: str
    is_folder: bool
    status: FileStatus


def open_place(text: str, web: Sequence[str] = (), right: TokenProvider | None = None) -> StoragePath:
    """The folder of an environment: an absolute path of this machine, or hdfs://name-node/path, which is reached
    through WebHDFS at one of the addresses `web`, on a secured cluster by what one has a `right` to. Nothing is asked
    of the storage yet."""
    if not text.startswith("hdfs://"):
        return Path(text)
    authority, _, path = text.removeprefix("hdfs://").partition("/")
    return HdfsPath(connect(tuple(web), right), authority, f"/{path}")


def uri(place: StoragePath) -> str:
    """The place as Spark and delta-rs take it. Always with a scheme: where HADOOP_CONF_DIR is set, Spark takes a bare
    path for one on HDFS. Not `Path.as_uri`: Hadoop takes %20 for three characters.

    >>> uri(Path("/lake/clean/flights"))
    'file:///lake/clean/flights'
    """
    return str(place) if isinstance(place, HdfsPath) else f"file://{Path(str(place)).resolve()}"


def entries(folder: StoragePath) -> list[FolderEntry]:
    """What lies in a folder, one question for all; none for one that is not there, or is no folder. Raises OSError.

    A name that goes while the folder is read is left out.
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
    """Every file below a folder, however deep, in no order."""
    for entry in entries(folder):
        if entry.is_folder:
            yield from files_below(folder / entry.name)
        else:
            yield folder / entry.name, entry.status
