"""What killed writers left beside the records: temporary names that nobody will rename, notes of locks that ended."""

from __future__ import annotations

import os
from pathlib import Path

from assay.store.files import ONE_DAY, is_temporary
from assay.store.locks import holders


def leftovers(lake: Path, pipeline: str, now: float) -> list[Path]:
    """The files of dead writers among a pipeline's records and the lake's locks, sorted.

    A temporary name is one after a day; a lock's note as soon as the kernel no longer knows the lock. The lock files
    themselves stay: one that is removed while somebody opens it would lock nothing.
    """
    records = lake / "_assay" / pipeline
    found = [path for path in _temporaries(records) if _older(path, now - ONE_DAY)]
    return sorted(found + [holder.note for holder in holders(lake) if not holder.alive])


def _temporaries(folder: Path) -> list[Path]:
    return [Path(place) / name for place, _, names in os.walk(folder) for name in names if is_temporary(name)]


def _older(path: Path, instant: float) -> bool:
    try:
        return path.stat().st_mtime < instant
    except FileNotFoundError:
        return False
