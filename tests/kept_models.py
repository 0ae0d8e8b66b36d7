"""What the ledger keeps of models, with the fields that a test is not about filled in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry, Evidence, ModelVersion, VersionEntry
from assay.core.task_type import TaskType
from assay.store.ledger.run_details import TrainingDetails

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
    """Return the evidence of promotions that know versions of these numbers and no challenge."""
    return Evidence({ModelVersion(number): a_version() for number in numbers})


def a_training(window: Interval | None = None, holdout: Interval | None = None, **changes: Any) -> TrainingDetails:
    """Return the details of a training with one contender."""
    fields = {
        "parent": "p",
        "window": window or Interval(date(2023, 1, 1), date(2023, 2, 1)),
        "holdout": holdout or Interval(date(2023, 2, 1), date(2023, 3, 1)),
        "code": "c",
        "feature_section": {},
        "contenders": {"boosted": a_contender()},
    }
    return TrainingDetails(**{**fields, **changes})
