"""The cost of the age of the served models, from stored outcomes alone; nothing is trained for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from assay.core.decisions.looks.comparison import PairComparison
from assay.core.decisions.staleness import AgeBand, AgedDay, Staleness, gains, staleness
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.text import quantity
from assay.errors import InfrastructureError
from assay.stages.models.model_versions import training_of, version_entry
from assay.stages.models.served_outcomes import served_outcomes
from assay.stages.promotion.promote import champions_of
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import read_folds, track_record
from assay.store.ledger.run_details import FoldDetails, TrainingDetails


def staleness_of(ctx: Context, *, recipe: str | None = None) -> Staleness:
    """Return the cost of age of a pipeline, over all days that a champion served and that lie in folds of its recipe.

    The ages are in bands of a fold's length. Only days count whose labels were mature. With a `recipe`, only champions
    of it count.
    """
    gate = ctx.pipeline.spec.gate
    by_recipe: dict[str, list[ModelVersion]] = {}
    for version in champions_of(ctx.promotions.history()):
        by_recipe.setdefault(version_entry(ctx, version).recipe, []).append(version)
    chosen = {one: versions for one, versions in by_recipe.items() if recipe in (None, one)}
    days = [aged for one, versions in chosen.items() for aged in _aged_days(ctx, one, versions)]
    return staleness(days, METRICS[gate.metric], margin=gate.margin, width=gate.fold)


def _aged_days(ctx: Context, recipe: str, versions: Sequence[ModelVersion]) -> Iterator[AgedDay]:
    fresh = _fresh_days(ctx, recipe)
    for version in versions:
        trained_until = training_of(ctx, version).details_as(TrainingDetails).window.end
        for day, outcomes in served_outcomes(ctx, version).items():
            if day in fresh:
                made_until, fold_outcomes = fresh[day]
                yield AgedDay(day, (day - trained_until).days, (day - made_until).days, outcomes, fold_outcomes)


def _fresh_days(ctx: Context, recipe: str) -> dict[date, tuple[date, OutcomeProfile]]:
    """Return the outcomes of a recipe's folds by day, each with the end of the window of the model that made it.

    A fold that cannot be read is left out.
    """
    windows = {record.run_id: record.details_as(FoldDetails).window.end for record in ctx.ledger.records("fold")}
    known = [reference for (of, _), (reference, _) in track_record(ctx).folds.items() if of == recipe]
    fresh: dict[date, tuple[date, OutcomeProfile]] = {}
    for reference in known:
        with suppress(InfrastructureError):
            days = read_folds(ctx, recipe, [reference])
            fresh.update({day: (windows[reference.run_id], outcomes) for day, outcomes in days.items()})
    return fresh


def staleness_document(ctx: Context, aged: Staleness) -> dict[str, Any]:
    """Return the cost of age as plain JSON types."""
    return {
        "pipeline": ctx.pipeline.name,
        "metric": ctx.pipeline.spec.gate.metric,
        "margin": ctx.pipeline.spec.gate.margin,
        "bands": [_band(band) for band in aged.bands],
        "newest": _numbers(aged.newest),
        "would_help": gains(aged.newest, ctx.pipeline.spec.gate.margin),
        "cadence_days": aged.cadence,
    }


def _band(band: AgeBand) -> dict[str, Any]:
    first, end = band.ages
    ages = {"from": first, "to": end - 1}
    return {"age": ages, "days": band.days, "newer_age": band.fresh_age, **_numbers(band.compared)}


def _numbers(compared: PairComparison | Insufficient) -> dict[str, Any]:
    if isinstance(compared, Insufficient):
        return {"gain": None, "low": None, "high": None, "newer": None, "served": None, "why": compared.reason}
    low, high = compared.interval
    newer, served = compared.values
    return {
        "gain": compared.evidence.estimate, "low": low, "high": high, "newer": newer, "served": served, "why": ""
    }  # fmt: skip


def staleness_lines(ctx: Context, aged: Staleness) -> Iterator[str]:
    """Yield the cost of age as lines for a terminal."""
    yield f"{ctx.pipeline.name}: {staleness_sentence(ctx, aged)}"
    for band in aged.bands:
        first, end = band.ages
        served = f"  served {first} to {end - 1} days after the training: {quantity(band.days, 'day')}"
        numbers = _numbers(band.compared)
        if numbers["gain"] is None:
            yield f"{served}, {numbers['why']}"
        else:
            gain = f"{numbers['gain']:+.4f}, between {numbers['low']:+.4f} and {numbers['high']:+.4f}"
            yield f"{served}; models {band.fresh_age:.0f} days old gain {gain} with 90 % confidence"


def staleness_sentence(ctx: Context, aged: Staleness) -> str:
    """Return the answer to "would a training help?", and the cadence that the cost of age suggests."""
    gate, newest = ctx.pipeline.spec.gate, aged.newest
    if isinstance(newest, Insufficient):
        return f"it is not known whether a training would help: {newest.reason}."
    low, high = newest.interval
    answer = "a training would help" if gains(newest, gate.margin) else "a training is not shown to help"
    on_days = f"on the newest {quantity(newest.evidence.days, 'day')} that were served"
    gain = f"a newer model of the same recipe gains {newest.evidence.estimate:+.4f} in {METRICS[gate.metric].title}"
    cadence = f"no age of at most {aged.bands[-1].ages[1]} days is shown to cost half a margin"
    if aged.cadence is not None:
        cadence = f"from an age of {aged.cadence} days on, half a margin or more is lost: train at least so often"
    return f"{answer}: {on_days} {gain} (between {low:+.4f} and {high:+.4f} with 90 % confidence); {cadence}."
