"""The folds of a training: each contender as it would have been before a block began, scored on the block's days."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.evaluation.fold_grid import Fold
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import TableProfile
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.errors import NothingToLearn
from assay.spec.user_code.package import zip_of_files
from assay.stages.features.feature_rows import FeatureRows
from assay.stages.features.inputs import feature_key
from assay.stages.models.outcomes import outcomes_of
from assay.stages.runtime.context import Context
from assay.stages.training.fit import Contenders, fit_window
from assay.stages.training.track_record import outcomes_digest, outcomes_subject
from assay.stages.training.training_columns import training_profile
from assay.store.ledger.run_details import FoldDetails
from assay.store.ledger.run_record import new_run_id

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.models.training.contenders import FittedContender
    from assay.models.training.tuning import Candidate
    from assay.spark.scoring.score import ScoringModel

CANARY_ROWS = 20
"""The rows by which the bundle of a fold is checked as it is written; it is scored once, and not kept."""


@dataclass(frozen=True, slots=True)
class FoldWork:
    """The folds to compute: the day of the training, the recipes by the contenders' names, and the inputs' digests."""

    day: date
    recipes: Mapping[str, str]
    candidates: Mapping[str, Candidate]
    digests: Mapping[Fold, str]


def compute_folds(ctx: Context, rows: FeatureRows, work: FoldWork, missing: Mapping[Fold, Sequence[str]]) -> list[str]:
    """Compute the folds of the contenders that are `missing`, oldest first, and return notes on them.

    A note is on a fold that cannot be computed, or on a contender that is not recalibrated there, as the spec wants.

    Each fold is recorded as soon as it is done, so that a training that was killed goes on with the next one.
    """
    notes = []
    for fold, names in sorted(missing.items()):
        ctx.progress(f"fold {fold.block}: {quantity(len(names), 'contender')}, trained on {fold.window}")
        try:
            notes += _compute(ctx, rows, work, fold, names)
        except NothingToLearn as error:
            notes.append(f"no fold on {fold.block}: {error.message}")
    return notes


def _compute(ctx: Context, rows: FeatureRows, work: FoldWork, fold: Fold, names: Sequence[str]) -> list[str]:
    window = rows.labelled(fold.window, known_on=fold.block.start)
    profile = training_profile(ctx, window, rows.names)
    builders = {name: candidate for name, candidate in work.candidates.items() if name in names}
    made = fit_window(ctx, window, profile, rows.names, builders, days=len(fold.window))
    outcomes = _score(ctx, rows, work, fold, made, profile, names)
    keep_fold(ctx, fold, work.day, work.digests[fold], FoldMade(outcomes, work.recipes, made.fitted[0].rows))
    attempts = [fitted.recalibrated for fitted in made.fitted if fitted.name in names and fitted.recalibrated]
    return [f"fold {fold.block}: {attempt.note}" for attempt in attempts if attempt.calibrator is None]


@dataclass(frozen=True, slots=True)
class FoldMade:
    """The outcomes of a fold by model and date, the recipe of each model, and the rows that they were trained on."""

    outcomes: Mapping[str, Mapping[date, OutcomeProfile]]
    recipes: Mapping[str, str]
    rows: int


def keep_fold(ctx: Context, fold: Fold, day: date, inputs: str, made: FoldMade) -> None:
    """Store the outcomes of a fold, whose labels were known when the date `day` began, and record it in the ledger."""
    run_id, name = new_run_id("fold"), ctx.pipeline.name
    for model, days in made.outcomes.items():
        ctx.profiles.write("outcomes", outcomes_subject(ctx, made.recipes[model]), run_id, days)
    details = FoldDetails(
        block=fold.block,
        window=fold.window,
        known_on=day,
        inputs=inputs,
        outcomes={made.recipes[model]: outcomes_digest(days) for model, days in made.outcomes.items()},
        names={made.recipes[model]: model for model in made.outcomes},
    )
    scored = sum(profile.overall.rows for profile in next(iter(made.outcomes.values()), {}).values())
    counts = {"rows": made.rows, "scored": scored}
    ctx.ledger.append(ctx.record(run_id, "fold", name, fold.block, RunStatus.DONE, counts=counts, details=details))


def _score(
    ctx: Context,
    rows: FeatureRows,
    work: FoldWork,
    fold: Fold,
    made: Contenders,
    profile: TableProfile,
    names: Sequence[str],
) -> dict[str, dict[date, OutcomeProfile]]:
    """Score the block's rows with the contenders of these names in one scan, and measure what became of them."""
    from assay.spark.scoring.score import score_frame

    label, key = ctx.pipeline.spec.label.name, feature_key(ctx)
    wanted = [fitted for fitted in made.fitted if fitted.name in names]
    with tempfile.TemporaryDirectory(prefix="assay-fold-") as folder:
        models: list[ScoringModel] = []
        canary = made.canary.select(rows.names).slice(0, CANARY_ROWS)
        for fitted in wanted:
            place = Path(folder) / fitted.name
            models.append(_bundle(ctx, fitted, place, profile, rows.names, canary, work.recipes[fitted.name]))
        frame = rows.labelled(fold.block, known_on=work.day)
        scored = score_frame(frame, keep=[*key, label], columns=rows.names, models=models)
        return outcomes_of(ctx, rows.with_slices(scored), {one.name: one.name for one in models}, profile)


def _bundle(
    ctx: Context,
    fitted: FittedContender,
    place: Path,
    profile: TableProfile,
    features: list[str],
    canary: pa.Table,
    recipe: str,
) -> ScoringModel:
    """Write a model where the executors can load it; without code, since its features are built already."""
    from assay.models.bundle.bundle import Provenance, write_bundle
    from assay.spark.scoring.score import ScoringModel

    bundle = write_bundle(
        place,
        fitted,
        profile=profile,
        features=features,
        canary=canary,
        code_zip=zip_of_files({}),
        environment_lock=b"",
        origin=Provenance(recipe, "", "", {}, str(ctx.actor), "fold"),
    )
    load = "assay.models.bundle.predictor:load_predictor"
    return ScoringModel(fitted.name, bundle.digest, load, str(bundle.path), fitted.task.value)
