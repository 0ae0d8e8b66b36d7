"""A pipeline whose environment has channels, and the records of the ledger that cause events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from assay.core.check import Finding, Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict, VerdictSummary
from assay.spec.schema.notifications import ChannelSpec, NotificationsSpec
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus
from assay.store.notifications.outbox import Outbox

CANARY = "row-value-canary"
"""The value of a row in the sentences of verdicts: no notification may have it."""

DAYS = (date(2024, 3, 1), date(2024, 3, 2))


def with_channels(ctx: Context, links: dict[str, str] | None = None, **channels: ChannelSpec) -> Context:
    """Give the pipeline's environment these channels."""
    spec = NotificationsSpec(channels=channels, links=links or {})
    object.__setattr__(ctx.pipeline.project.environment, "notifications", spec)
    return ctx


def outbox(ctx: Context) -> Outbox:
    return Outbox(ctx.lake, ctx.pipeline.name)


MAX_CHECK = "expect_column_max_to_be_between"


def held(
    ctx: Context,
    run_id: str = "c1",
    days: Sequence[date] = DAYS,
    *,
    stage: str = "clean",
    checks: Sequence[str] = (MAX_CHECK,),
) -> None:
    """A run that held these days, for a value of a row."""
    subject = "parcels" if stage == "score" else "deliveries"
    quoting = [Finding(check, Status.FAIL, f"The greatest is {CANARY}.", column="weight") for check in checks]
    states = {
        str(day): PartitionState(PartitionStatus.HELD, PartitionFingerprint(subject, str(day), "", "", ""))
        for day in days
    }
    verdict = Verdict(Status.FAIL, Action.HOLD, quoting[0].sentence, tuple(quoting))
    ctx.runs.write(run_id, DAILY_VERDICTS, dict.fromkeys(days, verdict))
    covered = Interval(min(days), max(days) + timedelta(days=1))
    record = ctx.record(run_id, stage, subject, covered, RunStatus.HELD, partitions=states, verdict=verdict.summary)
    ctx.ledger.append(record)


def monitored(ctx: Context, action: Action, run_id: str = "m1", **fields: Any) -> None:
    """A monitoring that requests an action, for the value of a row and for a metric."""
    findings = (
        Finding("drift.jump", Status.WARN, f"The share of {CANARY} grew.", column="depot"),
        Finding("served.metric", Status.PASS if action is Action.NONE else Status.FAIL, "The AUC is 0.61, not 0.7."),
    )
    verdict = Verdict(Status.FAIL, action, findings[0].sentence, findings)
    ctx.runs.write(run_id, VERDICT, verdict)
    details = MonitoringDetails(version=ModelVersion(1), **fields)
    interval = Interval(DAYS[0], DAYS[-1] + timedelta(days=1))
    summary = VerdictSummary(verdict.status, action, verdict.sentence)
    ctx.ledger.append(ctx.record(run_id, "monitor", "parcels", interval, action, verdict=summary, details=details))
