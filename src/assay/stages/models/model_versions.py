"""The models behind the names: contenders of a training and registered versions, verified before they score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.spec.user_code.functions import code_digest
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import RunRecord

if TYPE_CHECKING:
    from assay.spark.scoring.score import ScoringModel


@dataclass(frozen=True, slots=True)
class FeatureCode:
    """What builds a model's features: the digest of the user's package, and the spec's section as YAML would say it.

    It belongs to a version as its trees do: other features under the same names would be scored without a word.
    """

    digest: str
    section: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """A verified model, and the code that builds its features."""

    scoring: ScoringModel
    built_by: FeatureCode


def feature_code(ctx: Context) -> FeatureCode:
    """The feature code as it stands here today."""
    features = ctx.pipeline.spec.features
    section = features.model_dump(mode="json", by_alias=True)
    section["inputs"] = {name: f"{days} days" for name, days in features.inputs.items()}
    return FeatureCode(code_digest(features.function), section)


def about_version(ctx: Context, version: int) -> dict[str, Any]:
    """What the ledger knows of a registered version: its bundle's digest above all. Raises InputError for one that it
    does not know, and for one that predicts something else than the pipeline asks for today."""
    for promotion in reversed(ctx.promotions.history()):
        about: dict[str, Any] | None = promotion.evidence.get("versions", {}).get(str(version))
        if about is not None:
            _check_task(ctx, version, about)
            return about
    raise InputError(
        f"the ledger knows no model version {version} of {ctx.pipeline.name}",
        code="unknown-version",
        hint=f"'assay models {ctx.pipeline.name}' lists the versions",
    )


def _check_task(ctx: Context, version: int, about: Mapping[str, Any]) -> None:
    label, does = ctx.pipeline.spec.label, TaskType(about.get("task", TaskType.CLASSIFICATION))
    if does is not label.task:
        raise InputError(
            f"version {version} of {ctx.pipeline.name} is a {does.model}, and the label '{label.name}' now asks for a "
            f"{label.task.model}",
            code="other-task",
            hint="a pipeline answers one question: give the new one a name of its own",
            location=ctx.pipeline.document.at("label"),
        )


def trained_profile(ctx: Context, version: int) -> TableProfile:
    """The Profile of the features that the version was trained on."""
    about = about_version(ctx, version)
    [profile] = ctx.profiles.read("training", about["subject"], about["training"]).values()
    return profile


def training_constant(ctx: Context, version: int) -> float | None:
    """Return what the constant of the version's training gives every row; None where its record does not hold it."""
    value = training_of(ctx, version).details.get("constant")
    return None if value is None else float(value)


def promised_outcomes(ctx: Context, version: int) -> dict[date, OutcomeProfile]:
    """The outcomes on the holdout by which the version was promoted."""
    about = about_version(ctx, version)
    return ctx.profiles.read("outcomes", f"{about['subject']}.{about['name']}", about["judged_by"])


def training_of(ctx: Context, version: int) -> RunRecord:
    """The record of the training that made a version."""
    return ctx.ledger.record(about_version(ctx, version)["training"])


def contender_models(ctx: Context, training: RunRecord) -> dict[str, Model]:
    """The contenders' bundles, verified against the digests that the ledger holds."""
    built_by = _built_by(training.details)
    contenders = training.details["contenders"].items()
    return {name: Model(_scoring_model(ctx, name, about), built_by) for name, about in contenders}


def version_model(ctx: Context, version: int, name: str) -> Model:
    """A registered version's bundle, verified against the ledger before anything of it is loaded."""
    about = about_version(ctx, version)
    return Model(_scoring_model(ctx, name, about), _built_by(about))


def _built_by(about: Mapping[str, Any]) -> FeatureCode:
    return FeatureCode(about["code"], about["feature_section"])


def _scoring_model(ctx: Context, name: str, about: Mapping[str, Any]) -> ScoringModel:
    from assay.models.bundle.bundle import verify_bundle
    from assay.spark.scoring.score import ScoringModel

    bundle = ctx.registry.fetch_contender(about["run_id"], ctx.pipeline.project.home / "cache" / "bundles")
    verify_bundle(bundle, about["digest"])
    task = about.get("task", TaskType.CLASSIFICATION.value)
    return ScoringModel(name, about["digest"], "assay.models.bundle.predictor:load_predictor", str(bundle), task)
