"""Fit the contenders: the constant, the naive and linear baselines, and the tuned candidates, split by date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assay.core.evaluation.contender import BASELINES, CANDIDATE, CONSTANT
from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.models.estimators.calibrator import Recalibration
from assay.models.estimators.calibrator_fit import Recalibrated
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.task_scores import scores_of
from assay.models.training.candidates import is_baseline
from assay.models.training.tuning import (
    Block,
    Candidate,
    RunTrials,
    Trial,
    Tuned,
    tune,
)
from assay.models.training.validation_metric import TUNED

Progress = Callable[[str, int, int], None]
"""Called with a contender's name, the number of its trials that are done, and the number of all."""

Runner = Callable[[Block, int], AbstractContextManager[RunTrials]]
"""Opens a context in which the trials on a block are run, in batches of that size."""


@dataclass(frozen=True, slots=True)
class FittedContender:
    """A contender as it will be judged: fitted once on the whole window, with the parameters that tuning chose.

    - `kind` is constant, naive, linear or candidate.
    - A contender with a higher `complexity` must be shown to be better than every one with a lower.
    - `validation` is the metric on the validation block, of a model that had not seen that block, before recalibration.
    - `recalibrated` has the calibrator of its scores, None where the spec wants none.
    """

    name: str
    kind: str
    complexity: int
    estimator: Any
    encoder: Encoder
    parameters: Mapping[str, Any]
    trials: tuple[Trial, ...]
    metric: str
    validation: float
    seconds: float
    rows: int
    notes: tuple[str, ...] = ()
    recalibrated: Recalibrated | None = None

    @property
    def task(self) -> TaskType:
        """The task of the contender's metric, which is what it predicts."""
        return METRICS[self.metric].task

    def raw_score(self, batch: pa.RecordBatch | pa.Table) -> npt.NDArray[np.float64]:
        """Return the estimator's own score per row of `batch`."""
        return scores_of(self.estimator, self.encoder.encode(batch), self.task)

    def score(self, batch: pa.RecordBatch | pa.Table) -> npt.NDArray[np.float64]:
        """The probability of the positive class, or the predicted number, per row of `batch`, as it is served."""
        raw, calibrator = self.raw_score(batch), self.recalibrated and self.recalibrated.calibrator
        return calibrator(raw) if calibrator else raw


@dataclass(frozen=True, slots=True)
class Fit:
    """A model of the whole window, and what was measured of it before.

    `validation` is its metric on the held-back dates. `trials` are those of a candidate, `notes` those of this model.
    `place` is that of a candidate among the candidates.
    """

    name: str
    kind: str
    model: Any
    encoder: Encoder
    parameters: Mapping[str, Any]
    validation: float
    trials: tuple[Trial, ...] = ()
    notes: tuple[str, ...] = ()
    place: int = 0
    recalibrated: Recalibrated | None = None

    @property
    def complexity(self) -> int:
        """The place of a baseline's kind; a candidate is more complex by its place among the candidates."""
        return len(BASELINES) + self.place if self.kind == CANDIDATE else BASELINES.index(self.kind)

    def contender(self, metric: str, rows: int, seconds: float, notes: tuple[str, ...]) -> FittedContender:
        """Return the contender with the notes of its training, those on features that are left out, and its own."""
        left_out = () if self.kind == CONSTANT else self.encoder.notes
        again = () if self.recalibrated is None else (self.recalibrated.note,)
        return FittedContender(
            name=self.name,
            kind=self.kind,
            complexity=self.complexity,
            estimator=self.model,
            encoder=self.encoder,
            parameters=self.parameters,
            trials=self.trials,
            metric=metric,
            validation=self.validation,
            seconds=seconds,
            rows=rows,
            notes=notes + left_out + self.notes + again,
            recalibrated=self.recalibrated,
        )


def _silent(_name: str, _done: int, _of: int) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingJob:
    """The settings of a training on a window: the same for rows in this process and on executors.

    The window's last `validation_days` dates are held back for tuning. Rows are sorted by `partition` and `order` (by
    everything, if `order` is empty), so the same rows in any order give the same xgboost model, byte for byte. With an
    error for a `metric`, the label is a number and the contenders are regressors. The features in `naive` are forecasts
    of such a label themselves.

    Raises:
        InputError: The metric is unknown, or a candidate has the name of a baseline.
    """

    features: Sequence[str]
    label: str
    partition: str
    profile: TableProfile
    candidates: Mapping[str, Candidate]
    validation_days: int
    order: Sequence[str] = ()
    metric: str = "roc_auc"
    trials: int = 6
    batch: int = 3
    seed: int = 7
    naive: Sequence[str] = ()
    recalibrate: Recalibration | None = None
    on_progress: Progress = _silent

    def __post_init__(self) -> None:
        if self.metric not in TUNED:
            raise InputError(f"'{self.metric}' is not a metric: {', '.join(TUNED)}", code="unknown-metric")
        taken = [name for name in self.candidates if is_baseline(name)]
        if taken:
            raise InputError(f"the candidate '{taken[0]}' has the name of a baseline", code="candidate-name")

    @property
    def task(self) -> TaskType:
        """The task of the metric, which is what the contenders predict."""
        return METRICS[self.metric].task

    def encoder(self, trees: bool) -> Encoder:
        """Return the encoder of one of the two kinds of model."""
        return (Encoder.for_trees if trees else Encoder.for_linear)(self.profile, tuple(self.features))

    def tuned(self, name: str, candidate: Candidate, run: RunTrials) -> Tuned:
        """Return the trials of a candidate and the best of them."""
        return tune(
            name,
            candidate,
            run,
            metric=self.metric,
            seed=self.seed,
            trials=self.trials,
            batch=self.batch,
            on_trial=self.on_progress,
        )


class Trainer(Protocol):
    """A place where contenders are fitted: each method returns one, fitted and measured."""

    def constant(self) -> FittedContender:
        """The base rate or the mean."""

    def naive(self, feature: str) -> FittedContender:
        """The naive baseline that predicts the value of a feature."""

    def linear(self) -> FittedContender:
        """The linear baseline."""

    def candidate(self, name: str, place: int, candidate: Candidate) -> FittedContender:
        """The best of a candidate's trials, fitted on the whole window."""


def fit_all(trainer: Trainer, job: TrainingJob) -> list[FittedContender]:
    """Every contender, simplest first."""
    contenders = []
    naive: list[Callable[[], FittedContender]] = [partial(trainer.naive, feature) for feature in job.naive]
    for fit in (trainer.constant, *naive, trainer.linear):
        contenders.append(fit())
        job.on_progress(contenders[-1].name, 1, 1)
    for place, (name, candidate) in enumerate(job.candidates.items()):
        contenders.append(trainer.candidate(name, place, candidate))
    return contenders
