"""models --variants: the champion, its challengers and earlier versions on the same blocks of days; no JVM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from assay.core.decisions.variants import SideBySide, Variant, VariantGain, VariantRole, side_by_side
from assay.core.evaluation.contender import CONSTANT
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.text import quantity
from assay.errors import InfrastructureError, InputError
from assay.stages.models.model_versions import training_of, version_entry
from assay.stages.models.served_outcomes import served_outcomes
from assay.stages.promotion.open_pairs import open_pairs
from assay.stages.promotion.promote import champions_of
from assay.stages.runtime.context import Context
from assay.stages.training.frozen_folds import frozen_models, frozen_recipe
from assay.stages.training.track_record import read_folds, track_record
from assay.store.ledger.run_details import TrainingDetails

MOST_BLOCKS = 13
"""The newest blocks that are shown: a year of four weeks each."""

SERVED = "served"


def variants_of(ctx: Context) -> SideBySide:
    """Return what was served beside challengers, earlier versions and the constant, by blocks of a fold's length.

    Raises:
        InputError: There is no champion, or no mature day that one served.
    """
    state = ctx.promotions.current()
    champions = champions_of(ctx.promotions.history())
    days = {day: outcomes for version in champions for day, outcomes in served_outcomes(ctx, version).items()}
    if state is None or state.champion is None or not days:
        raise InputError(
            f"{ctx.pipeline.name} has no mature days that a champion served",
            code="no-served-days",
            hint=f"score and monitor first; 'assay status {ctx.pipeline.name}' shows what there is",
        )
    gate = ctx.pipeline.spec.gate
    served = Variant(SERVED, VariantRole.SERVED, dict(sorted(days.items())))
    others = list(_others(ctx, state.champion))
    return side_by_side(served, others, _blocks(ctx, served), METRICS[gate.metric], margin=gate.margin)


def _others(ctx: Context, champion: ModelVersion) -> Iterator[Variant]:
    recipe = version_entry(ctx, champion).recipe
    yield Variant(f"new {version_entry(ctx, champion).name}", VariantRole.RECIPE, _folds(ctx, recipe))
    for pair in open_pairs(ctx):
        yield Variant(pair.name, VariantRole.CHALLENGER, _folds(ctx, pair.recipe))
    for version in frozen_models(ctx, champion):
        yield Variant(f"version {version}", VariantRole.EARLIER, _folds(ctx, frozen_recipe(ctx, version)))
    constant = training_of(ctx, champion).details_as(TrainingDetails).contenders.get(CONSTANT)
    if constant is not None:
        yield Variant(CONSTANT, VariantRole.CONSTANT, _folds(ctx, constant.recipe))


def _folds(ctx: Context, recipe: str) -> Mapping[date, OutcomeProfile]:
    """Return the outcomes of the folds of a recipe; a fold that cannot be read is left out."""
    record, days = track_record(ctx), dict[date, OutcomeProfile]()
    for start in record.starts(recipe)[-MOST_BLOCKS:]:
        with suppress(InfrastructureError):
            days |= read_folds(ctx, recipe, [record.folds[recipe, start][0]])
    return days


def _blocks(ctx: Context, served: Variant) -> list[Interval]:
    """Return the blocks of the folds' grid that have served days, the newest MOST_BLOCKS of them."""
    length = ctx.pipeline.spec.gate.fold
    first, last = min(served.days), max(served.days)
    anchor = max((start for _, start in track_record(ctx).folds), default=first)
    begin = first - timedelta(days=(first - anchor).days % length)
    count = (last - begin).days // length + 1
    starts = [begin + timedelta(days=length * n) for n in range(count)]
    return [Interval(start, start + timedelta(days=length)) for start in starts[-MOST_BLOCKS:]]


def variants_document(ctx: Context, table: SideBySide) -> dict[str, Any]:
    """Return the table as plain JSON types."""
    return {
        "pipeline": ctx.pipeline.name,
        "metric": table.metric,
        "variants": [
            {"name": one.name, "role": one.role.value, "gain": gain}
            for one, gain in zip(table.variants, [None, *map(_gain, table.gains)], strict=True)
        ],
        "blocks": [
            {
                "from": str(row.block.start),
                "to": str(row.block.end - timedelta(days=1)),
                "values": [{"value": one.value, "days": one.days} for one in row.values],
            }
            for row in table.blocks
        ],
    }


def _gain(gain: VariantGain | Insufficient) -> dict[str, Any]:
    if isinstance(gain, Insufficient):
        return {"estimate": None, "low": None, "high": None, "days": 0, "why": gain.reason}
    return {**asdict(gain), "why": ""}


def variants_lines(ctx: Context, table: SideBySide) -> Iterator[str]:
    """Yield the table as lines for a terminal."""
    metric = METRICS[table.metric]
    better = "higher" if metric.higher_is_better else "lower"
    yield f"{ctx.pipeline.name}: {metric.title} by blocks of {ctx.pipeline.spec.gate.fold} days ({better} is better)"
    widths = [max(10, len(one.name) + 2) for one in table.variants]
    yield f"  {'from':<10}" + "".join(f"{one.name:>{w}}" for one, w in zip(table.variants, widths, strict=True))
    for row in table.blocks:
        cells = ["-" if one.value is None else f"{one.value:.4f}" for one in row.values]
        yield f"  {row.block.start!s:<10}" + "".join(f"{cell:>{w}}" for cell, w in zip(cells, widths, strict=True))
    for one, compared in zip(table.variants[1:], table.gains, strict=True):
        yield f"  {one.name} ({one.role}): {_gain_clause(compared)}"


def _gain_clause(gain: VariantGain | Insufficient) -> str:
    if isinstance(gain, Insufficient):
        return f"not compared with what was served: {gain.reason}"
    bounds = f"between {gain.low:+.4f} and {gain.high:+.4f}"
    return f"gains {gain.estimate:+.4f} ({bounds}) over what was served, on {quantity(gain.days, 'day')} of both"
