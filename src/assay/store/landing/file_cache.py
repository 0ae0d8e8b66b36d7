"""Read a landed file once in a process, for as long as nothing can have changed it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.core.landing.file_format import format_of
from assay.store.filesystem.storage_path import StoragePath
from assay.store.landing.landed_file import LandedFile, read_landed_file

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema

SETTLED = 2_000_000_000
"""Nanoseconds since a file's last change after which another change must show in its times, however coarse they are."""

Stamp = tuple[int, ...]
"""The identity of a file and its content."""

_Key = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str, str]


@dataclass(slots=True)
class LandedFileCache:
    """A reader that measures landed files, each once as long as it is unchanged.

    A file is known by its place, inode, size and times. The change time is the file system's own: no program can set it
    back, and a rename over the file brings another inode.

    A file that was changed just before it was read is read again each time. A second change within one tick of the
    clock would not show in its times (git's index has the same rule).
    """

    _known: dict[str, dict[_Key, tuple[Stamp, LandedFile]]] = field(default_factory=dict)

    def read(self, path: StoragePath, name: str, schema: TableSchema) -> LandedFile:
        """Measure a file as `read_landed_file` does, without reading an unchanged file again."""
        stamp, settled = _stamp(path)
        known = self._known.get(str(path), {}).get(_key(path, schema))
        if known is not None and settled and known[0] == stamp:
            return known[1]
        landed_file = read_landed_file(path, name, schema)
        if settled:
            self.note(path, schema, stamp, landed_file)
        return landed_file

    def unread(self, path: StoragePath, schema: TableSchema) -> Stamp | None:
        """Return what identifies the file, for `note`; None if a measurement of it is known or cannot be kept.

        It cannot be kept if the file was changed so lately that no reading of it holds for another.
        """
        stamp, settled = _stamp(path)
        known = self._known.get(str(path), {}).get(_key(path, schema))
        return stamp if settled and (known is None or known[0] != stamp) else None

    def note(self, path: StoragePath, schema: TableSchema, stamp: Stamp, landed_file: LandedFile) -> None:
        """Keep a measurement that was made elsewhere, unless the file is no longer the one that `unread` identified."""
        if _stamp(path)[0] == stamp:
            self._known.setdefault(str(path), {})[_key(path, schema)] = (stamp, landed_file)

    def holds(self, path: StoragePath, sha256: str) -> bool:
        """Return whether the file still has that checksum; False if it cannot be read."""
        stamp, settled = _stamp(path)
        known = self._known.get(str(path), {}).values()
        if settled and any(at == stamp and file.sha256 == sha256 for at, file in known):
            return True
        try:
            with path.open("rb") as opened:
                return hashlib.file_digest(opened, "sha256").hexdigest() == sha256
        except OSError:
            return False


def _key(path: StoragePath, schema: TableSchema) -> _Key:
    """Return the part of the schema on which the measurements depend; the types of columns are in columnar files."""
    left_out = ["all"] if schema.left_out == "all" else ["some", *schema.left_out]
    types = [column.type for column in schema.source_columns] if format_of(path.name).is_columnar else []
    return schema.header, tuple(left_out), tuple(types), schema.delimiter, schema.encoding


def _stamp(path: StoragePath) -> tuple[Stamp, bool]:
    """Return the identity of the file and its content, and whether it can be relied on; without a file it cannot."""
    try:
        status = path.stat()
    except OSError:
        return (), False
    # HDFS has no change time: its files are written once, and a rename brings another id.
    device, created = getattr(status, "st_dev", 0), getattr(status, "st_ctime_ns", 0)
    changed = max(status.st_mtime_ns, created)
    stamp = (device, status.st_ino, status.st_size, status.st_mtime_ns, created)
    return stamp, settled_at(changed)


def settled_at(changed: int) -> bool:
    """Return whether a change at that time (nanoseconds since the epoch) is so long ago that a later one must show."""
    return time.time_ns() - changed > SETTLED
