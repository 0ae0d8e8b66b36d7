"""The models behind the names: contenders of a training and registered versions, verified before they score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay.core.profile import TableProfile
from assay.errors import InputError
from assay.spec.code import code_digest
from assay.stages.context import Context
from assay.store.record import Record

if TYPE_CHECKING:
    from assay.spark.score import ScoringModel


def about_version(ctx: Context, version: int) -> dict[str, Any]:
    """What the ledger knows of a registered version: its bundle's digest above all."""
    for promotion in reversed(ctx.promotions.history()):
        about: dict[str, Any] | None = promotion.evidence.get("versions", {}).get(str(version))
        if about is not None:
            return about
    raise InputError(
        f"the ledger knows no model version {version} of {ctx.pipeline.name}",
        code="unknown-version",
        hint=f"'assay models {ctx.pipeline.name}' lists the versions",
    )


def trained_profile(ctx: Context, version: int) -> TableProfile:
    """The Profile of the features that the version was trained on."""
    about = about_version(ctx, version)
    [profile] = ctx.profiles.read("training", about["subject"], about["training"]).values()
    return profile


def contender_models(ctx: Context, training: Record) -> dict[str, ScoringModel]:
    """The contenders' bundles, verified against the digests that the ledger holds."""
    return {name: _scoring_model(ctx, name, about) for name, about in training.details["contenders"].items()}


def _scoring_model(ctx: Context, name: str, about: Mapping[str, Any]) -> ScoringModel:
    from assay.models.bundle import verify_bundle
    from assay.spark.score import ScoringModel

    bundle = ctx.registry.fetch_contender(about["run_id"], ctx.pipeline.project.home / "cache" / "bundles")
    verify_bundle(bundle, about["digest"])
    return ScoringModel(name, about["digest"], "assay.models.predict:load_predictor", str(bundle))


def version_model(ctx: Context, version: int, name: str) -> ScoringModel:
    """A registered version's bundle, verified against the ledger before anything of it is loaded."""
    about = about_version(ctx, version)
    if about["code"] != code_digest(ctx.pipeline.spec.features.with_):
        raise InputError(
            f"version {version} was trained with other code ({about['code'][:12]}) than stands here",
            code="other-code",
            hint="check out the code of that version, or promote a version of this code",
        )
    return _scoring_model(ctx, name, about)
