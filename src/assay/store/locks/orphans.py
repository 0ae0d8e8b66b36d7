"""Leftovers of killed writers beside the records: temporary files, and the notes of locks that ended."""

from __future__ import annotations

from assay.store.filesystem.atomic import ONE_DAY
from assay.store.filesystem.storage_path import StoragePath, files_below
from assay.store.filesystem.temp_names import is_temporary
from assay.store.locks.locks import holders


def find_orphans(lake: StoragePath, pipeline: str, now: float) -> list[StoragePath]:
    """Return the files of dead writers among a pipeline's records and the lake's locks, sorted.

    A temporary file is a leftover after a day, a lock's note as soon as the kernel no longer knows the lock. The lock
    files themselves stay: one that is removed while a process opens it would lock nothing.
    """
    records = lake / "_assay" / pipeline
    old = [path for path, status in files_below(records) if is_temporary(path.name) and status.st_mtime < now - ONE_DAY]
    return sorted([*old, *(holder.note for holder in holders(lake) if not holder.alive)])
