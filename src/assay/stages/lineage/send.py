"""The sending of lineage: the runs that are new in the ledger once each, or those of given dates again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from assay.core.interval import Interval
from assay.core.lineage.lineage_run import LineageRun
from assay.errors import InputError
from assay.lineage.events import events_of, require_client
from assay.lineage.send import LineageFailure, open_emitter
from assay.notifications.failure import SendFailure
from assay.notifications.secret_values import read_secret
from assay.spec.schema.lineage import LineageSpec
from assay.stages.lineage.datasets import PipelineDatasets
from assay.stages.lineage.runs import STAGES, lineage_runs
from assay.stages.runtime.context import Context
from assay.store.failpoints import failpoint
from assay.store.ledger.lineage_mark import LineageMarks
from assay.store.ledger.run_record import RunRecord
from assay.store.locks.locks import hold

NAMESPACE = "assay"
"""The namespace of jobs where the environment has no section `lineage`."""

AT_ONCE = 50
"""Records whose datasets are looked up together, so that a long ledger is sent in pieces."""


@dataclass(frozen=True, slots=True)
class LineageSending:
    """The result of sending: the runs whose events were taken, those that wait, and the code of the failure."""

    sent: int
    waiting: int = 0
    code: str = ""


def lineage_spec(ctx: Context) -> LineageSpec:
    """Return the section `lineage` of the environment.

    Raises:
        InputError: There is none.
    """
    environment = ctx.pipeline.project.environment
    if environment.lineage is None:
        hint = f"add 'lineage: {{file: ...}}' to conf/environments/{environment.name}.yaml (docs/lineage.md)"
        raise InputError(f"the environment '{environment.name}' has no lineage", code="no-lineage", hint=hint)
    return environment.lineage


def runs_of(ctx: Context, interval: Interval | None) -> list[LineageRun]:
    """Return the runs whose dates overlap the interval, of all dates without one, oldest first.

    Raises:
        InfrastructureError: The lake cannot be read.
    """
    spec = ctx.pipeline.project.environment.lineage
    fixed = ctx.with_fixed_ledger()
    records = [one for one in fixed.ledger.records() if interval is None or _covers(interval, one)]
    datasets = PipelineDatasets(fixed, NAMESPACE if spec is None else spec.namespace)
    return [run for _, run in lineage_runs(datasets, records)]


def send_again(ctx: Context, interval: Interval, *, timeout: float) -> LineageSending:
    """Send the events of all runs whose dates overlap the interval, sent before or not. The mark stays.

    Raises:
        InputError: The environment has no lineage, or openlineage-python is not installed.
        InfrastructureError: The lake cannot be read.
    """
    spec, runs, sent = lineage_spec(ctx), runs_of(ctx, interval), 0
    require_client()
    try:
        emit = _emitter(spec, timeout)
        for run in runs:
            _send(emit, run)
            sent += 1
    except (SendFailure, LineageFailure) as failure:
        return LineageSending(sent, len(runs) - sent, failure.code)
    return LineageSending(sent)


def send_new(ctx: Context, *, timeout: float, within: float = float("inf"), wait: float = 1.0) -> LineageSending:
    """Send the events of all runs since the mark of the environment, oldest first, and move the mark with each run.

    A kill between a run's events and the mark sends these events again, with the same ids. The first failure ends it:
    the next call begins with the same run, so that a server gets the runs in their order.

    Args:
        ctx: The pipeline.
        timeout: Seconds that each step of a connection may take.
        within: Seconds after which no further run is begun; the rest waits.
        wait: Seconds to wait for another process that sends.

    Raises:
        LostRace: Another process still sends.
        InputError: The environment has no lineage, or openlineage-python is not installed.
        InfrastructureError: The lake cannot be read or written.
    """
    spec, environment = lineage_spec(ctx), ctx.pipeline.project.environment.name
    require_client()
    marks, until = LineageMarks(ctx.lake, ctx.pipeline.name), time.monotonic() + within
    fixed = ctx.with_fixed_ledger()
    records = fixed.ledger.records()
    if not records or marks.read(environment) == records[-1].number:
        return LineageSending(0)
    with hold(ctx.lake, f"lineage/{ctx.pipeline.name}", None, wait=wait):
        mark = marks.read(environment)
        # The mark of a ledger that was replaced by a shorter one, such as a restored backup, counts as none.
        new = [one for one in records if one.number > mark or mark > records[-1].number]
        sent, code = 0, ""
        try:
            emit = _emitter(spec, timeout)
            for record, run in _in_pieces(PipelineDatasets(fixed, spec.namespace), new, until):
                if run is not None:
                    _send(emit, run)
                    sent += 1
                failpoint("lineage:before-mark")
                marks.write(environment, record.number)
        except (SendFailure, LineageFailure) as failure:
            code = failure.code
    left = [one for one in new if one.stage in STAGES][sent:]
    return LineageSending(sent, len(left), code or ("late" if left else ""))


def _in_pieces(
    datasets: PipelineDatasets, records: list[RunRecord], until: float
) -> Iterator[tuple[RunRecord, LineageRun | None]]:
    """Yield each record with its run until the time is over; only the last of a row of records without one."""
    for first in range(0, len(records), AT_ONCE):
        piece = records[first : first + AT_ONCE]
        runs = {record.number: run for record, run in lineage_runs(datasets, piece)}
        for record in piece:
            if time.monotonic() > until:
                return
            if record.number in runs or record is piece[-1]:
                yield record, runs.get(record.number)


def _emitter(spec: LineageSpec, timeout: float) -> Callable[[Any], None]:
    return open_emitter(spec, read_secret(spec.token_file, spec.token_env), timeout)


def _send(emit: Callable[[Any], None], run: LineageRun) -> None:
    for event in events_of(run):
        emit(event)
        failpoint("lineage:sent")


def _covers(interval: Interval, record: RunRecord) -> bool:
    return record.start < interval.end and interval.start < record.end
