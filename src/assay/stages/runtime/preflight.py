"""preflight: check once for each environment, before its first job, that the cluster is fit for it."""

from __future__ import annotations

import hashlib
import platform
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.core.operations.worker_checks import faults
from assay.errors import InfrastructureError
from assay.spec.project import Pipeline, packages_of
from assay.spec.user_code.package import package_digest
from assay.store.filesystem.atomic import to_json, write_atomically
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import StoragePath, uri
from assay.store.users import now_utc

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class PreflightPass:
    """The preflight that an environment has passed, kept so that it is not made again."""

    at: str
    lines: tuple[str, ...]


PASS_FORMAT = DocumentFormat("preflight", 1, PreflightPass)
NOT_FIT = "the cluster is not fit for this environment: "


def preflight(pipeline: Pipeline, lake: StoragePath, spark: SparkSession, *, again: bool = False) -> list[str]:
    """Check the cluster, and return one line for each thing that was looked at; none if this environment passed before.

    These are checked on an executor: Python's version, the packages against the lock, the code against the driver's,
    the clock, and a Delta table written to the lake.

    Raises:
        InfrastructureError: Something is wrong; a sentence describes each fault. The check is then made again next
            time.
    """
    from assay.spark.cluster.worker_probe import ask_workers

    passed = lake / "_assay" / "preflight" / f"{_digest(pipeline)}.json"
    if not again and passed.exists():
        return []
    packages = ["assay", *packages_of(pipeline)]
    code = {name: package_digest(name) for name in packages}
    workers, sent_at, answered = ask_workers(spark, packages)
    fault_sentences = [
        fault
        for worker in workers
        for fault in faults(
            worker,
            python=platform.python_version(),
            lock=_lock(pipeline),
            code=code,
            requested_at=sent_at,
            answered_at=answered,
        )
    ]
    if fault_sentences:
        raise InfrastructureError(
            NOT_FIT + "; ".join(fault_sentences), code="preflight", hint="'assay doctor' looks again"
        )
    _write(lake, spark)
    hosts = ", ".join(worker.host for worker in workers)
    lines = [
        f"workers: {hosts}, with the driver's Python, the lock's packages and the driver's code",
        f"lake: executors write Delta tables to {lake}",
    ]
    write_atomically(passed, to_json(PASS_FORMAT.document(PreflightPass(now_utc(), tuple(lines)))))
    return lines


def _write(lake: StoragePath, spark: SparkSession) -> None:
    from assay.spark.cluster.worker_probe import write_somewhere

    place = lake / "_assay" / "preflight" / f"trial-{secrets.token_hex(6)}"
    try:
        rows = write_somewhere(spark, uri(place))
    finally:
        if isinstance(place, HdfsPath):
            place.remove_tree()
    if rows != 4:
        raise InfrastructureError(
            f"{NOT_FIT}of 4 rows that executors wrote to {lake}, {rows} came back", code="preflight"
        )


def _digest(pipeline: Pipeline) -> str:
    """Return a digest of what the check holds for: it is made anew for another lock, Python or other settings."""
    environment = pipeline.project.environment
    parts = [
        _lock(pipeline),
        platform.python_version(),
        environment.packed,
        *map(str, sorted(environment.spark.items())),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _lock(pipeline: Pipeline) -> str:
    lock = pipeline.project.root / "uv.lock"
    return lock.read_text(encoding="utf-8") if lock.is_file() else ""
