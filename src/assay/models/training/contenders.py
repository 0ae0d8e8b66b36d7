"""Fit the contenders: the constant, the linear baseline, and the tuned candidates, split by date."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.models.estimators.baselines import Constant, constant, linear, strength
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.task_scores import scores_of
from assay.models.training.candidates import BASELINES
from assay.models.training.date_split import Split, split_by_date
from assay.models.training.tuning import (
    Block,
    Candidate,
    Matrix,
    RunTrials,
    Trial,
    Tuned,
    fit_one,
    in_threads,
    is_trees,
    tune,
)
from assay.models.training.validation_metric import TUNED, validation_metric

Progress = Callable[[str, int, int], None]
"""Called with a contender's name, the number of its trials that are done, and the number of all."""

Runner = Callable[[Block, int], AbstractContextManager[RunTrials]]
"""Opens a context in which the trials on a block are run, in batches of that size."""


FIRST_CANDIDATE = 2
"""The complexity of the first candidate: that of the constant is 0, and that of the linear baseline 1."""


@dataclass(frozen=True, slots=True)
class FittedContender:
    """A contender as it will be judged: fitted once on the whole window, with the parameters that tuning chose.

    - `kind` is constant, linear or candidate.
    - A contender with a higher `complexity` must be shown to be better than every one with a lower.
    - `validation` is the metric on the validation block, of a model that had not seen that block.
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

    @property
    def task(self) -> TaskType:
        """The task of the contender's metric, which is what it predicts."""
        return METRICS[self.metric].task

    def score(self, batch: pa.RecordBatch | pa.Table) -> npt.NDArray[np.float64]:
        """The probability of the positive class, or the predicted number, per row of `batch`."""
        return scores_of(self.estimator, self.encoder.encode(batch), self.task)


@dataclass(frozen=True, slots=True)
class Fit:
    """A model of the whole window, and what was measured of it before.

    `validation` is its metric on the held-back dates. `trials` are those of a candidate, `notes` those of this model.
    """

    name: str
    complexity: int
    model: Any
    encoder: Encoder
    parameters: Mapping[str, Any]
    validation: float
    trials: tuple[Trial, ...] = ()
    notes: tuple[str, ...] = ()

    def contender(self, metric: str, rows: int, seconds: float, notes: tuple[str, ...]) -> FittedContender:
        """Return the contender with the notes of its training, those on features that are left out, and its own."""
        left_out = () if self.complexity == 0 else dropped_notes(self.encoder)
        return FittedContender(
            name=self.name,
            kind=self.name if self.complexity < FIRST_CANDIDATE else "candidate",
            complexity=self.complexity,
            estimator=self.model,
            encoder=self.encoder,
            parameters=self.parameters,
            trials=self.trials,
            metric=metric,
            validation=self.validation,
            seconds=seconds,
            rows=rows,
            notes=notes + left_out + self.notes,
        )


def _silent(_name: str, _done: int, _of: int) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingJob:
    """The settings of a training on a window: the same for rows in this process and on executors.

    The window's last `validation_days` dates are held back for tuning. Rows are sorted by `partition` and `order` (by
    everything, if `order` is empty), so the same rows in any order give the same xgboost model, byte for byte. With an
    error for a `metric`, the label is a number and the contenders are regressors.

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
    on_progress: Progress = _silent

    def __post_init__(self) -> None:
        if self.metric not in TUNED:
            raise InputError(f"'{self.metric}' is not a metric: {', '.join(TUNED)}", code="unknown-metric")
        taken = BASELINES.intersection(self.candidates)
        if taken:
            raise InputError(f"the candidate '{min(taken)}' has the name of a baseline", code="candidate-name")

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


def fit_contenders(frame: pa.Table, job: TrainingJob, runner: Runner = in_threads) -> list[FittedContender]:
    """Return every contender, simplest first: constant, linear, then the candidates in their order.

    Each is tuned on the window without its validation dates and measured on those. Then the best parameters are fitted
    once on the whole window. `runner` decides where the trials are run, which changes nothing but the time.

    Raises:
        InputError: All labels are alike, the window is too short to split, no feature carries information, or a
            candidate fails. The error names the candidate and the trial.
    """
    split = split_by_date(frame, job.features, job.label, job.partition, job.validation_days, job.order, job.task)
    return fit_all(LocalTrainer(job, split, runner), job)


class Trainer(Protocol):
    """A place where contenders are fitted: each method returns one, fitted and measured."""

    def constant(self) -> FittedContender:
        """The base rate or the mean."""
        ...

    def linear(self) -> FittedContender:
        """The linear baseline."""
        ...

    def candidate(self, name: str, complexity: int, candidate: Candidate) -> FittedContender:
        """The best of a candidate's trials, fitted on the whole window."""
        ...


