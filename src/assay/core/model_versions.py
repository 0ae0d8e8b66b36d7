"""What is kept of models: of each contender of a training, of registered versions, and of a challenge between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NewType

from assay.core.task_type import TaskType

ModelVersion = NewType("ModelVersion", int)
"""The number under which MLflow's registry holds a model of a pipeline."""


class ScoreRole(StrEnum):
    """Whose scores: those of the champion, which are served, or those of the challenger in its shadow.

    It names the column of a scan and the folder of the stored outcomes.
    """

    SERVED = "score"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class ContenderEntry:
    """A contender of a training: its run in MLflow, the digest of its bundle, and how it was made.

    `kind`, `complexity` and `recipe` are those of `core.evaluation.contender`. `validation` is its metric on the
    validation block, and `seconds` what fitting took.
    """

    run_id: str
    digest: str
    kind: str
    task: TaskType
    complexity: int
    recipe: str
    validation: float
    seconds: float


@dataclass(frozen=True, slots=True)
class VersionEntry(ContenderEntry):
    """A registered version: the contender that it was, the code that builds its features, and the runs behind it.

    `code` is the digest of the user's package, `feature_section` the spec's section as YAML would have it. `subject` is
    that of the training, and `judged_by` the gate's run.
    """

    name: str
    code: str
    feature_section: Mapping[str, Any]
    subject: str
    training: str
    judged_by: str


@dataclass(frozen=True, slots=True)
class ChallengeState:
    """How far a challenge has come: the date it began, the looks that were taken, and the days at the last of them.

    `champion_since` is the first date against the champion of today, where that is not the one of the beginning.
    """

    since: date
    looks: int = 0
    days: int = 0
    champion_since: date | None = None

    @property
    def first_day(self) -> date:
        """The first date by which the challenger is compared with who serves."""
        return self.champion_since or self.since


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the roles rest on: every version that was ever registered, and how far the challenge has come."""

    versions: Mapping[ModelVersion, VersionEntry] = field(default_factory=dict)
    challenge: ChallengeState | None = None
