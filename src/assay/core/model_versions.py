"""The stored facts about models: contenders of a training, and registered versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NewType

from assay.core.task_type import TaskType

ModelVersion = NewType("ModelVersion", int)
"""The number under which MLflow's registry holds a model of a pipeline."""


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
    that of the run `training`, and `judged_by` is the run of the gate. A version that was
    not shown better, a refresh or an override, has an `anchor`: the last champion before it that was.
    """

    name: str
    code: str
    feature_section: Mapping[str, Any]
    subject: str
    training: str
    judged_by: str
    anchor: ModelVersion | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for the role of the champion: every version that was ever registered."""

    versions: Mapping[ModelVersion, VersionEntry] = field(default_factory=dict)
