"""The datasets that a run of each stage read and wrote, as its record and its verdict hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assay.core.lineage.lineage_run import ColumnOrigin, DatasetColumn, LineageDataset
from assay.core.model_versions import ModelVersion
from assay.stages.lineage.datasets import PipelineDatasets, check_outcomes, of_days
from assay.store.ledger.run_details import (
    GateDetails,
    HandoverDetails,
    MonitoringDetails,
    ReleaseDetails,
    ScoreReleaseDetails,
    ScoringDetails,
    TableRead,
    TrainingDetails,
)
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import PartitionStatus, RunRecord

RunDatasets = tuple[Sequence[LineageDataset], Sequence[LineageDataset]]
"""The inputs and the outputs of a run."""


def of_land(datasets: PipelineDatasets, record: RunRecord) -> RunDatasets:
    """Return the landed files as an output: they came from outside."""
    return (), datasets.sources(record.subject, record.counts.get("lines"))


def of_clean(datasets: PipelineDatasets, record: RunRecord) -> RunDatasets:
    """Return the source, or the held days that were released, and the tables that got rows."""
    table, verdicts = record.subject, datasets.ctx.runs.find(record.measured_by, DAILY_VERDICTS) or {}
    released = isinstance(record.details, ReleaseDetails)
    inputs = (datasets.clean(table, "held"),) if released else datasets.sources(table, _rows(record, "in"))
    outputs = []
    for kind, status in (("clean", PartitionStatus.PUBLISHED), ("held", PartitionStatus.HELD)):
        days = _days(record, status)
        if days:
            checks = check_outcomes(of_days(verdicts, days))
            dataset = replace(datasets.clean(table, kind), rows=_rows(record, "out", days), checks=checks)
            outputs.append(datasets.written_by(record.run_id, kind, dataset, table))
    refused = _rows(record, "quarantined")
    if refused and not released:
        dataset = replace(datasets.quarantine(table), rows=refused)
        outputs.append(datasets.written_by(record.run_id, "quarantine", dataset, table))
    return inputs, outputs


def of_validate(datasets: PipelineDatasets, record: RunRecord) -> RunDatasets:
    """Return the table that was judged again, with the outcomes of its checks."""
    verdicts = datasets.ctx.runs.find(record.run_id, DAILY_VERDICTS) or {}
    return (replace(datasets.clean(record.subject), checks=check_outcomes(verdicts.values())),), ()


def of_train(datasets: PipelineDatasets, record: RunRecord) -> RunDatasets:
    """Return the tables that were read, and the contenders with the features as columns.

    Features of the calendar follow from the date alone. Of the others it is known which tables they saw.
    """
    training = datasets.training(record.run_id)
    details = record.details
    if not isinstance(details, TrainingDetails):
        return (), (training,)
    rows = datasets.clean(datasets.ctx.pipeline.spec.features.rows).at
    origins = [
        ColumnOrigin(feature, rows, (datasets.ctx.partition,), computed=True)
        for feature in details.calendar
        if feature in details.features
    ]
    columns = tuple(DatasetColumn(feature) for feature in details.features)
    output = replace(training, columns=columns, origins=tuple(origins), rows=record.counts.get("rows"))
    return _read(datasets, details.read), (output,)


def of_gate(datasets: PipelineDatasets, record: RunRecord) -> RunDatasets:
    """Return the training with the outcomes of the gate's checks, and the model if a version was promoted."""
    details = record.details
    if not isinstance(details, GateDetails):
        return (), ()
    verdict = datasets.ctx.runs.find(record.run_id, VERDICT)
    checks = check_outcomes([verdict] if verdict is not None else [])
    champion = _promoted(datasets, details.promotion)
    outputs = (datasets.model(champion),) if champion is not None else ()
    return (replace(datasets.training(details.training), checks=checks),), outputs


def of_score(datasets: PipelineDatasets, record: RunRecord) -> RunDatasets:
    """Return the tables and the model, or the held scores that were released, and the predictions."""
    details, name = record.details, datasets.ctx.pipeline.name
    verdicts = datasets.ctx.runs.find(record.measured_by, DAILY_VERDICTS) or {}
    inputs: list[LineageDataset] = []
    if isinstance(details, ScoreReleaseDetails):
        inputs = [datasets.predictions("predictions_held")]
    elif isinstance(details, ScoringDetails):
        inputs = [*_read(datasets, details.read), datasets.model(details.version)]
    outputs = []
    for kind, status in (("predictions", PartitionStatus.SCORED), ("predictions_held", PartitionStatus.HELD)):
        days = _days(record, status)
        if days:
            checks = check_outcomes(of_days(verdicts, days))
            dataset = replace(datasets.predictions(kind), rows=_rows(record, "rows", days), checks=checks)
            outputs.append(datasets.written_by(record.run_id, kind, dataset, name))
    return inputs, outputs


def of_monitor(datasets: PipelineDatasets, record: RunRecord) -> RunDatasets:
    """Return the predictions with the outcomes of the monitor's checks, the outcomes' table, and the model."""
    verdict = datasets.ctx.runs.find(record.run_id, VERDICT)
    checks = check_outcomes([verdict] if verdict is not None else [])
    outcomes = datasets.clean(datasets.ctx.pipeline.spec.label.from_)
    inputs = [replace(datasets.predictions(), checks=checks), outcomes]
    if isinstance(record.details, MonitoringDetails):
        inputs.append(datasets.model(record.details.version))
    return inputs, ()


def of_handover(datasets: PipelineDatasets, record: RunRecord) -> RunDatasets:
    """Return the model in the version that serves from then on."""
    details = record.details
    return (), ((datasets.model(details.champion),) if isinstance(details, HandoverDetails) else ())


def _promoted(datasets: PipelineDatasets, number: int | None) -> ModelVersion | None:
    history = datasets.ctx.promotions.history() if number is not None else []
    return next((promotion.champion for promotion in history if promotion.number == number), None)


def _read(datasets: PipelineDatasets, read: Mapping[str, TableRead]) -> list[LineageDataset]:
    """Return the tables that a run read, each in its version; how its columns are made is a fact of another run."""
    return [replace(datasets.clean(name), version=str(table.version), origins=()) for name, table in read.items()]


def _days(record: RunRecord, status: PartitionStatus) -> list[str]:
    return [day for day, state in record.partitions.items() if state.state is status]


def _rows(record: RunRecord, count: str, days: Sequence[str] | None = None) -> int | None:
    """Return the sum of a count over the days, by default all; None where a day does not have it."""
    states = [state for day, state in record.partitions.items() if days is None or day in days]
    if not states or any(count not in state.counts for state in states):
        return None
    return sum(state.counts[count] for state in states)
