"""The runs of lineage from the records of the ledger: job, times, parent, inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from assay.core.lineage.lineage_run import LineageDataset, LineageJob, LineageRun, RunOutcome, RunReference
from assay.core.run_status import RunStatus
from assay.stages.lineage.datasets import PipelineDatasets
from assay.stages.lineage.stage_datasets import (
    RunDatasets,
    of_clean,
    of_gate,
    of_handover,
    of_land,
    of_monitor,
    of_score,
    of_train,
    of_validate,
)
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import HandoverDetails, ReleaseDetails, ScoreReleaseDetails
from assay.store.ledger.run_record import RunRecord

OUTCOMES: Mapping[str, RunOutcome] = MappingProxyType(
    {RunStatus.FAILED: RunOutcome.FAIL, RunStatus.INTERRUPTED: RunOutcome.ABORT}
)
"""The endings that are no COMPLETE."""

STAGES: Mapping[str, Callable[[PipelineDatasets, RunRecord], RunDatasets]] = MappingProxyType(
    {
        "land": of_land,
        "clean": of_clean,
        "validate": of_validate,
        "train": of_train,
        "gate": of_gate,
        "score": of_score,
        "monitor": of_monitor,
        "promote": of_handover,
        "rollback": of_handover,
    }
)
"""The stages that move data or decide which model serves; the others, such as `pause`, have no dataset."""


def lineage_runs(datasets: PipelineDatasets, records: Sequence[RunRecord]) -> list[tuple[RunRecord, LineageRun]]:
    """Return the run of each record of a stage that has datasets, in the order of the records.

    It reads documents and Delta logs of the lake, and needs no JVM.

    Raises:
        InfrastructureError: The lake cannot be read.
    """
    kept = [record for record in records if record.stage in STAGES]
    causes = {cause for record in kept if (cause := _parent(record))}
    known = {one.run_id: one for one in datasets.ctx.ledger.records() if one.run_id in causes} if causes else {}
    return [(record, _run(datasets, record, known.get(_parent(record)))) for record in kept]


def _run(datasets: PipelineDatasets, record: RunRecord, parent: RunRecord | None) -> LineageRun:
    inputs, outputs = STAGES[record.stage](datasets, record)
    ended = datetime.fromisoformat(record.at)
    seconds = record.use.duration_seconds if record.use is not None else 0.0
    return LineageRun(
        run=reference(record, datasets.namespace),
        outcome=OUTCOMES.get(record.status, RunOutcome.COMPLETE),
        started=ended - timedelta(seconds=max(seconds, 0.0)),
        ended=ended,
        dates_start=_midnight(datasets.ctx, record.start),
        dates_end=_midnight(datasets.ctx, record.end),
        inputs=_at_most_once(inputs),
        outputs=_at_most_once(outputs),
        parent=None if parent is None else reference(parent, datasets.namespace),
    )


def reference(record: RunRecord, namespace: str) -> RunReference:
    """Return the run of a record with its job: the pipeline, the stage, and the subject where it is a table."""
    of = "" if record.subject == record.pipeline and record.stage not in _OF_TABLES else f".{record.subject}"
    return RunReference(record.run_id, LineageJob(namespace, f"{record.pipeline}.{record.stage}{of}", record.stage))


_OF_TABLES = frozenset({"land", "clean", "validate"})


def _parent(record: RunRecord) -> str:
    """Return the run that caused this one: that of a released day, or the monitoring behind a rollback."""
    match record.details:
        case ReleaseDetails(released_from=run) | ScoreReleaseDetails(released_from=run):
            return run
        case HandoverDetails(requested_by=str(run)):
            return run
    return ""


def _at_most_once(datasets: Sequence[LineageDataset]) -> tuple[LineageDataset, ...]:
    return tuple({dataset.at: dataset for dataset in datasets}.values())


def _midnight(ctx: Context, day: date) -> datetime:
    return datetime.combine(day, time(), ctx.pipeline.zone).astimezone(UTC)
