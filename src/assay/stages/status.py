"""The state of a pipeline in one document, from the ledger and the promotions alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assay.stages.context import Context
from assay.stages.pause import paused
from assay.stages.proposal import waiting


def status_of(ctx: Context) -> dict[str, Any]:
    """Who serves, which days of each table are published or held, what is scored, and the last run of each stage."""
    state, held = ctx.promotions.current(), paused(ctx)
    last: dict[str, dict[str, Any]] = {}
    for record in ctx.ledger.records():
        last[record.stage] = {
            "run_id": record.run_id,
            "at": record.at,
            "status": record.status,
            "sentence": (record.verdict or {}).get("sentence", ""),
        }
    scored = [day for day, (_, s) in ctx.ledger.latest("score", ctx.pipeline.name).items() if s.state == "scored"]
    return {
        "pipeline": ctx.pipeline.name,
        "question": ctx.pipeline.spec.question,
        "champion": state.champion if state else None,
        "challenger": state.challenger if state else None,
        "since": state.at if state else None,
        "paused": held.sentence if held else None,
        "waits": [asdict(one) | {"date": str(one.date)} for one in waiting(ctx)],
        "tables": {name: _table(ctx, name) for name in ctx.pipeline.spec.tables},
        "scored": _span(scored),
        "last": last,
    }


def _table(ctx: Context, name: str) -> dict[str, Any]:
    latest = ctx.ledger.latest("clean", name)
    published = sorted(day for day, (_, state) in latest.items() if state.state == "published")
    held = sorted(str(day) for day, (_, state) in latest.items() if state.state == "held")
    span = _span(published)
    return {"published": span["days"], "first": span["first"], "last": span["last"], "held": held}


def _span(days: list[Any]) -> dict[str, Any]:
    return {"days": len(days), "first": str(min(days)) if days else None, "last": str(max(days)) if days else None}
