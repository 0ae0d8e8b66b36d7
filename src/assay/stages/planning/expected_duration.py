"""The expected durations of the steps of a plan, from the ledger's records of earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assay.core.interval import Interval
from assay.core.operations.stage_durations import (
    ExpectedTime,
    TimedRun,
    expected_seconds,
    expected_time,
    usual_rows_per_second,
)
from assay.core.run_status import NO_WORK
from assay.stages.planning.step import TABLE_STAGES, Step
from assay.stages.runtime.context import Context
from assay.stages.runtime.run_watch import WatchedStep
from assay.store.ledger.run_record import RunRecord

BY_PARTITIONS = frozenset({"clean", "score"})
"""The stages whose record has a partition for each day that they worked on, and for no other day."""

OF_ONE_DATE = frozenset({"train", "gate"})
"""The stages that are about a date, and not about the days of an interval."""


def past_runs(records: Iterable[RunRecord]) -> list[TimedRun]:
    """Return the measured runs of a stage of one subject, in the order of their records."""
    return [
        TimedRun(_days(record), record.use.duration_seconds, record.use.rows)
        for record in records
        if record.use is not None and record.status not in NO_WORK
    ]


def _days(record: RunRecord) -> int:
    if record.stage in OF_ONE_DATE:
        return 1
    if record.stage in BY_PARTITIONS:
        return max(1, len(record.partitions))
    return max(1, (record.end - record.start).days)


def days_of(step: Step) -> int | None:
    """Return the days that a step would work on: 0 where it is skipped, None where that is not known yet.

    Days without a task count where an earlier step of the same run may give them one.
    """
    if step.skipped:
        return 0
    match step.stage:
        case "clean":
            return step.due if step.tasks else None
        case "train":
            return step.due if step.tasks else 1
        case "score":
            return step.due + len(step.interval) - len(step.tasks)
    return 1 if step.stage in OF_ONE_DATE else len(step.interval)


class RunHistory:
    """The records of a pipeline, read once for all steps of a run: on a cluster, each reading lists a folder."""

    def __init__(self, ctx: Context) -> None:
        self._force = ctx.force
        self._records: dict[tuple[str, str], list[RunRecord]] = {}
        for record in ctx.ledger.records():
            self._records.setdefault((record.stage, record.subject), []).append(record)

    def seconds_of(self, step: Step) -> float | None:
        """Return the expected seconds of a step; None where they cannot be known."""
        days = days_of(step)
        return None if days is None else expected_seconds(past_runs(self._of(step.stage, step.subject)), days)

    def total_time(self, steps: Sequence[Step], tables_at_once: int) -> ExpectedTime:
        """Return the expected time of a whole run, whose tables are worked on beside each other."""
        chains: dict[str, list[float | None]] = {}
        for step in steps:
            if step.stage in TABLE_STAGES:
                chains.setdefault(step.subject, []).append(self.seconds_of(step))
        models = [self.seconds_of(step) for step in steps if step.stage not in TABLE_STAGES]
        return expected_time(chains.values(), models, tables_at_once)

    def watched_step(self, stage: str, subject: str, interval: Interval, *, skipped: bool = False) -> WatchedStep:
        """Return a step as a watch takes it; the days without a state in the ledger count as its work.

        The plan of the step is not computed for it: that would read the landed files once more.
        """
        records = self._of(stage, subject)
        days = 0 if skipped else self._likely_days(stage, records, interval)
        runs = past_runs(records)
        seconds, rate = expected_seconds(runs, days), usual_rows_per_second(runs)
        return WatchedStep(stage, subject, interval.start, days, seconds, rate)

    def _of(self, stage: str, subject: str) -> list[RunRecord]:
        return self._records.get((stage, subject), [])

    def _likely_days(self, stage: str, records: Iterable[RunRecord], interval: Interval) -> int:
        if stage in OF_ONE_DATE:
            return 1
        if stage not in BY_PARTITIONS or self._force:
            return len(interval)
        known = {day for record in records for day in record.partitions}
        return sum(str(day) not in known for day in interval)
