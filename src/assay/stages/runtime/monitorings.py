"""The monitorings of a pipeline that judged days: one of late data alone judges none."""

from __future__ import annotations

from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import RunRecord


def monitorings(ctx: Context) -> list[RunRecord]:
    """Return the records of the monitorings that judged days, in their order."""
    return [record for record in ctx.ledger.records("monitor", ctx.pipeline.name) if record.counts.get("days") != 0]
