"""Fits the contenders: the constant, the linear baseline, and the tuned candidates, split by date."""

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
from assay.models.training.tuning import Block, Candidate, Matrix, RunTrials, Trial, fit_one, in_threads, is_trees, tune
from assay.models.training.validation_metric import TUNED, validation_metric

Progress = Callable[[str, int, int], None]
"""Called with a contender's name, how many of its trials are done, and how many there are."""

Runner = Callable[[Block, int], AbstractContextManager[RunTrials]]
"""Opens a place where the trials on a block are run, in batches of that size."""


@dataclass(frozen=True, slots=True)
class FittedContender:
    """A contender as it will be judged: fitted once on the whole window, with the parameters that tuning chose.

    `kind` is constant, linear or candidate; a higher `complexity` must be shown better than every lower one.
    `validation` is the metric on the validation block of the model that had not seen that block.
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
        """What it predicts, which its metric judges."""
        return METRICS[self.metric].task

    def score(self, batch: pa.RecordBatch | pa.Table) -> npt.NDArray[np.float64]:
        """The probability of the positive class, or the predicted number, per row of `batch`."""
        return scores_of(self.estimator, self.encoder.encode(batch), self.task)


def fit_contenders(
    frame: pa.Table,
    *,
    features: Sequence[str],
    label: str,
    partition: str,
    profile: TableProfile,
    candidates: Mapping[str, Candidate],
    trials: int = 6,
    batch: int = 3,
    seed: int = 7,
    validation_days: int,
    order: Sequence[str] = (),
    metric: str = "roc_auc",
    runner: Runner = in_threads,
    on_progress: Progress | None = None,
) -> list[FittedContender]:
    """Every contender, simplest first: constant, linear, then the candidates in their order.

    Each is tuned on the window without its last `validation_days` dates and measured on those; then the best
    parameters are fitted once on the whole window. Rows are sorted by `partition` and `order` first (by everything, if
    `order` is empty), so the same rows in any order give the same xgboost model, byte for byte.

    The metric says what is predicted: with an error for a metric, the label is a number and the contenders are
    regressors. `runner` says where trials are run, which changes nothing but the time they take.

    Raises InputError for a label that is never positive or never negative (or always the same number), for a window
    too short to split, for features that all say nothing, and for a candidate that fails, naming it and the trial.
    """
    check_names(candidates, metric)
    split = split_by_date(frame, features, label, partition, validation_days, order, METRICS[metric].task)
    bench = LocalTrainer(split, profile, tuple(features), metric, seed, runner)
    return fit_all(bench, candidates, trials, batch, on_progress or _silent)


class Trainer(Protocol):
    """Where contenders are fitted: each method gives one back, fitted and measured."""

    def constant(self) -> FittedContender:
        """The base rate or the mean."""
        ...

    def linear(self) -> FittedContender:
        """The linear baseline."""
        ...

    def candidate(
        self, name: str, complexity: int, candidate: Candidate, trials: int, batch: int, progress: Progress
    ) -> FittedContender:
        """The best of a candidate's trials, fitted on the whole window."""
        ...


def fit_all(
    bench: Trainer, candidates: Mapping[str, Candidate], trials: int, batch: int, progress: Progress
) -> list[FittedContender]:
    """Every contender, simplest first."""
    contenders = []
    for fit in (bench.constant, bench.linear):
        contenders.append(fit())
        progress(contenders[-1].name, 1, 1)
    for complexity, (name, candidate) in enumerate(candidates.items(), start=2):
        contenders.append(bench.candidate(name, complexity, candidate, trials, batch, progress))
    return contenders


def check_names(candidates: Mapping[str, Candidate], metric: str) -> None:
    """Nothing, if the metric is known and no candidate has the name of a baseline; raises InputError otherwise."""
    if metric not in TUNED:
        raise InputError(f"'{metric}' is not a metric: {', '.join(TUNED)}", code="unknown-metric")
    taken = BASELINES.intersection(candidates)
    if taken:
        raise InputError(f"the candidate '{min(taken)}' has the name of a baseline", code="candidate-name")


