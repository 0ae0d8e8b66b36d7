"""The resources of the cluster that a run took, for its record: they show a stage that became more expensive."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from assay.connections import yarn_of
from assay.errors import InfrastructureError
from assay.spec.project import Environment
from assay.store.hadoop.webhdfs import transferred

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SUMS = ("sent", "received", "shuffled", "vcore_seconds", "megabyte_seconds")


class Footprints:
    """A counter of resources from one record of a process to the next."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}
        self._stage = -1

    def since(self, environment: Environment, spark: SparkSession | None) -> dict[str, Any]:
        """Return the resources that were taken since the last call; empty where everything stays on one machine.

        - `sent` and `received` are bytes of files over WebHDFS.
        - `collected` are the bytes of results that came to the driver.
        - `vcore_seconds` and `megabyte_seconds` are what YARN allocated.

        The first three left the cluster.
        """
        now: dict[str, Any] = {}
        if environment.webhdfs:
            now["sent"], now["received"] = transferred(environment.webhdfs)
        if spark is not None and environment.on_yarn:
            now |= _of_the_application(environment, spark, self._stage)
            self._stage = now.pop("newest")
        taken = {name: value - self._before.get(name, 0) if name in SUMS else value for name, value in now.items()}
        self._before = {name: now[name] for name in SUMS if name in now}
        return taken


def _of_the_application(environment: Environment, spark: SparkSession, after: int) -> dict[str, Any]:
    from assay.spark.cluster.resource_usage import footprint

    usage: dict[str, Any] = dict(footprint(spark, after))
    with suppress(InfrastructureError):  # a record is not refused because YARN's web page does not answer
        about = yarn_of(environment).application(usage["application"])
        usage |= {
            "queue": about.queue,
            "vcore_seconds": about.vcore_seconds,
            "megabyte_seconds": about.megabyte_seconds,
        }
    return usage
