"""The folds of the champion's recipe where no contender of today has it: computed by the recipe's own code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion, VersionEntry
from assay.errors import InfrastructureError
from assay.spec.schema.pipeline import FeaturesSpec
from assay.spec.user_code.package import digest_of_zip, files_of_zip
from assay.stages.features.feature_rows import feature_rows
from assay.stages.features.inputs import Inputs, find_inputs
from assay.stages.models.isolated_code import OwnCode, code_cache, run_in_process
from assay.stages.models.isolated_worker import with_features, with_train
from assay.stages.models.model_versions import FeatureCode, training_of, version_entry
from assay.stages.planning.windows import first_clean_day, windows_for
from assay.stages.runtime.context import Context
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.training.fit import load_candidates
from assay.stages.training.folds import FoldWork, compute_folds
from assay.stages.training.recipe import procedure_of, procedure_zip
from assay.stages.training.track_record import inputs_digest, track_record
from assay.store.filesystem.atomic import write_atomically
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.run_details import FoldReference, StoredProcedure, TrainingDetails


def keep_procedure(ctx: Context, code: bytes) -> str:
    """Keep the code of a training's procedure in the lake under its digest, and return the digest."""
    digest = digest_of_zip(code)
    place = _code_place(ctx, digest)
    if not place.exists():
        write_atomically(place, code)
    return digest


def champion_folds(
    ctx: Context, version: ModelVersion, day: date, blocks: Sequence[Interval]
) -> tuple[FoldReference, ...]:
    """Return the folds of a champion's recipe on some blocks, after computing those that are missing by its own code.

    Its models are trained on the windows of its own spec. A block before which there is too little history for them has
    no fold.

    Raises:
        InfrastructureError: The code that the ledger names is gone or was changed.
    """
    entry = version_entry(ctx, version)
    procedure = training_of(ctx, version).details_as(TrainingDetails).procedure
    pipeline = with_train(with_features(ctx.pipeline, features_of(entry)), procedure.train)
    windows = windows_for(
        pipeline.spec, day, first_clean_day(ctx), min((block.start for block in blocks), default=None)
    )
    folds = [fold for fold in (*windows.older, *windows.folds) if fold.block in blocks]
    own = replace(ctx, pipeline=pipeline)
    digests = _digests(own, fold_inputs(own, folds), folds) if folds else {}
    missing = track_record(ctx).missing(entry.recipe, digests)
    if missing:
        with spark_failures():
            _compute(ctx, entry, procedure, day, missing)
    return track_record(ctx).references(entry.recipe, blocks)


def fold_inputs(ctx: Context, folds: Sequence[Fold]) -> Inputs:
    """Return the inputs of some folds, with their labels."""
    dates = Interval(min(fold.window.start for fold in folds), max(fold.block.end for fold in folds))
    return find_inputs(ctx, dates, labelled=True)


def _digests(ctx: Context, inputs: Inputs, folds: Sequence[Fold]) -> dict[Fold, str]:
    return {fold: inputs_digest(ctx, inputs, fold) for fold in folds}


def features_of(entry: VersionEntry) -> FeaturesSpec:
    """Return the features section that a version was trained with."""
    return FeaturesSpec.model_validate(dict(entry.feature_section))


def _compute(ctx: Context, entry: VersionEntry, procedure: StoredProcedure, day: date, missing: Sequence[Fold]) -> None:
    arguments = {
        "day": str(day),
        "name": entry.name,
        "recipe": entry.recipe,
        "candidates": procedure.candidates,
        "folds": [_to_json(fold) for fold in missing],
    }
    today = procedure_of(ctx, procedure.candidates or None)
    built_by = FeatureCode(entry.code, entry.feature_section)
    if today.features == built_by and today.train == procedure.train and _same_code(ctx, procedure):
        folds_by_own_code(ctx, arguments)
        return
    ctx.progress(f"the champion's recipe '{entry.name}' is not today's: its folds are computed by its own code")
    own = OwnCode(_unpacked(ctx, procedure.code), built_by, procedure.train)
    run_in_process(ctx, own, folds_by_own_code, arguments)


def _same_code(ctx: Context, procedure: StoredProcedure) -> bool:
    return digest_of_zip(procedure_zip(ctx, procedure.candidates)) == procedure.code


def folds_by_own_code(ctx: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Compute the folds of one contender with the code and sections of this process, and return a note on each gap."""
    day, name = date.fromisoformat(arguments["day"]), str(arguments["name"])
    folds = [_from_json(fold) for fold in arguments["folds"]]
    inputs = fold_inputs(ctx, folds)
    candidates = load_candidates(arguments["candidates"] or None)
    work = FoldWork(day, {name: str(arguments["recipe"])}, candidates, _digests(ctx, inputs, folds))
    with feature_rows(ctx, inputs) as rows:
        return {"notes": compute_folds(ctx, rows, work, {fold: [name] for fold in folds})}


def _unpacked(ctx: Context, digest: str) -> Path:
    from assay.models.bundle.model_code import check_code, unpack_files

    place = _code_place(ctx, digest)
    try:
        data = place.read_bytes()
    except OSError as error:
        raise InfrastructureError(
            f"the code of the champion's recipe cannot be read: {error}",
            code="cannot-read",
            hint="restore it from a backup, or promote a version of a recipe that is trained today",
        ) from error
    check_code(Path(place.name), data)
    stored = digest_of_zip(data)
    if stored != digest:
        raise InfrastructureError(
            f"{place} was changed: its digest is {stored[:12]}",
            code="code-changed",
            hint="restore the file from a backup",
        )
    return unpack_files(files_of_zip(data), code_cache(ctx) / digest)


def _code_place(ctx: Context, digest: str) -> StoragePath:
    return ctx.lake / "_assay" / ctx.pipeline.name / "procedures" / f"{digest}.zip"


def _to_json(fold: Fold) -> list[str]:
    return [str(day) for day in (fold.window.start, fold.window.end, fold.block.start, fold.block.end)]


def _from_json(fold: Sequence[str]) -> Fold:
    return Fold(Interval.parse(fold[2], fold[3]), Interval.parse(fold[0], fold[1]))