@dataclass(frozen=True, slots=True)
class LocalTrainer:
    """The rows of a window in this process, on which all contenders are fitted, encoded once for each of the two kinds
    of model."""

    split: Split
    profile: TableProfile
    features: tuple[str, ...]
    metric: str
    seed: int
    runner: Runner = in_threads
    encoded: dict[bool, tuple[Encoder, Matrix]] = field(default_factory=dict)

    @property
    def task(self) -> TaskType:
        return METRICS[self.metric].task

    @property
    def block(self) -> Block:
        """What candidates are tuned on."""
        labels, late = self.split.labels, self.split.validation
        return Block(lambda trees: self.encode(trees)[1], labels, late, self.metric, self.seed)

    def encode(self, trees: bool) -> tuple[Encoder, Matrix]:
        """The encoder of one of the two kinds of model, and the matrix that it makes of the window."""
        if trees not in self.encoded:
            encoder = (Encoder.for_trees if trees else Encoder.for_linear)(self.profile, self.features)
            self.encoded[trees] = (encoder, encoder.encode(self.split.frame))
        return self.encoded[trees]

    def constant(self) -> FittedContender:
        """The mean label of the window."""
        started = time.perf_counter()
        labels, late = self.split.labels, self.split.validation
        early = constant(labels[~late], self.task)
        value = validation_metric(self.metric, labels[late], scores_of(early, labels[late], self.task))
        model = constant(labels, self.task)
        says = {"rate": model.rate} if isinstance(model, Constant) else {"mean": model.mean}
        encoder = Encoder.for_trees(self.profile, self.features)
        return self._fitted("constant", 0, model, encoder, says, (), value, started)

    def linear(self) -> FittedContender:
        """The linear baseline, on standardised numbers."""
        started = time.perf_counter()
        labels, late = self.split.labels, self.split.validation
        encoder, matrix = self.encode(trees=False)
        early = linear(matrix[~late], labels[~late], self.task)
        value = validation_metric(self.metric, labels[late], scores_of(early, matrix[late], self.task))
        model, says = linear(matrix, labels, self.task), strength(self.task)
        return self._fitted("linear", 1, model, encoder, says, (), value, started)

    def candidate(
        self, name: str, complexity: int, candidate: Candidate, trials: int, batch: int, progress: Progress
    ) -> FittedContender:
        """The best of the candidate's trials."""
        started = time.perf_counter()
        tuning_options: dict[str, Any] = {"metric": self.metric, "seed": self.seed, "trials": trials, "batch": batch}
        with self.runner(self.block, batch) as run:
            done = tune(name, candidate, run, **tuning_options, on_trial=progress)
        encoder, matrix = self.encode(is_trees(done.estimator))
        model = fit_one(name, done.best.number, done.estimator, matrix, self.split.labels, self.seed)
        best = done.best
        return self._fitted(name, complexity, model, encoder, best.parameters, done.trials, best.value, started)

    def _fitted(
        self,
        name: str,
        complexity: int,
        model: Any,
        encoder: Encoder,
        parameters: Mapping[str, Any],
        trials: tuple[Trial, ...],
        value: float,
        started: float,
    ) -> FittedContender:
        kind = name if complexity < 2 else "candidate"
        rows, seconds = len(self.split.labels), time.perf_counter() - started
        notes = unusable_notes(self.split.unusable) + (() if complexity == 0 else dropped_notes(encoder))
        return FittedContender(
            name, kind, complexity, model, encoder, parameters, trials, self.metric, value, seconds, rows, notes
        )


def dropped_notes(encoder: Encoder) -> tuple[str, ...]:
    """A note on each feature that the encoder left out."""
    return tuple(f"the feature '{name}' {why}: left out" for name, why in encoder.dropped.items())


def unusable_notes(rows: int) -> tuple[str, ...]:
    """A note on the rows whose label is no number to learn from, if there are any."""
    return (f"{rows:,} rows have a label that is NaN, infinite or huge: not trained on",) if rows else ()


def _silent(_name: str, _done: int, _of: int) -> None:
    return None
