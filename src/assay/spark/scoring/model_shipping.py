"""Models on their way to the executors: on one machine they read the driver's files, on a cluster they get a copy."""

from __future__ import annotations

import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark import SparkContext

_SHIPPED = "shipped:"


def ship_folder(context: SparkContext, source: str, digest: str) -> str:
    """What `find_folder` finds the folder by on any worker: itself where workers share this machine's files.

    Spark hands each executor the zip once and unpacks it there; a folder of the same digest is not sent again.
    """
    if not source or str(context.master).startswith("local") or not Path(source).is_dir():
        return source
    name = f"model-{digest}"
    if not any(archive.endswith(f"#{name}") for archive in context.listArchives):
        archive = Path(_outbox().name) / f"{name}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
            for path in sorted(Path(source).rglob("*")):
                packed.write(path, path.relative_to(source).as_posix())
        context.addArchive(f"{archive}#{name}")
    return _SHIPPED + name


@lru_cache
def _outbox() -> tempfile.TemporaryDirectory[str]:
    """Where the zips stay as long as this process: an executor that starts late fetches them late."""
    return tempfile.TemporaryDirectory(prefix="assay-ship-")


def find_folder(source: str) -> str:
    """The folder on this worker, for what `ship_folder` gave."""
    if not source.startswith(_SHIPPED):
        return source
    from pyspark import SparkFiles

    return SparkFiles.get(source.removeprefix(_SHIPPED))
