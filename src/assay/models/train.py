"""Fits the contenders: the constant, the linear baseline, and the tuned candidates, split by date."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assay.core.metrics import METRICS
from assay.core.profile import TableProfile
from assay.core.task import TaskType
from assay.errors import InputError
from assay.models.baselines import STRENGTH, Constant, constant, linear
from assay.models.encode import Encoder
from assay.models.learner import Labels, check_labels, labels_of, scores_of, usable
from assay.models.measure import TUNED, validation_metric
from assay.models.tune import Block, Candidate, Matrix, Trial, fit_one, is_trees, tune

Progress = Callable[[str, int, int], None]
"""Called with a contender's name, how many of its trials are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Fitted:
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


@dataclass(frozen=True, slots=True)
class Split:
    """The labelled rows of a window in their one order, and which of them lie in the validation block."""

    frame: pa.Table
    labels: Labels
    validation: npt.NDArray[np.bool_]
    first: date
    """The first date of the validation block."""

    unusable: int = 0
    """Rows that were left out, since their label is no finite number."""


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
    on_progress: Progress | None = None,
) -> list[Fitted]:
    """Every contender, simplest first: constant, linear, then the candidates in their order.

    Each is tuned on the window without its last `validation_days` dates and measured on those; then the best
    parameters are fitted once on the whole window. Rows are sorted by `partition` and `order` first (by everything, if
    `order` is empty), so the same rows in any order give the same xgboost model, byte for byte.

    The metric says what is predicted: with an error for a metric, the label is a number and the contenders are
    regressors.

    Raises InputError for a label that is never positive or never negative (or always the same number), for a window
    too short to split, for features that all say nothing, and for a candidate that fails, naming it and the trial.
    """
    _check_names(candidates, metric)
    split = split_by_date(frame, features, label, partition, validation_days, order, METRICS[metric].task)
    bench = _Bench(split, profile, tuple(features), metric, seed, {})
    progress = on_progress or _silent
    contenders = []
    for fit in (bench.constant, bench.linear):
        contenders.append(fit())
        progress(contenders[-1].name, 1, 1)
    for complexity, (name, candidate) in enumerate(candidates.items(), start=2):
        contenders.append(bench.candidate(name, complexity, candidate, trials, batch, progress))
    return contenders


def split_by_date(
    frame: pa.Table,
    features: Sequence[str],
    label: str,
    partition: str,
    validation_days: int,
    order: Sequence[str] = (),
    task: TaskType = TaskType.CLASSIFICATION,
) -> Split:
    """The rows of `frame` with a usable label, sorted, and the mask of those in its last `validation_days` dates.

    Raises InputError where a part is empty or its labels are all alike: nothing could be learned or measured on it.
    """
    wanted = [*features, label, partition, *order]
    for name in wanted:
        if name not in frame.column_names:
            raise InputError(f"the training frame has no column '{name}'", code="unknown-column")
    known = frame.num_rows - frame[label].null_count
    frame = usable(frame, label, task)
    keys = list(dict.fromkeys([partition, *(order or [label, *features])]))
    frame = frame.take(pc.sort_indices(frame, sort_keys=[(key, "ascending") for key in keys])).combine_chunks()
    labels = labels_of(frame[label], label, task)
    dates = sorted(pc.unique(frame[partition]).to_pylist())
    if not 0 < validation_days < len(dates):
        raise InputError(
            f"the window has {len(dates)} labelled dates, of which {validation_days} cannot be the validation block",
            code="short-window",
            hint="train on a longer window, or set train.validation to fewer days",
        )
    check_labels(labels, label, task, f"the {len(dates)} days of the window")
    first = dates[-validation_days]
    mask = np.asarray(pc.greater_equal(frame[partition], pa.scalar(first, frame[partition].type)))
    check_labels(labels[~mask], label, task, f"the window before its validation block ({dates[0]} to {first})")
    check_labels(labels[mask], label, task, f"the validation block ({first} to {dates[-1]})")
    return Split(frame, labels, mask, first, known - frame.num_rows)


def _check_names(candidates: Mapping[str, Candidate], metric: str) -> None:
    if metric not in TUNED:
        raise InputError(f"'{metric}' is not a metric: {', '.join(TUNED)}", code="unknown-metric")
    taken = {"constant", "linear"} & set(candidates)
    if taken:
        raise InputError(f"the candidate '{taken.pop()}' has the name of a baseline", code="candidate-name")


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all contenders are fitted on, encoded once for each of the two kinds of model."""

    split: Split
    profile: TableProfile
    features: tuple[str, ...]
    metric: str
    seed: int
    encoded: dict[bool, tuple[Encoder, Matrix]]

    @property
    def task(self) -> TaskType:
        return METRICS[self.metric].task

    def encode(self, trees: bool) -> tuple[Encoder, Matrix]:
        if trees not in self.encoded:
            encoder = (Encoder.for_trees if trees else Encoder.for_linear)(self.profile, self.features)
            self.encoded[trees] = (encoder, encoder.encode(self.split.frame))
        return self.encoded[trees]

    def constant(self) -> Fitted:
        started = time.perf_counter()
        labels, late = self.split.labels, self.split.validation
        early = constant(labels[~late], self.task)
        value = validation_metric(self.metric, labels[late], scores_of(early, labels[late], self.task))
        model = constant(labels, self.task)
        says = {"rate": model.rate} if isinstance(model, Constant) else {"mean": model.mean}
        encoder = Encoder.for_trees(self.profile, self.features)
        return self._fitted("constant", 0, model, encoder, says, (), value, started)

    def linear(self) -> Fitted:
        started = time.perf_counter()
        labels, late = self.split.labels, self.split.validation
        encoder, matrix = self.encode(trees=False)
        early = linear(matrix[~late], labels[~late], self.task)
        value = validation_metric(self.metric, labels[late], scores_of(early, matrix[late], self.task))
        strength = {"C": STRENGTH} if self.task is TaskType.CLASSIFICATION else {"alpha": 1 / STRENGTH}
        return self._fitted("linear", 1, linear(matrix, labels, self.task), encoder, strength, (), value, started)

    def candidate(
        self, name: str, complexity: int, candidate: Candidate, trials: int, batch: int, progress: Progress
    ) -> Fitted:
        started = time.perf_counter()
        labels = self.split.labels
        block = Block(lambda trees: self.encode(trees)[1], labels, self.split.validation, self.metric, self.seed)
        done = tune(name, candidate, block, trials=trials, batch=batch, on_trial=progress)
        encoder, matrix = self.encode(is_trees(done.estimator))
        model = fit_one(name, done.best.number, done.estimator, matrix, labels, self.seed)
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
    ) -> Fitted:
        kind = name if complexity < 2 else "candidate"
        rows, seconds = len(self.split.labels), time.perf_counter() - started
        notes = _unusable(self.split.unusable) + (() if complexity == 0 else _notes(encoder))
        return Fitted(
            name, kind, complexity, model, encoder, parameters, trials, self.metric, value, seconds, rows, notes
        )


def _notes(encoder: Encoder) -> tuple[str, ...]:
    return tuple(f"the feature '{name}' {why}: left out" for name, why in encoder.dropped.items())


def _unusable(rows: int) -> tuple[str, ...]:
    return (f"{rows:,} rows have a label that is NaN, infinite or huge: not trained on",) if rows else ()


def _silent(_name: str, _done: int, _of: int) -> None:
    return None
