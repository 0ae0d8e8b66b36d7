"""What the ledger keeps of models, with the fields that a test is not about filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry, Evidence, ModelVersion, VersionEntry
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.task_type import TaskType
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import outcomes_digest, outcomes_subject
from assay.store.ledger.run_details import FoldReference, StoredProcedure, TrainingDetails

CONTENDER = {
    "run_id": "mlflow",
    "digest": "d",
    "kind": "candidate",
    "task": TaskType.CLASSIFICATION,
    "complexity": 2,
    "recipe": "r",
    "validation": 0.7,
    "seconds": 1.0,
}
ORIGIN = {"code": "c", "feature_section": {}, "subject": "parcels", "training": "t", "judged_by": "g"}


def a_contender(**changes: Any) -> ContenderEntry:
    """Return a contender of a training."""
    return ContenderEntry(**{**CONTENDER, **changes})


def a_version(**changes: Any) -> VersionEntry:
    """Return a registered version."""
    return VersionEntry(**{**CONTENDER, **ORIGIN, "name": "boosted", **changes})


def numbered(version: int | None) -> ModelVersion | None:
    """Return the number as that of a version, None as no version."""
    return None if version is None else ModelVersion(version)


def versions_known(numbers: Iterable[int]) -> Evidence:
    """Return the evidence of promotions that know versions of these numbers."""
    return Evidence({ModelVersion(number): a_version() for number in numbers})


def kept_fold(ctx: Context, recipe: str, days: Mapping[date, OutcomeProfile], run_id: str) -> FoldReference:
    """Keep the outcomes of a recipe's fold, and return the reference to them."""
    ctx.profiles.write("outcomes", outcomes_subject(ctx, recipe), run_id, days)
    return FoldReference(min(days), run_id, outcomes_digest(days))


def a_training(window: Interval | None = None, blocks: Iterable[Interval] = (), **changes: Any) -> TrainingDetails:
    """Return the details of a training with one contender, by default without folds."""
    fields = {
        "parent": "p",
        "window": window or Interval(date(2023, 1, 1), date(2023, 2, 1)),
        "blocks": tuple(blocks),
        "folds": {"boosted": ()},
        "procedure": StoredProcedure("z", "", {}),
        "code": "c",
        "feature_section": {},
        "contenders": {"boosted": a_contender()},
    }
    return TrainingDetails(**{**fields, **changes})
