"""Bring models to the executors: on one machine they read the driver's files, on a cluster they get a copy."""

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
    """Return the name by which `find_folder` finds the folder on any worker.

    It is the folder's own path where workers share this machine's files. Elsewhere Spark hands each executor the zip
    once and unpacks it there; a folder of the same digest is not sent again.
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
    """The folder of the zips, which lives as long as this process: an executor that starts late fetches them late."""
    return tempfile.TemporaryDirectory(prefix="assay-ship-")


def find_folder(source: str) -> str:
    """Return the folder on this worker, for the name that `ship_folder` returned."""
    if not source.startswith(_SHIPPED):
        return source
    from pyspark import SparkFiles

    return SparkFiles.get(source.removeprefix(_SHIPPED))
