"""The scores of earlier versions, frozen, on the newest folds, also on the days that they did not serve themselves.

A refresh is compared with those of the anchor, so that many small declines in a row do not add up unseen. The monitor
compares what is served with those of the anchor and of the version to which a rollback goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.features.feature_rows import FeatureRows, feature_rows
from assay.stages.features.inputs import feature_key
from assay.stages.models.isolated_code import run_with_model_code
from assay.stages.models.isolated_worker import with_features
from assay.stages.models.model_versions import trained_profile, training_of, version_entry, version_model
from assay.stages.models.outcomes import outcomes_of
from assay.stages.models.served_outcomes import counted_runs, seen_by_version
from assay.stages.promotion.promote import fallback_of, left_by_rollbacks
from assay.stages.runtime.context import Context
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.training.champion_folds import features_of, fold_inputs
from assay.stages.training.folds import FoldMade, keep_fold
from assay.stages.training.track_record import inputs_digest, read_folds, track_record
from assay.store.ledger.run_details import FoldReference


def anchor_of(ctx: Context, champion: ModelVersion | None) -> ModelVersion | None:
    """Return the last version that was promoted because it was shown better: the champion, or that of its entry."""
    return None if champion is None else version_entry(ctx, champion).anchor or champion


def versions_to_score(ctx: Context, champion: ModelVersion | None) -> list[ModelVersion]:
    """Return the versions that a training scores: the champion's anchor, and the version to which a rollback goes.

    The anchor may be the champion itself, on days that it did not serve. Without a champion there are none.
    """
    if champion is None:
        return []
    history = ctx.promotions.history()
    versions = dict.fromkeys((anchor_of(ctx, champion), fallback_of(history)))
    left = left_by_rollbacks(history)
    return [version for version in versions if version is not None and version not in left]


def frozen_models(ctx: Context, champion: ModelVersion) -> list[ModelVersion]:
    """Return the earlier versions whose scores are compared with the champion's."""
    return [version for version in versions_to_score(ctx, champion) if version != champion]


def frozen_days(ctx: Context, version: ModelVersion, *, beside: ModelVersion) -> dict[date, OutcomeProfile]:
    """Return the outcomes of a frozen version on the folds after all days that it and the champion have seen."""
    recipe, record = frozen_recipe(ctx, version), track_record(ctx)
    end = max(seen_by_version(ctx, one).end for one in (version, beside))
    days = read_folds(ctx, recipe, [record.folds[recipe, start][0] for start in record.starts(recipe)])
    return {day: outcomes for day, outcomes in days.items() if day >= end}


def frozen_recipe(ctx: Context, version: ModelVersion) -> str:
    """Return the name in the track record of a version that is not trained again."""
    return f"version-{version}-{version_entry(ctx, version).digest[:16]}"


def compute_frozen_folds(ctx: Context, version: ModelVersion, day: date, blocks: Sequence[Interval]) -> None:
    """Score the missing blocks that the version has neither seen nor served as a whole, by its own code."""
    entry = version_entry(ctx, version)
    own = replace(ctx, pipeline=with_features(ctx.pipeline, features_of(entry)))
    served = counted_runs(ctx, version)
    unseen = unseen_blocks(ctx, version, blocks)
    folds = [Fold(block, block) for block in unseen if any(day not in served for day in block.dates())]
    if not folds:
        return
    inputs = fold_inputs(own, folds)
    missing = track_record(ctx).missing(
        frozen_recipe(ctx, version), {fold: inputs_digest(own, inputs, fold) for fold in folds}
    )
    if not missing:
        return
    ctx.progress(f"the earlier version {version} is scored on {', '.join(str(fold.block) for fold in missing)}")
    name = f"version {version}"
    model = version_model(ctx, version, name)
    arguments = {
        "version": version,
        "recipe": frozen_recipe(ctx, version),
        "day": str(day),
        "model": asdict(model.scoring),
        "blocks": [[str(fold.block.start), str(fold.block.end)] for fold in missing],
    }
    with spark_failures():
        run_with_model_code(ctx, model, score_frozen_model, arguments)


def unseen_blocks(ctx: Context, version: ModelVersion, blocks: Sequence[Interval]) -> list[Interval]:
    """Return the blocks that begin after the days by which a version was trained and judged."""
    end = seen_by_version(ctx, version).end
    return [block for block in blocks if block.start >= end]


def frozen_references(ctx: Context, version: ModelVersion, blocks: Sequence[Interval]) -> tuple[FoldReference, ...]:
    """Return the folds of a frozen version on some blocks, without those that were never computed."""
    return track_record(ctx).references(frozen_recipe(ctx, version), unseen_blocks(ctx, version, blocks))


def score_frozen_model(ctx: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Score blocks with a frozen model by the code of this process, and record each as a fold."""
    from assay.spark.scoring.score import ScoringModel

    model = ScoringModel(**arguments["model"])
    folds = [Fold(block, block) for block in (Interval.parse(*ends) for ends in arguments["blocks"])]
    inputs = fold_inputs(ctx, folds)
    with feature_rows(ctx, inputs) as rows:
        for fold in folds:
            _score(ctx, rows, fold, model, arguments)
    return {}


def _score(ctx: Context, rows: FeatureRows, fold: Fold, model: Any, arguments: dict[str, Any]) -> None:
    from assay.spark.scoring.score import score_frame

    day, version = date.fromisoformat(arguments["day"]), ModelVersion(arguments["version"])
    label, recipe = ctx.pipeline.spec.label.name, str(arguments["recipe"])
    frame = rows.labelled(fold.block, known_on=day)
    scored = score_frame(frame, keep=[*feature_key(ctx), label], columns=rows.names, models=[model])
    trained = trained_profile(ctx, version)
    [days] = outcomes_of(ctx, rows.with_slices(scored), {model.name: model.name}, trained).values()
    trained_rows = training_of(ctx, version).counts.get("rows", 0)
    made = FoldMade({model.name: days}, {model.name: recipe}, trained_rows)
    keep_fold(ctx, fold, day, inputs_digest(ctx, rows.inputs, fold), made)
