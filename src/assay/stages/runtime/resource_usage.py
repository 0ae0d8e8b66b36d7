"""The resources that a run took, for its record: they show a stage that became more expensive."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.connections import yarn_of
from assay.errors import InfrastructureError
from assay.spec.project import Environment
from assay.stages.runtime.process_use import ProcessUse, process_use
from assay.store.hadoop.webhdfs import transferred
from assay.store.ledger.footprint import ApplicationUse, Footprint, RunUse

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


WORKED_ON = {
    "land": ("lines",),
    "clean": ("in",),
    "train": ("rows",),
    "fold": ("rows",),
    "score": ("rows", "held"),
    "monitor": ("labelled",),
}
"""The counts of a stage's record that are the rows it worked on."""


PARTS = frozenset({"fold"})
"""The records that are parts of another stage's run: the folds of a training."""

SUBMITTED = "PYSPARK_GATEWAY_PORT"
"""The variable that `spark-submit` sets: then the JVM is the parent of this process, and not its child."""


class UseMeter:
    """A counter of the machine's resources from one run of a process to the next.

    A run begins where the record before it was made, or where its stage was started by `start_stage`. `root` is the
    process whose tree is counted: this one, or the JVM of `spark-submit` that started it.
    """

    def __init__(self, root: int | None = None, read: Callable[[int], ProcessUse] = process_use) -> None:
        self.root = _root() if root is None else root
        self._read = read
        self._began = self._newest = read(self.root)
        self._run_id = ""
        self._part: ProcessUse | None = None
        self._shared = False

    def fork(self, *, shared: bool) -> UseMeter:
        """Return a meter for work beside this one; `shared` if more than one such work is done at once."""
        meter = UseMeter(self.root, self._read)
        meter._shared = shared
        return meter

    def start_stage(self) -> None:
        """Let the next run begin now: what the process did before belongs to no run."""
        self._newest, self._run_id = self._read(self.root), ""

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Leave out the body of the runs of this process, since another process records it."""
        before = self._read(self.root)
        try:
            yield
        finally:
            self._newest = _later(self._newest, _since(before, self._read(self.root)))

    def of_run(self, run_id: str, stage: str, counts: Mapping[str, int]) -> RunUse:
        """Return the use of a run until now; a second call for the same run counts from the same beginning.

        A part of a stage with a record of its own does not end the stage's run, which has all of its parts.
        """
        now = self._read(self.root)
        if stage in PARTS:
            use, self._part = _since(self._part or self._newest, now), now
        else:
            if run_id != self._run_id:
                self._began, self._run_id = self._newest, run_id
            self._newest, self._part = now, None
            use = _since(self._began, now)
        rows = [counts[name] for name in WORKED_ON.get(stage, ()) if name in counts]
        return RunUse(
            round(use.clock_seconds, 3),
            None if use.cpu_seconds is None else round(use.cpu_seconds, 3),
            now.peak_memory,
            sum(rows) if rows else None,
            self._shared,
        )


def _root() -> int:
    return os.getppid() if SUBMITTED in os.environ else os.getpid()


def _since(before: ProcessUse, now: ProcessUse) -> ProcessUse:
    """Return what was used between two readings.

    The CPU seconds are None where their sum fell: a process was lost that its parent did not wait for.
    """
    cpu = None
    if now.cpu_seconds is not None and before.cpu_seconds is not None and now.cpu_seconds >= before.cpu_seconds:
        cpu = now.cpu_seconds - before.cpu_seconds
    return ProcessUse(max(0.0, now.clock_seconds - before.clock_seconds), cpu, now.peak_memory)


def _later(mark: ProcessUse, use: ProcessUse) -> ProcessUse:
    """Return a mark moved by a use."""
    cpu = None if mark.cpu_seconds is None else mark.cpu_seconds + (use.cpu_seconds or 0.0)
    return ProcessUse(mark.clock_seconds + use.clock_seconds, cpu, mark.peak_memory)


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
