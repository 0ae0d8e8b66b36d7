"""The models behind the names: contenders of a training and registered versions, verified before they score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.model_versions import ContenderEntry, ModelVersion, VersionEntry
from assay.core.profiles.table_profile import TableProfile
from assay.errors import InputError
from assay.spec.user_code.functions import code_digest
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord

if TYPE_CHECKING:
    from assay.spark.scoring.score import ScoringModel


@dataclass(frozen=True, slots=True)
class FeatureCode:
    """The code that builds a model's features: the digest of the user's package, and the spec's section as in its YAML.

    It belongs to a version as its trees do: without it, other features under the same names would be scored unnoticed.
    """

    digest: str
    section: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """A verified model, and the code that builds its features."""

    scoring: ScoringModel
    built_by: FeatureCode


def feature_code(ctx: Context) -> FeatureCode:
    """Return today's feature code."""
    features = ctx.pipeline.spec.features
    section = features.model_dump(mode="json", by_alias=True)
    section["inputs"] = {name: f"{days} days" for name, days in features.inputs.items()}
    return FeatureCode(code_digest(features.function), section)


def own_code_note(ctx: Context, version: ModelVersion) -> str:
    """Return a sentence on a version whose features are built by other code than today's; empty for today's."""
    today, entry = feature_code(ctx), version_entry(ctx, version)
    if FeatureCode(entry.code, entry.feature_section) == today:
        return ""
    own = f"version {version} by the code {entry.code[:12]}"
    return f"{own} in a process of its own, not by today's {today.digest[:12]}"


def version_entry(ctx: Context, version: ModelVersion) -> VersionEntry:
    """Return the ledger's entry of a registered version, above all with its bundle's digest.

    Raises:
        InputError: The ledger does not know the version, or it predicts something else than the pipeline needs today.
    """
    for promotion in reversed(ctx.promotions.history()):
        entry = promotion.evidence.versions.get(version)
        if entry is not None:
            _check_task(ctx, version, entry)
            return entry
    raise InputError(
        f"the ledger knows no model version {version} of {ctx.pipeline.name}",
        code="unknown-version",
        hint=f"'assay models {ctx.pipeline.name}' lists the versions",
    )


def _check_task(ctx: Context, version: ModelVersion, entry: VersionEntry) -> None:
    label = ctx.pipeline.spec.label
    if entry.task is not label.task:
        raise InputError(
            f"version {version} of {ctx.pipeline.name} is a {entry.task.model}, and the label '{label.name}' now needs "
            f"a {label.task.model}",
            code="other-task",
            hint="a pipeline answers one question: give the new one a name of its own",
            location=ctx.pipeline.document.at("label"),
        )


def trained_profile(ctx: Context, version: ModelVersion) -> TableProfile:
    """Return the Profile of the features that the version was trained on."""
    entry = version_entry(ctx, version)
    [profile] = ctx.profiles.read("training", entry.subject, entry.training).values()
    return profile


def reference_days(ctx: Context, version: ModelVersion) -> dict[date, TableProfile]:
    """Return the Profiles of the features on the newest days of the version's training and its folds.

    There are none of a training that kept none.
    """
    entry = version_entry(ctx, version)
    kept = ctx.profiles.read("reference", entry.subject, entry.training).values()
    return dict(sorted((day, profile) for one in kept for day, profile in one.days.items()))


def training_constant(ctx: Context, version: ModelVersion) -> float | None:
    """Return what the constant of the version's training gives every row; None where its record does not hold it."""
    return training_of(ctx, version).details_as(TrainingDetails).constant


def training_of(ctx: Context, version: ModelVersion) -> RunRecord:
    """Return the record of the training that made a version."""
    return ctx.ledger.record(version_entry(ctx, version).training)


def version_model(ctx: Context, version: ModelVersion, name: str) -> Model:
    """Return a registered version's bundle, verified against the ledger before anything of it is loaded."""
    entry = version_entry(ctx, version)
    return Model(scoring_model(ctx, name, entry), FeatureCode(entry.code, entry.feature_section))


def scoring_model(ctx: Context, name: str, entry: ContenderEntry) -> ScoringModel:
    """Return the bundle of a contender as a worker needs it, verified against the digest of its entry.

    Raises:
        InputError: The bundle was changed, or this environment scores its canary rows otherwise.
    """
    from assay.models.bundle.bundle import verify_bundle
    from assay.spark.scoring.score import ScoringModel

    bundle = ctx.registry.fetch_contender(entry.run_id, ctx.pipeline.project.home / "cache" / "bundles")
    verify_bundle(bundle, entry.digest)
    load = "assay.models.bundle.predictor:load_predictor"
    return ScoringModel(name, entry.digest, load, str(bundle), entry.task.value)
