"""The files that a cluster gets once and keeps: Spark's jars, the Python environment, and the code of a submission."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.connections import place_of
from assay.core.operations.submission import Shipment
from assay.errors import InputError
from assay.spark.session.jars import spark_home
from assay.spec.project import Pipeline
from assay.store.filesystem.atomic import create_exclusively
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.submission.code_archive import digest_of
from assay.submission.python_environment import lock_digest, pack_environment


@dataclass(frozen=True, slots=True)
class Staged:
    """The present or future place of each archive; `environment` is None where the spec names a packed one."""

    packed: str
    environment: HdfsPath | None
    code: HdfsPath
    jars: HdfsPath

    @property
    def shipment(self) -> Shipment:
        """Their addresses."""
        return Shipment(str(self.environment or self.packed), str(self.code), str(self.jars))


def stage(pipeline: Pipeline, code: bytes) -> Staged:
    """Return the places of everything that a submission needs, without putting anything there.

    A name identifies the content: it has the lock's digest, the code's, or that of the names and sizes of Spark's jars.

    Raises:
        InputError: The staging folder is not on HDFS.
    """
    environment, folder = pipeline.project.environment, _staging(pipeline)
    locked = None if environment.packed else folder / f"environment-{lock_digest(pipeline.project.root)}.tar.gz"
    names = "\n".join(f"{jar.name} {jar.stat().st_size}" for jar in _jars())
    jars = folder / f"spark-{digest_of(names.encode())}.zip"
    return Staged(environment.packed, locked, folder / f"code-{digest_of(code)}.zip", jars)


def ship(pipeline: Pipeline, code: bytes, say: Callable[[str], None]) -> Shipment:
    """Put there what is missing of everything that a submission needs, and return the addresses.

    A file appears whole: so one that is there is the right one, and two submissions at once do no harm.
    """
    staged = stage(pipeline, code)
    if staged.environment is not None and not staged.environment.exists():
        say("packing the Python environment; the next submissions find it on HDFS")
        with _scratch("environment.tar.gz") as archive:
            pack_environment(pipeline.project.root, archive)
            staged.environment.put(archive)
    if not staged.code.exists():
        create_exclusively(staged.code, code)
    if not staged.jars.exists():
        say("putting Spark's jars on HDFS; the next submissions find them there")
        with _scratch("jars.zip") as archive:
            # YARN unpacks it on each node once; a jar is compressed already.
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
                for jar in _jars():
                    packed.write(jar, jar.name)
            staged.jars.put(archive)
    return staged.shipment


@contextmanager
def _scratch(name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="assay-ship-") as folder:
        yield Path(folder) / name


def _jars() -> list[Path]:
    return sorted((spark_home() / "jars").glob("*.jar"))


def _staging(pipeline: Pipeline) -> HdfsPath:
    environment = pipeline.project.environment
    place = place_of(environment, environment.staging)
    if not isinstance(place, HdfsPath):
        raise InputError(
            f"the environment '{environment.name}' runs on a cluster and keeps its staging folder at {place}",
            code="local-staging",
            hint="every node has to reach it: 'spark: {staging: hdfs://...}'",
        )
    return place
