"""The folds that a gate judges: of a training's contenders, and of the champion's recipe on the same days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.models.model_versions import version_entry
from assay.stages.runtime.context import Context
from assay.stages.training.champion_folds import champion_folds
from assay.stages.training.track_record import read_folds
from assay.store.ledger.run_details import FoldReference, TrainingDetails
from assay.store.ledger.run_record import RunRecord

CHAMPION = "champion"


def champion_references(ctx: Context, training: RunRecord, champion: ModelVersion | None) -> tuple[FoldReference, ...]:
    """Return the folds of the champion's recipe, none where a contender has the same recipe.

    They are stored, so that no JVM is needed, unless another model became champion after the training.
    """
    details = training.details_as(TrainingDetails)
    if champion is None or _contender_of(details, version_entry(ctx, champion).recipe) is not None:
        return ()
    return champion_folds(ctx, champion, training.start, _blocks(details))


def track_records(
    ctx: Context, training: RunRecord, champion: ModelVersion | None, references: Sequence[FoldReference]
) -> dict[str, dict[date, OutcomeProfile]]:
    """Return the outcomes of each contender's folds by day, and those of the champion's recipe under CHAMPION."""
    details = training.details_as(TrainingDetails)
    days = {name: read_folds(ctx, entry.recipe, details.folds[name]) for name, entry in details.contenders.items()}
    if champion is not None:
        recipe = version_entry(ctx, champion).recipe
        same = _contender_of(details, recipe)
        days[CHAMPION] = days[same] if same is not None else read_folds(ctx, recipe, references)
    return days


def _contender_of(details: TrainingDetails, recipe: str) -> str | None:
    return next((name for name, one in details.contenders.items() if one.recipe == recipe), None)


def _blocks(details: TrainingDetails) -> list[Interval]:
    """Return the blocks of all folds of a training, those that judge open pairs included."""
    starts = {reference.start for folds in details.folds.values() for reference in folds}
    older = {Interval(start, start + timedelta(days=len(block))) for start in starts for block in details.blocks[:1]}
    return sorted(older.union(details.blocks))
