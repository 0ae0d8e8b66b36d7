"""Whether a training is due: a pipeline needs history, and what a monitor asks for is a hint; the ledger knows."""

from __future__ import annotations

from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.text import quantity
from assay.core.verdict import Action
from assay.stages.planning.windows import windows_for
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import RunRecord


def too_little_history(ctx: Context, day: date) -> str:
    """What a training of `day` lacks, in words; empty if its window lies within what was ever clean."""
    start = windows_for(ctx.pipeline.spec, day).window.start
    first = min(ctx.ledger.latest("clean", ctx.pipeline.spec.features.rows), default=None)
    if first is not None and first <= start:
        return ""
    since = f"history begins {first}" if first else "nothing is clean yet"
    return f"too little history to train on {day}: the window starts {start}, {since}"


def last_monitoring(ctx: Context) -> RunRecord | None:
    """The monitoring of the newest dates, the last one if they were monitored again: a backfill of old dates that is
    monitored today says nothing of what serves tonight."""
    records = ctx.ledger.records("monitor", ctx.pipeline.name)
    return max(records, key=lambda record: (record.end, record.number), default=None)


def retrain_skip_reason(ctx: Context, day: date) -> str:
    """Why a training of `day` that is to start only if the monitor asks for it has no reason to; empty if it has.

    Events may come twice, late, or in another order than they were sent. A training answers what was asked before it;
    for `operate.min_days_between_trainings` days after one none starts by itself, since a monitor repeats itself daily
    until another model serves; and once newer dates were monitored, it is they that ask. A training that nobody has
    judged yet goes on: whoever started it may have been killed.
    """
    name = ctx.pipeline.name
    trainings = ctx.ledger.latest("train", name)
    if day in trainings:
        judged = any(record.start == day for record in ctx.ledger.records("gate", name))
        return f"a training of {day} was asked for and is done" if judged else ""
    last = last_monitoring(ctx)
    if last is None or last.status != Action.RETRAIN:
        return "the monitor asks for no training" + (f": it says '{last.status}' by {last.end}" if last else "")
    newest = last.end - timedelta(days=1)
    if day < newest:
        return f"a wish of {day} is old: {newest} is monitored since"
    min_days = ctx.pipeline.spec.operate.min_days_between_trainings
    recent = [one for one in trainings if one in Interval.of(day).back(min_days - 1)]
    return f"{max(recent)} was trained less than {quantity(min_days, 'day')} ago" if recent else ""
