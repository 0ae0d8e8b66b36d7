"""Bring models and code to the executors: on one machine they read the driver's files, on a cluster they get a copy."""

from __future__ import annotations

import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark import SparkContext

_SHIPPED = "shipped:"
_GIVEN_OUTBOX: list[Path] = []


def ship_folder(context: SparkContext, source: str, digest: str) -> str:
    """Return the name by which `find_folder` finds a model's folder on any worker.

    It is the folder's own path where workers share this machine's files. Elsewhere Spark hands each executor the zip
    once and unpacks it there; a folder of the same digest is not sent again.
    """
    if not source or not Path(source).is_dir() or _shares_files(context):
        return source
    name = f"model-{digest}"
    _ship(context, Path(source), name)
    return _SHIPPED + name


def ship_code(context: SparkContext, folder: Path, digest: str) -> str:
    """Return the path from which a worker imports the packages of a folder.

    It is the folder itself where workers share this machine's files. Elsewhere it is relative to the working directory
    of an executor, into which Spark unpacks what it was sent.
    """
    if _shares_files(context):
        return str(folder)
    name = f"code-{digest}"
    _ship(context, folder, name)
    return name


def _shares_files(context: SparkContext) -> bool:
    return str(context.master).startswith("local")


def _ship(context: SparkContext, folder: Path, name: str) -> None:
    if any(archive.endswith(f"#{name}") for archive in context.listArchives):
        return
    archive = outbox() / f"{name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder).as_posix())
    context.addArchive(f"{archive}#{name}")


def outbox() -> Path:
    """Return the folder of the zips, which lives as long as Spark: an executor that starts late fetches them late."""
    return _GIVEN_OUTBOX[0] if _GIVEN_OUTBOX else Path(_own_outbox().name)


def use_outbox(folder: Path) -> None:
    """Let this process use the outbox of the one whose Spark it is attached to, and which outlives it."""
    _GIVEN_OUTBOX[:] = [folder]


@lru_cache
def _own_outbox() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="assay-ship-")


def find_folder(source: str) -> str:
    """Return the folder on this worker, for the name that `ship_folder` returned."""
    if not source.startswith(_SHIPPED):
        return source
    from pyspark import SparkFiles

    return SparkFiles.get(source.removeprefix(_SHIPPED))
