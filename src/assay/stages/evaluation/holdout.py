"""The pinned holdout of a training: what is read of it, and the outcomes of the models' scores on it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.text import quantity
from assay.errors import InputError
from assay.stages.models.isolated_code import run_with_model_code
from assay.stages.models.model_versions import Model, contender_models, version_model
from assay.stages.models.outcomes import outcomes_of
from assay.stages.runtime.context import Context
from assay.stages.training.inputs import Inputs, feature_key, read_inputs
from assay.stages.training.train import labelled_features
from assay.store.delta.log import table_version
from assay.store.delta.table_files import DeltaFiles
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

CHAMPION = "champion"


def measure_models(
    ctx: Context, training: RunRecord, champion: ModelVersion | None, *, subject: str, run_id: str
) -> dict[str, dict[date, OutcomeProfile]]:
    """Measure every contender, and the champion, on the training's pinned holdout; return outcomes by model and day.

    Models whose features are built by the same code are scored in one pass, others in a process with their own code.
    The outcomes are kept under `run_id`.
    """
    models = contender_models(ctx, training)
    if champion is not None:
        models[CHAMPION] = version_model(ctx, champion, CHAMPION)
    groups: list[list[Model]] = []
    for model in models.values():
        group = next((group for group in groups if group[0].built_by == model.built_by), None)
        if group is None:
            groups.append([model])
        else:
            group.append(model)
    for group in groups:
        scoring = [asdict(model.scoring) for model in group]
        arguments = {"training": training.run_id, "models": scoring, "subject": subject, "run_id": run_id}
        run_with_model_code(ctx, group[0], measure_holdout, arguments)
    return {name: ctx.profiles.read("outcomes", f"{subject}.{name}", run_id) for name in models}


def measure_holdout(ctx: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Score some models in one pass over a training's holdout, and keep their outcomes; the result is empty."""
    from assay.spark.features.point_in_time import feature_columns
    from assay.spark.scoring.score import ScoringModel, score_frame

    training = ctx.ledger.record(arguments["training"])
    models = [ScoringModel(**model) for model in arguments["models"]]
    inputs = pinned_inputs(ctx, training)
    day = date.fromisoformat(next(iter(training.partitions)))
    label, key = ctx.pipeline.spec.label.name, feature_key(ctx)
    frame = labelled_features(ctx, inputs, day)
    kept = list(dict.fromkeys([*key, label]))
    ctx.progress(f"scoring {quantity(len(models), 'model')} on the holdout {inputs.dates}")
    scored = score_frame(frame, keep=kept, columns=feature_columns(frame, kept), models=models)
    [trained] = ctx.profiles.read("training", training.subject, training.run_id).values()
    names = {model.name: model.name for model in models}
    measured = outcomes_of(ctx, _with_slices(ctx, scored, inputs), names, trained)
    for name, days in measured.items():
        ctx.profiles.write("outcomes", f"{arguments['subject']}.{name}", arguments["run_id"], days)
    return {}


def _with_slices(ctx: Context, scored: DataFrame, inputs: Inputs) -> DataFrame:
    """Return the scored rows with the slice columns that the key does not hold already, from the table of rows."""
    key = feature_key(ctx)
    missing = [name for name in ctx.pipeline.spec.gate.slices if name not in key]
    if not missing:
        return scored
    rows = read_inputs(ctx, inputs)[ctx.pipeline.spec.features.rows].select(*key, *missing)
    return scored.join(rows, on=key, how="left")


def pinned_inputs(ctx: Context, training: RunRecord) -> Inputs:
    """Return the training's own table versions, cut to its holdout.

    A table that an older model's features need, and that the training did not read, is read at its newest version.

    Raises:
        InputError: A version is gone.
    """
    details = training.details_as(TrainingDetails)
    intervals: dict[str, Interval] = {}
    versions: dict[str, int] = {}
    read, lookbacks = details.read, ctx.pipeline.spec.features.inputs
    for name in dict.fromkeys([*read, *lookbacks]):
        folder = ctx.folder("clean", name)
        newest = table_version(folder)
        pinned = read[name].version if name in read else newest
        if newest is None or pinned is None or not DeltaFiles(folder).whole(pinned):
            raise InputError(
                f"version {pinned} of the table '{name}', which the training read, is gone",
                code="version-gone",
                hint="train again; 'maintain' in the spec sets how many trainings keep what they read",
            )
        intervals[name] = details.holdout.back(lookbacks.get(name, 0))
        versions[name] = pinned
    return Inputs(details.holdout, intervals, versions, {})
