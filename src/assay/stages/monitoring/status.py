"""The state of a pipeline in one document, from the ledger and the promotions alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from assay.core.decisions.looks.pair import WEIGHTS, Pair
from assay.core.monitoring.service.freshness import Freshness
from assay.stages.models.champion_limit import champion_over_limit
from assay.stages.monitoring.freshness import freshness_of
from assay.stages.planning.score_days import held_scores
from assay.stages.promotion.aliases import alias_lag
from assay.stages.promotion.open_pairs import open_pairs
from assay.stages.promotion.override import active_override
from assay.stages.promotion.pause import paused
from assay.stages.promotion.proposal import waiting
from assay.stages.reviews.action_scores import scores_of_actions
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionStatus

OF_NO_DATE = frozenset({"pause", "resume", "rollback"})
"""Acts of people that are about no dates of the data: they are recorded under the date of the clock."""


def status_of(ctx: Context, *, today: date | None = None) -> dict[str, Any]:
    """Return champion and challengers, the published and held days of each table, those of the scores, the last runs.

    The days by which a table, the scores and the labels are behind go by `today`, a date of the pipeline's time zone,
    and by the newest scored date. They are None where there is no day.

    "Last" goes by the clock: it may be a backfill of old dates, so each run comes with the dates that it judged. Acts
    that are about no date have none.
    """
    today, fresh = today or datetime.now(ctx.pipeline.zone).date(), freshness_of(ctx)
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
    old = champion_over_limit(ctx, today)
    return {
        "pipeline": ctx.pipeline.name,
        "question": ctx.pipeline.spec.question,
        "champion": state.champion if state else None,
        "challengers": [_challenger(pair) for pair in open_pairs(ctx)],
        "since": state.at if state else None,
        "alias_lag": asdict(lag) | {"sentence": lag.sentence} if lag else None,
        "override": asdict(override) | {"expires": str(override.expires)} if override else None,
        "champion_too_old": old.sentence if old else None,
        "paused": held.sentence if held else None,
        "waits": [asdict(one) | {"date": str(one.date)} for one in waiting(ctx)],
        "today": str(today),
        "tables": {name: _table(ctx, name) | _behind(fresh.tables[name], fresh, today) for name in fresh.tables},
        "scored": _span(list(scored))
        | {"held": [str(day) for day in held_scores(ctx)], "behind_today": _days_between(fresh.scored, today)},
        "labels": {"last": _text(fresh.labelled)} | _behind(fresh.labelled, fresh, today),
        "actions": [asdict(one) | {"waiting": one.waiting} for one in scores_of_actions(ctx)],
        "last": last,
    }


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


def _behind(newest: date | None, fresh: Freshness, today: date) -> dict[str, int | None]:
    """Return the days by which a newest day is behind the newest scored date and behind today."""
    return {"behind_scores": _days_between(newest, fresh.scored), "behind_today": _days_between(newest, today)}


def _days_between(newest: date | None, day: date | None) -> int | None:
    return None if newest is None or day is None else max(0, (day - newest).days)


def _text(day: date | None) -> str | None:
    return None if day is None else str(day)


def _span(days: list[Any]) -> dict[str, Any]:
    return {"days": len(days), "first": str(min(days)) if days else None, "last": str(max(days)) if days else None}
