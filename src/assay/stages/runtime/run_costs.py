"""The cost of the newest runs of the stages beside that of their earlier runs, from the ledger alone."""

from __future__ import annotations

from collections.abc import Iterable

from assay.core.check import Finding
from assay.core.monitoring.service.run_cost import StageRun, judge_stage_cost, judge_version_cost
from assay.core.run_status import NO_WORK
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import monitorings
from assay.store.ledger.run_details import ScoringDetails
from assay.store.ledger.run_record import RunRecord

JUDGED = ("clean", "train", "score", "monitor")
"""The stages whose cost is judged; that of a training has the folds that it computed."""


def judge_run_costs(ctx: Context) -> list[Finding]:
    """Return the findings about the cost of each stage that ran since the last monitoring, and of the newest version.

    The last monitoring itself is among the runs that are judged.
    """
    records = ctx.ledger.records()
    monitored = max((record.number for record in monitorings(ctx)), default=0)
    findings = []
    for stage, subject in dict.fromkeys((record.stage, record.subject) for record in records):
        stage_records = [record for record in records if (record.stage, record.subject) == (stage, subject)]
        if stage not in JUDGED or stage_records[-1].number < monitored:
            continue
        runs = list(_measured(stage_records))
        findings.append(judge_stage_cost(stage, subject, runs))
        if stage == "score":
            findings.append(judge_version_cost(runs))
    return [finding for finding in findings if finding is not None]


def newest_cost(ctx: Context, stage: str) -> Finding | None:
    """Return the finding about the newest run of a stage of the pipeline itself; None without a measured run."""
    return judge_stage_cost(stage, ctx.pipeline.name, list(_measured(ctx.ledger.records(stage, ctx.pipeline.name))))


def _measured(records: Iterable[RunRecord]) -> Iterable[StageRun]:
    """Yield the runs that did the stage's work on rows, and whose use was measured."""
    for record in records:
        use = record.use
        if use is None or not use.rows or record.status in NO_WORK:
            continue
        details = record.details
        yield StageRun(
            record.run_id,
            len(record.partitions),
            use.rows,
            use.duration_seconds,
            use.cpu_seconds,
            use.peak_memory,
            details.version if isinstance(details, ScoringDetails) else None,
            use.shared,
            record.footprint is not None and record.footprint.application is not None,
        )
