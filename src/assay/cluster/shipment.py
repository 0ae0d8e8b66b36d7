"""What a cluster is given once and keeps: Spark's jars, the Python environment, and the code of a submission."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from assay.cluster.code_archive import archive_code, digest_of
from assay.cluster.environment_archive import lock_digest, pack_environment
from assay.core.submission import Shipment
from assay.errors import InputError
from assay.spark.jars import spark_home
from assay.spec.project import Pipeline
from assay.store.files import create_exclusively
from assay.store.hdfs import HdfsPath
from assay.store.place import open_place


def ship(pipeline: Pipeline, code: bytes, say: Callable[[str], None]) -> Shipment:
    """The addresses of everything a submission needs, each put there by whoever came first.

    A name says the content (the lock's digest, the code's, the version of Spark), and a file appears whole: so one that
    is there is the right one, and two submissions at once do no harm.
    """
    environment, staging = pipeline.project.environment, _staging(pipeline)
    packed = environment.packed
    if not packed:
        place = staging / f"environment-{lock_digest(pipeline.project.root)}.tar.gz"
        packed = str(place)
        if not place.exists():
            say("packing the Python environment; the next submissions find it on HDFS")
            with tempfile.TemporaryDirectory(prefix="assay-pack-") as scratch:
                archive = Path(scratch) / "environment.tar.gz"
                pack_environment(pipeline.project.root, archive)
                place.put(archive)
    code_place = staging / f"code-{digest_of(code)}.zip"
    if not code_place.exists():
        create_exclusively(code_place, code)
    return Shipment(packed, str(code_place), str(_jars(staging, say)))


def planned(pipeline: Pipeline, code: bytes) -> Shipment:
    """The same addresses, without putting anything there."""
    staging, environment = _staging(pipeline), pipeline.project.environment
    packed = environment.packed or str(staging / f"environment-{lock_digest(pipeline.project.root)}.tar.gz")
    return Shipment(packed, str(staging / f"code-{digest_of(code)}.zip"), str(_jars_place(staging)))


def code_of(pipeline: Pipeline) -> bytes:
    """The zip of the code, for `ship`: its digest is part of a submission's identity."""
    return archive_code(pipeline)


def _jars(staging: HdfsPath, say: Callable[[str], None]) -> HdfsPath:
    place = _jars_place(staging)
    if not place.exists():
        say("putting Spark's jars on HDFS; the next submissions find them there")
        with tempfile.TemporaryDirectory(prefix="assay-jars-") as scratch:
            archive = Path(scratch) / "jars.zip"
            # YARN unpacks it on each node once; a jar is compressed already.
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
                for jar in sorted((spark_home() / "jars").glob("*.jar")):
                    packed.write(jar, jar.name)
            place.put(archive)
    return place


def _jars_place(staging: HdfsPath) -> HdfsPath:
    jars = sorted((spark_home() / "jars").glob("*.jar"))
    names = "\n".join(f"{jar.name} {jar.stat().st_size}" for jar in jars)
    return staging / f"spark-{digest_of(names.encode())}.zip"


def _staging(pipeline: Pipeline) -> HdfsPath:
    environment = pipeline.project.environment
    place = open_place(environment.staging, environment.webhdfs, secured=environment.secured)
    if not isinstance(place, HdfsPath):
        raise InputError(
            f"the environment '{environment.name}' runs on a cluster and keeps its staging folder at {place}",
            code="local-staging",
            hint="every node has to reach it: 'spark: {staging: hdfs://...}'",
        )
    return place
