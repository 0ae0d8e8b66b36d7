"""Let each worker describe itself, and write a table, before a stage fails in the middle of its work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from assay.core.operations.worker_checks import PACKAGES, Worker
from assay.spark.session.errors import translate_spark_errors

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def ask_workers(spark: SparkSession, packages: Sequence[str]) -> tuple[list[Worker], float, float]:
    """Return the workers that one task for each core describes, each host once, between two readings of the clock.

    `packages` are the top-level packages whose code is compared. The two numbers are the driver's clock before and
    after the tasks, in seconds since 1970.

    Raises:
        InfrastructureError: No executor answers.
    """
    context = spark.sparkContext
    names, tasks = list(packages), max(context.defaultParallelism, 1)
    clock_before = time.time()
    with translate_spark_errors():
        answers = context.parallelize(range(tasks), tasks).map(_describe(names)).collect()
    clock_after = time.time()
    by_host = {str(answer["host"]): answer for answer in answers}
    return [Worker(**answer) for _, answer in sorted(by_host.items())], clock_before, clock_after


def write_somewhere(spark: SparkSession, folder: str) -> int:
    """Return how many rows came back from a Delta table that executors wrote to `folder`, an address.

    The write needs the right to write there, and Delta's classes on the executors.

    Raises:
        AssayError: Spark failed, as `explain` translates it.
    """
    with translate_spark_errors():
        spark.range(4, numPartitions=2).write.format("delta").mode("overwrite").save(folder)
        return spark.read.format("delta").load(folder).count()


def _describe(names: list[str]) -> Callable[[int], dict[str, Any]]:
    def describe(_: int) -> dict[str, Any]:
        import platform
        import socket
        import time
        from importlib.metadata import PackageNotFoundError, version

        from assay.errors import InputError
        from assay.spec.user_code.package import package_digest

        packages: dict[str, str | None] = {}
        for name in PACKAGES:
            try:
                packages[name] = version(name)
            except PackageNotFoundError:
                packages[name] = None
        code = {}
        for name in names:
            try:
                code[name] = package_digest(name)
            except InputError:
                code[name] = ""
        return {
            "host": socket.gethostname(),
            "python": platform.python_version(),
            "packages": packages,
            "code": code,
            "clock": time.time(),
        }

    return describe