def fit_all(trainer: Trainer, job: TrainingJob) -> list[FittedContender]:
    """Every contender, simplest first."""
    contenders = []
    for fit in (trainer.constant, trainer.linear):
        contenders.append(fit())
        job.on_progress(contenders[-1].name, 1, 1)
    for complexity, (name, candidate) in enumerate(job.candidates.items(), start=FIRST_CANDIDATE):
        contenders.append(trainer.candidate(name, complexity, candidate))
    return contenders


@dataclass(frozen=True, slots=True)
class LocalTrainer:
    """The rows of a window in this process, on which all contenders are fitted.

    They are encoded once for each of the two kinds of model.
    """

    job: TrainingJob
    split: Split
    runner: Runner = in_threads
    encoded: dict[bool, tuple[Encoder, Matrix]] = field(default_factory=dict)

    @property
    def block(self) -> Block:
        """The rows on which candidates are tuned."""
        split = self.split
        rows = (split.labels, split.days, split.validation)
        return Block(lambda trees: self.encode(trees)[1], *rows, self.job.metric, self.job.seed)

    def encode(self, trees: bool) -> tuple[Encoder, Matrix]:
        """The encoder of one of the two kinds of model, and the matrix that it makes of the window."""
        if trees not in self.encoded:
            encoder = self.job.encoder(trees)
            self.encoded[trees] = (encoder, encoder.encode(self.split.frame))
        return self.encoded[trees]

    def constant(self) -> FittedContender:
        """The mean label of the window."""
        started = time.perf_counter()
        labels, late = self.split.labels, self.split.validation
        early = constant(labels[~late], self.job.task)
        value = self._validated(scores_of(early, labels[late], self.job.task))
        model = constant(labels, self.job.task)
        says = {"rate": model.rate} if isinstance(model, Constant) else {"mean": model.mean}
        encoder = self.job.encoder(trees=True)
        return self._fitted(Fit("constant", 0, model, encoder, says, value), started)

    def linear(self) -> FittedContender:
        """The linear baseline, on standardised numbers."""
        started = time.perf_counter()
        labels, late = self.split.labels, self.split.validation
        encoder, matrix = self.encode(trees=False)
        early = linear(matrix[~late], labels[~late], self.job.task)
        value = self._validated(scores_of(early, matrix[late], self.job.task))
        model, says = linear(matrix, labels, self.job.task), strength(self.job.task)
        return self._fitted(Fit("linear", 1, model, encoder, says, value), started)

    def candidate(self, name: str, complexity: int, candidate: Candidate) -> FittedContender:
        """The best of the candidate's trials."""
        started = time.perf_counter()
        with self.runner(self.block, self.job.batch) as run:
            done = self.job.tuned(name, candidate, run)
        encoder, matrix = self.encode(is_trees(done.estimator))
        model = fit_one(name, done.best.number, done.estimator, matrix, self.split.labels, self.job.seed)
        best = done.best
        return self._fitted(Fit(name, complexity, model, encoder, best.parameters, best.value, done.trials), started)

    def _validated(self, scores: npt.NDArray[np.float64]) -> float:
        """The metric of the scores of the validation block."""
        late = self.split.validation
        return validation_metric(self.job.metric, self.split.labels[late], scores, self.split.days[late])

    def _fitted(self, fit: Fit, started: float) -> FittedContender:
        rows, notes = len(self.split.labels), unusable_notes(self.split.unusable)
        return fit.contender(self.job.metric, rows, time.perf_counter() - started, notes)


def dropped_notes(encoder: Encoder) -> tuple[str, ...]:
    """A note on each feature that the encoder left out."""
    return tuple(f"the feature '{name}' {why}: left out" for name, why in encoder.dropped.items())


def unusable_notes(rows: int) -> tuple[str, ...]:
    """A note on the rows whose label is no number to learn from, if there are any."""
    return (f"{rows:,} rows have a label that is NaN, infinite or huge: not trained on",) if rows else ()
