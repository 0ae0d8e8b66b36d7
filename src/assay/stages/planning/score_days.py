"""The days of the scores by the ledger: those that are held, and whether a version has served any."""

from __future__ import annotations

from datetime import date

from assay.core.model_versions import ModelVersion
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord


def held_scores(ctx: Context) -> dict[date, tuple[RunRecord, PartitionState]]:
    """Return the days whose newest scores are held, in order, each with the run that holds them."""
    latest = ctx.ledger.latest("score", ctx.pipeline.name)
    return {day: entry for day, entry in latest.items() if entry[1].state is PartitionStatus.HELD}


def waits_for_first_day(ctx: Context, version: ModelVersion) -> bool:
    """Return whether no day with the version's scores was ever published."""
    return not any(
        state.state is PartitionStatus.SCORED and state.version == version
        for record in ctx.ledger.records("score", ctx.pipeline.name)
        for state in record.partitions.values()
    )
