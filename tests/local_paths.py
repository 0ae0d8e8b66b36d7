"""Places of a lake that lies on this machine, as the paths that they are."""

from __future__ import annotations

from pathlib import Path

from assay.store.filesystem.storage_path import StoragePath


def local(place: StoragePath) -> Path:
    """Return the same place as a path, for a test that writes there past the store."""
    assert isinstance(place, Path)
    return place
