"""The stored facts about models: contenders of a training, registered versions, and the state of a challenge."""

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
    """The role of scores: served scores are the champion's, shadow scores are the challenger's.

    The value names the column of a scan and the folder of the stored outcomes.
    """

    SERVED = "score"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class ContenderEntry:
    """A contender of a training: its run in MLflow, the digest of its bundle, and how it was made.

    The fields `kind`, `complexity` and `recipe` are those of `core.evaluation.contender`. The metric on the validation
    block is `validation`, and fitting took `seconds`.
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
    """A registered version: its contender, the code that builds its features, and the runs that made and judged it.

    The digest of the user's package is `code`; the `feature_section` is that of the spec, as in YAML. The `subject` is
    that of the run `training`, and `judged_by` is the run of the gate.
    """

    name: str
    code: str
    feature_section: Mapping[str, Any]
    subject: str
    training: str
    judged_by: str


@dataclass(frozen=True, slots=True)
class ChallengeState:
    """The state of a challenge: the date it began, the number of looks so far, and the days at the last look.

    The first date against the current champion is `champion_since`; it is None while the first champion serves.
    """

    since: date
    looks: int = 0
    days: int = 0
    champion_since: date | None = None

    @property
    def first_day(self) -> date:
        """The first date on which the challenger is compared with the current champion."""
        return self.champion_since or self.since


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for the roles: every version that was ever registered, and the state of the challenge."""

    versions: Mapping[ModelVersion, VersionEntry] = field(default_factory=dict)
    challenge: ChallengeState | None = None
