"""The monitorings of a pipeline that judged days: one of late data alone judges none."""

from __future__ import annotations

from datetime import date

from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import RunRecord


def monitorings(ctx: Context) -> list[RunRecord]:
    """Return the records of the monitorings that judged days, in their order."""
    return [record for record in ctx.ledger.records("monitor", ctx.pipeline.name) if record.counts.get("days") != 0]


def last_monitoring(ctx: Context, end: date = date.max) -> RunRecord | None:
    """Return the monitoring of the newest dates before `end`, the last one if they were monitored again.

    A backfill of old dates that is monitored today proves nothing about the model that serves tonight. A monitoring of
    dates without scores judged no model, so the request of the one before it stays.
    """
    past = (record for record in monitorings(ctx) if record.end <= end)
    return max(past, key=lambda record: (record.end, record.number), default=None)
