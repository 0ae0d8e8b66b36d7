"""budget: what the gates of a pipeline spent of the year's error, and what is left; no JVM, no MLflow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from assay.core.decisions.error_budget import ErrorBudget, FoldCalendar, Judgement, OpenPair, RestingPair, error_budget
from assay.core.decisions.looks.pair import WEIGHTS
from assay.core.text import quantity
from assay.stages.promotion.promote import serving_recipe
from assay.stages.runtime.context import Context


def budget_of(ctx: Context, day: date | None = None) -> ErrorBudget | None:
    """Return the budget of a pipeline on a date, by default that of its last gate; None before a gate judged.

    It is read from the memory of the gate in the lake. The pair of the recipe that serves is left out: it is closed by
    the next gate.
    """
    history = judgements_of(ctx)
    if not history and day is None:
        return None
    spec = ctx.pipeline.spec
    calendar = FoldCalendar(spec.gate.fold, spec.gate.folds, spec.label.label_delay)
    budget = error_budget(history, calendar, yearly=1 - spec.gate.confidence, day=day)
    serves = serving_recipe(ctx.promotions.current())
    return replace(budget, pairs=tuple(one for one in budget.pairs if one.pair.recipe != serves))


def judgements_of(ctx: Context) -> list[Judgement]:
    """Return the judgements of a pipeline, oldest first, from the memory of the gate."""
    return [Judgement(one.run_id, one.training, one.before, one.after) for one in ctx.gate_states.history()]


def budget_document(pipeline: str, budget: ErrorBudget | None) -> dict[str, Any]:
    """Return the budget as plain JSON types; without one, only the pipeline has a value."""
    if budget is None:
        return {"pipeline": pipeline, "day": None}
    return {
        "pipeline": pipeline,
        "day": str(budget.day),
        "yearly": budget.yearly,
        "balance": budget.balance,
        "most": budget.most,
        "accrues_a_day": budget.accrues,
        "spent_in_365_days": budget.spent,
        "level_of_one_recipe": budget.one_recipe,
        "spendings": [
            {
                "run": one.run_id,
                "day": str(one.day),
                "spent": one.spent,
                "level": one.level,
                "recipes": list(one.names),
                "balance": one.balance,
            }
            for one in reversed(budget.spendings)
        ],
        "challengers": [_open_pair(one) for one in budget.pairs],
        "resting": [_resting_pair(one) for one in budget.resting],
    }


def _open_pair(one: OpenPair) -> dict[str, Any]:
    return {
        "name": one.pair.name,
        "recipe": one.pair.recipe,
        "level": one.pair.level,
        "looks": one.pair.looks,
        "most_looks": len(WEIGHTS),
        "next_level": one.next_level,
        "next_training": str(one.next_day) if one.next_day else None,
    }


def _resting_pair(one: RestingPair) -> dict[str, Any]:
    return {
        "name": one.pair.name,
        "recipe": one.pair.recipe,
        "outcome": one.pair.outcome.value,
        "rests_until": str(one.until),
    }


def budget_lines(pipeline: str, budget: ErrorBudget | None) -> Iterator[str]:
    """Yield the budget as lines for a terminal."""
    if budget is None:
        yield f"{pipeline}: no gate has judged yet, so nothing is spent"
        return
    yield (
        f"{pipeline} on {budget.day}: {_percent(budget.balance)} of error can be spent, of at most "
        f"{_percent(budget.most)}; {_percent(budget.accrues)} accrue a day"
    )
    yield f"  spent        {_percent(budget.spent)} in 365 days, of {_percent(budget.yearly)} for a year"
    yield (
        f"  next         one new recipe would get a level of {_percent(budget.one_recipe)}: its first look needs "
        f"p < {budget.one_recipe * WEIGHTS[0]:.2g}"
    )
    for spending in reversed(budget.spendings):
        what = f"{_percent(spending.spent)} on {quantity(len(spending.names), 'new recipe')}"
        yield f"  {spending.day}   {what}: {', '.join(spending.names)}  [{spending.run_id}]"
    for pair in budget.pairs:
        yield f"  challenger   {_open_line(pair)}"
    for rest in budget.resting:
        yield f"  rests        {rest.pair.name} ({rest.pair.outcome}), until a training on {rest.until} or later"


def _open_line(one: OpenPair) -> str:
    looks = f"{one.pair.name}: {one.pair.looks} of {len(WEIGHTS)} looks, level {_percent(one.pair.level)}"
    if one.next_level is None:
        return f"{looks}; it was shown better, and waits to be promoted or declined"
    when = f"a training on {one.next_day} or later" if one.next_day else "the next training that has enough days"
    return f"{looks}; the next look needs p < {one.next_level:.2g}, in {when}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
