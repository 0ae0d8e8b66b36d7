"""The track record of recipes: the folds that were computed, which the ledger names with their digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.errors import InfrastructureError
from assay.stages.features.inputs import Inputs
from assay.stages.models.model_versions import training_of, version_entry
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import FoldDetails, FoldReference, TrainingDetails
from assay.store.profiles.profile_codec import encode
from assay.store.profiles.profile_store import stored_digest


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """The newest computation of each fold, by recipe and first day of the block: its reference, its inputs' digest."""

    folds: Mapping[tuple[str, date], tuple[FoldReference, str]]

    def missing(self, recipe: str, wanted: Mapping[Fold, str]) -> list[Fold]:
        """Return the folds of a recipe that were not computed from these inputs, given by their digests."""
        return [
            fold
            for fold, digest in wanted.items()
            if (known := self.folds.get((recipe, fold.block.start))) is None or known[1] != digest
        ]

    def starts(self, recipe: str) -> list[date]:
        """Return the first days of the blocks on which a recipe has folds, in order."""
        return sorted(start for of, start in self.folds if of == recipe)

    def references(self, recipe: str, blocks: Iterable[Interval]) -> tuple[FoldReference, ...]:
        """Return the references of the folds of a recipe on some blocks, without those that were never computed."""
        known = (self.folds.get((recipe, block.start)) for block in blocks)
        return tuple(one[0] for one in known if one is not None)


def track_record(ctx: Context) -> TrackRecord:
    """Return the track record of the pipeline's recipes, from the ledger alone."""
    folds: dict[tuple[str, date], tuple[FoldReference, str]] = {}
    for record in ctx.ledger.records("fold", ctx.pipeline.name):
        details = record.details_as(FoldDetails)
        for recipe, digest in details.outcomes.items():
            reference = FoldReference(details.block.start, record.run_id, digest)
            folds[recipe, details.block.start] = reference, details.inputs
    return TrackRecord(folds)


def inputs_digest(ctx: Context, inputs: Inputs, fold: Fold) -> str:
    """Return the digest of what a fold is made of: the runs that wrote the partitions, the block's length, the slices.

    Of a table with a lookback those are the partitions of the window, of the block, and of so many days before.
    """
    lookbacks, dates = ctx.pipeline.spec.features.inputs, Interval(fold.window.start, fold.block.end)
    read = [(name, inputs.digest([name], dates.back(lookbacks.get(name, 0)))) for name in sorted(inputs.intervals)]
    return hashlib.sha256(
        json.dumps([read, len(fold.block), sorted(ctx.pipeline.spec.gate.slices)]).encode()
    ).hexdigest()[:16]


def outcomes_digest(days: Mapping[date, OutcomeProfile]) -> str:
    """Return the SHA-256 of the outcomes of some days, as they are stored."""
    return stored_digest({day: encode(outcomes) for day, outcomes in days.items()})


def promised_outcomes(ctx: Context, version: ModelVersion) -> dict[date, OutcomeProfile]:
    """Return the outcomes of the folds by which a version was judged: of its recipe, made before each block."""
    entry = version_entry(ctx, version)
    return read_folds(ctx, entry.recipe, training_of(ctx, version).details_as(TrainingDetails).folds[entry.name])


def outcomes_subject(ctx: Context, recipe: str) -> str:
    """Return the subject under which the outcomes of a recipe's folds are stored."""
    return f"{ctx.pipeline.name}.{recipe}"


def read_folds(ctx: Context, recipe: str, references: Sequence[FoldReference]) -> dict[date, OutcomeProfile]:
    """Return the outcomes of the days of some folds of a recipe.

    Raises:
        InfrastructureError: The outcomes of a fold are not those that the ledger names.
    """
    days: dict[date, OutcomeProfile] = {}
    for reference in references:
        outcomes, stored = ctx.profiles.read_with_digest(outcomes_subject(ctx, recipe), reference.run_id)
        if stored != reference.digest:
            raise InfrastructureError(
                f"the outcomes of the fold from {reference.start} that {reference.run_id} computed were changed: their "
                f"digest is {stored[:12]}, and the ledger has {reference.digest[:12]}",
                code="fold-changed",
                hint="restore them from a backup; or clean a day of the fold again, and the next training computes it",
            )
        days.update(outcomes)
    return dict(sorted(days.items()))
