"""The decision whether a training is due, from the ledger: it needs history, and the request of a monitor is a hint."""

from __future__ import annotations

from datetime import date, timedelta

from assay.core.evaluation.fold_grid import fewest_folds
from assay.core.interval import Interval
from assay.core.text import quantity
from assay.core.verdict import Action
from assay.stages.planning.windows import first_clean_day, newest_clean_day, windows_for
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import last_monitoring


def too_little_history(ctx: Context, day: date) -> str:
    """Return what a training of `day` lacks, in words; empty if there is enough history to train and to judge by."""
    spec = ctx.pipeline.spec
    first = first_clean_day(ctx)
    windows = windows_for(spec, day, first)
    needed = fewest_folds(spec.gate.folds, days=spec.gate.fold, min_days=spec.gate.min_days)
    if first is None or windows.window.start < first:
        since = f"history begins {first}" if first else "nothing is clean yet"
        return f"too little history to train on {day}: the window starts {windows.window.start}, {since}"
    if len(windows.folds) < needed:
        return (
            f"too little history to train on {day}: it has {quantity(len(windows.folds), 'fold')} of "
            f"{quantity(spec.gate.fold, 'day')} to be judged by, and it takes {needed}; history begins {first}"
        )
    newest, judged_from = newest_clean_day(ctx), min(fold.block.start for fold in windows.folds)
    if newest is not None and newest < judged_from:
        return f"too little history to train on {day}: the folds begin {judged_from}, and history ends {newest}"
    return ""


def retrain_skip_reason(ctx: Context, day: date) -> str:
    """Return why a training of `day` that depends on the monitor's request has no reason to start; empty if it has.

    Events may come twice, late, or in another order than they were sent. So these rules hold:

    - A training fulfils the requests before it.
    - For `operate.min_days_between_trainings` days after a training none starts by itself, since a monitor repeats its
      request daily until another model serves.
    - Once newer dates were monitored, only their monitoring can request a training.
    - A training that is not judged yet goes on: the process that started it may have been killed.
    """
    name = ctx.pipeline.name
    trainings = ctx.ledger.latest("train", name)
    if day in trainings:
        judged = any(record.start == day for record in ctx.ledger.records("gate", name))
        return f"a training of {day} was requested and is done" if judged else ""
    last = last_monitoring(ctx)
    if last is None or last.status != Action.RETRAIN:
        return "the monitor requests no training" + (f": its action is '{last.status}' by {last.end}" if last else "")
    newest = last.end - timedelta(days=1)
    if day < newest:
        return f"a wish of {day} is old: {newest} is monitored since"
    min_days = ctx.pipeline.spec.operate.min_days_between_trainings
    recent = [one for one in trainings if one in Interval.of(day).back(min_days - 1)]
    return f"{max(recent)} was trained less than {quantity(min_days, 'day')} ago" if recent else ""
