"""The state of a pipeline in one document, from the ledger and the promotions alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from assay.core.decisions.looks.pair import WEIGHTS, Pair
from assay.stages.planning.score_days import held_scores
from assay.stages.promotion.aliases import alias_lag
from assay.stages.promotion.override import active_override
from assay.stages.promotion.pause import paused
from assay.stages.promotion.promote import serving_recipe
from assay.stages.promotion.proposal import waiting
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionStatus

OF_NO_DATE = frozenset({"pause", "resume", "rollback"})
"""Acts of people that are about no dates of the data: they are recorded under the date of the clock."""


def status_of(ctx: Context) -> dict[str, Any]:
    """Return champion and challengers, the published and held days of each table, those of the scores, the last runs.

    "Last" goes by the clock: it may be a backfill of old dates, so each run comes with the dates that it judged. Acts
    that are about no date have none.
    """
    state, held, lag = ctx.promotions.current(), paused(ctx), alias_lag(ctx)
    override, last = active_override(ctx), dict[str, dict[str, Any]]()
    for record in ctx.ledger.records():
        if record.stage == "fold":  # a part of a training
            continue
        dates = [None, None] if record.stage in OF_NO_DATE else [str(record.start), str(record.end - timedelta(days=1))]
        last[record.stage] = {
            "run_id": record.run_id,
            "at": record.at,
            "from": dates[0],
            "to": dates[1],
            "status": record.status,
            "sentence": record.sentence,
        }
    scored = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    return {
        "pipeline": ctx.pipeline.name,
        "question": ctx.pipeline.spec.question,
        "champion": state.champion if state else None,
        "challengers": [_challenger(pair) for pair in open_pairs(ctx)],
        "since": state.at if state else None,
        "alias_lag": asdict(lag) | {"sentence": lag.sentence} if lag else None,
        "override": asdict(override) | {"expires": str(override.expires)} if override else None,
        "paused": held.sentence if held else None,
        "waits": [asdict(one) | {"date": str(one.date)} for one in waiting(ctx)],
        "tables": {name: _table(ctx, name) for name in ctx.pipeline.spec.tables},
        "scored": _span(list(scored)) | {"held": [str(day) for day in held_scores(ctx)]},
        "last": last,
    }


def open_pairs(ctx: Context) -> list[Pair]:
    """Return the recipes that are compared with the champion's and are undecided, or wait to be promoted."""
    gate, serves = ctx.gate_states.current(), serving_recipe(ctx.promotions.current())
    return [pair for pair in gate.pairs if pair.recipe != serves] if gate else []


def _challenger(pair: Pair) -> dict[str, Any]:
    """Return a recipe that is undecided against the champion: its looks so far, its gain and the days of the last."""
    return {
        "name": pair.name,
        "recipe": pair.recipe,
        "looks": pair.looks,
        "most_looks": len(WEIGHTS),
        "gain": pair.estimate if pair.looks else None,
        "from": str(pair.first_day),
        "to": str(pair.until - timedelta(days=1)) if pair.until else None,
    }


def _table(ctx: Context, name: str) -> dict[str, Any]:
    latest = ctx.ledger.latest("clean", name)
    published = sorted(day for day, (_, state) in latest.items() if state.state is PartitionStatus.PUBLISHED)
    held = sorted(str(day) for day, (_, state) in latest.items() if state.state is PartitionStatus.HELD)
    span = _span(published)
    return {"published": span["days"], "first": span["first"], "last": span["last"], "held": held}


def _span(days: list[Any]) -> dict[str, Any]:
    return {"days": len(days), "first": str(min(days)) if days else None, "last": str(max(days)) if days else None}
