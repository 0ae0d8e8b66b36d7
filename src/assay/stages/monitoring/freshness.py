"""The newest day of each table, of the scores and of the mature labels, from the ledger alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from assay.core.check import Finding
from assay.core.evaluation.label_maturity import is_mature
from assay.core.monitoring.service.freshness import Freshness, FreshnessLimits, judge_freshness
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionStatus


def find_freshness(ctx: Context, end: date, fresh: Mapping[date, OutcomeProfile] | None = None) -> list[Finding]:
    """Return the findings about what has a limit in the spec, as of the end of an interval.

    `fresh` are outcomes that were measured as of then, and that the ledger does not know yet.
    """
    spec = ctx.pipeline.spec.monitor.freshness
    limits = FreshnessLimits(spec.landings, spec.scores, spec.labels)
    if limits == FreshnessLimits():
        return []
    delay = ctx.pipeline.spec.label.label_delay
    labelled = [day for day, profile in (fresh or {}).items() if profile.overall.rows and is_mature(day, end, delay)]
    return judge_freshness(freshness_of(ctx, labelled, end=end), limits, end)


def freshness_of(ctx: Context, labelled: list[date] | None = None, *, end: date = date.max) -> Freshness:
    """Return the newest day before `end` of each table, of the scores and of the mature labels.

    `labelled` are further days with mature labels. The table of outcomes may be late by `label_delay`, unless the
    rows to be scored are in it.
    """
    spec, name = ctx.pipeline.spec, ctx.pipeline.name
    scored = ctx.ledger.latest("score", name, PartitionStatus.SCORED)
    return Freshness(
        {table: _newest_published(ctx, table, end) for table in spec.tables},
        max((day for day in scored if day < end), default=None),
        max((day for day in (*(labelled or []), *_labelled(ctx)) if day < end), default=None),
        {} if spec.label.from_ == spec.features.rows else {spec.label.from_: spec.label.label_delay},
    )


def _newest_published(ctx: Context, table: str, end: date) -> date | None:
    latest = ctx.ledger.latest("clean", table)
    published = (day for day, (_, state) in latest.items() if state.state is PartitionStatus.PUBLISHED and day < end)
    return max(published, default=None)


def _labelled(ctx: Context) -> list[date]:
    """Return the days that a monitoring measured when their labels were mature, and that had rows with a label."""
    delay = ctx.pipeline.spec.label.label_delay
    return [
        date.fromisoformat(text)
        for record in ctx.ledger.records("monitor", ctx.pipeline.name)
        for text, state in record.partitions.items()
        if state.counts.get("rows") and is_mature(date.fromisoformat(text), record.end, delay)
    ]
