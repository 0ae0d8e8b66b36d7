"""The resources of the cluster that a run took, for its record: they show a stage that became more expensive."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.connections import yarn_of
from assay.errors import InfrastructureError
from assay.spec.project import Environment
from assay.store.hadoop.webhdfs import transferred
from assay.store.ledger.footprint import ApplicationUse, Footprint

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Footprints:
    """A counter of resources from one record of a process to the next."""

    def __init__(self) -> None:
        self._before = Footprint()
        self._stage = -1

    def since(self, environment: Environment, spark: SparkSession | None) -> Footprint | None:
        """Return the resources that were taken since the last call; None where everything stays on one machine."""
        on_yarn = spark is not None and environment.on_yarn
        if not environment.webhdfs and not on_yarn:
            return None
        sent, received = transferred(environment.webhdfs) if environment.webhdfs else (0, 0)
        use = self._of_the_application(environment, spark) if spark is not None and on_yarn else None
        before, now = self._before, Footprint(sent, received, use)
        self._before = now if use is not None else replace(now, application=before.application)
        return Footprint(sent - before.sent, received - before.received, _difference(use, before.application))

    def _of_the_application(self, environment: Environment, spark: SparkSession) -> ApplicationUse:
        """Return the use of the application so far; of results, those since the last call."""
        from assay.spark.cluster.resource_usage import session_use

        now = session_use(spark, self._stage)
        self._stage = now.newest
        use = ApplicationUse(now.application, now.collected, now.shuffled, now.peak_memory)
        with suppress(InfrastructureError):  # a record is not refused because YARN's web page does not answer
            about = yarn_of(environment).application(now.application)
            use = replace(
                use, queue=about.queue, vcore_seconds=about.vcore_seconds, megabyte_seconds=about.megabyte_seconds
            )
        return use


def _difference(now: ApplicationUse | None, before: ApplicationUse | None) -> ApplicationUse | None:
    """Return what was used since `before` of what an application sums up; the other values are of now."""
    if now is None or before is None:
        return now
    return replace(
        now,
        shuffled=now.shuffled - before.shuffled,
        vcore_seconds=now.vcore_seconds - before.vcore_seconds,
        megabyte_seconds=now.megabyte_seconds - before.megabyte_seconds,
    )
