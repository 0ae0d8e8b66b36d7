"""Fits the contenders where the rows lie, for a window that is more than the driver's budget."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.models.estimators.baselines import Constant, Mean, strength
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.serialization import to_bytes
from assay.models.training.contenders import (
    FittedContender,
    Progress,
    check_names,
    dropped_notes,
    fit_all,
    unusable_notes,
)
from assay.models.training.sample import Sampled
from assay.models.training.spark_linear import fit_linear
from assay.models.training.spark_trees import can_spread, fit_trees
from assay.models.training.tuning import Candidate, ProposedTrial, Trial, impossible_scores, is_trees, tune
from assay.models.training.window import LATE, Window, measured

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def fit_on_executors(
    window: Window,
    *,
    features: Sequence[str],
    profile: TableProfile,
    candidates: Mapping[str, Candidate],
    trials: int,
    batch: int,
    seed: int,
    metric: str,
    workers: int,
    sample_rows: int,
    why: str,
    on_progress: Progress,
) -> list[FittedContender]:
    """Every contender, as `fit_contenders` gives them, with `why` among their notes.

    The constant comes from what was counted, the linear baseline from Spark ML, candidates of xgboost from
    xgboost.spark on `workers` tasks, one trial after the other. An estimator that cannot be spread is fitted on about
    `sample_rows` rows, the same ones each time, and says so in a note. Raises InputError as `fit_contenders` does.
    """
    check_names(candidates, metric)
    with ExitStack() as kept:
        bench = SparkTrainer(window, profile, tuple(features), metric, seed, workers, sample_rows, why, kept)
        return fit_all(bench, candidates, trials, batch, on_progress)


@dataclass(frozen=True, slots=True)
class SparkTrainer:
    """The rows of a window on executors, encoded once for each of the two kinds of model and kept there until `kept`
    is closed."""

    window: Window
    profile: TableProfile
    features: tuple[str, ...]
    metric: str
    seed: int
    workers: int
    sample_rows: int
    why: str
    kept: ExitStack
    frames: dict[bool, tuple[Encoder, DataFrame]] = field(default_factory=dict)
    sampled: list[Sampled] = field(default_factory=list)

    @property
    def task(self) -> TaskType:
        return METRICS[self.metric].task

    def encode(self, trees: bool) -> tuple[Encoder, DataFrame]:
        """The encoder of one of the two kinds of model, and the frame that it makes of the window."""
        if trees not in self.frames:
            encoder = (Encoder.for_trees if trees else Encoder.for_linear)(self.profile, self.features)
            frame = self.window.encoded(encoder).persist()
            self.kept.callback(frame.unpersist)
            self.frames[trees] = (encoder, frame)
        return self.frames[trees]

    @property
    def sample(self) -> Sampled:
        """The rows on which an estimator is fitted that cannot be spread, brought here when first asked for."""
        if not self.sampled:
            drawn = Sampled.draw(self.window, self.sample_rows, self.profile, self.features, self.metric, self.seed)
            self.sampled.append(drawn)
        return self.sampled[0]

    def constant(self) -> FittedContender:
        """The mean label of the window."""
        started = time.perf_counter()
        kind = Constant if self.task is TaskType.CLASSIFICATION else Mean
        encoder, frame = self.encode(trees=True)
        value = self._measured("constant", 0, kind(self.window.early[1]), frame)
        mean = self.window.all[1]
        says = {"rate" if kind is Constant else "mean": mean}
        return self._fitted("constant", 0, kind(mean), encoder, says, (), value, started)

    def linear(self) -> FittedContender:
        """The linear baseline, on standardised numbers."""
        started = time.perf_counter()
        encoder, frame = self.encode(trees=False)
        value = self._measured("linear", 0, fit_linear(frame.where(f"NOT {LATE}"), self.task), frame)
        model = fit_linear(frame, self.task)
        return self._fitted("linear", 1, model, encoder, strength(self.task), (), value, started)

    def candidate(
        self, name: str, complexity: int, candidate: Candidate, trials: int, batch: int, progress: Progress
    ) -> FittedContender:
        """The best of the candidate's trials."""
        started = time.perf_counter()
        tuning_options: dict[str, Any] = {"metric": self.metric, "seed": self.seed, "trials": trials, "batch": batch}
        done = tune(name, candidate, self._run, **tuning_options, on_trial=progress)
        best, estimator = done.best, done.estimator
        encoder = (Encoder.for_trees if is_trees(estimator) else Encoder.for_linear)(self.profile, self.features)
        if can_spread(estimator, self.task):
            _, frame = self.encode(trees=True)
            model = fit_trees(name, best.number, estimator, frame, self.workers, self.seed)
            return self._fitted(name, complexity, model, encoder, best.parameters, done.trials, best.value, started)
        model = self.sample.fit(name, best.number, estimator)
        note = self.sample.note(name, estimator, self.window.all[0])
        return self._fitted(
            name, complexity, model, encoder, best.parameters, done.trials, best.value, started, (note,)
        )

    def _run(self, name: str, proposals: Sequence[ProposedTrial]) -> Iterator[Trial]:
        for one in proposals:
            if not can_spread(one.estimator, self.task):
                yield self.sample.run(name, one)
                continue
            started = time.perf_counter()
            _, frame = self.encode(trees=True)
            early = frame.where(f"NOT {LATE}")
            model = fit_trees(name, one.number, one.estimator, early, self.workers, self.seed)
            value = self._measured(name, one.number, model, frame)
            yield Trial(one.number, one.parameters, value, time.perf_counter() - started)

    def _measured(self, name: str, number: int, model: Any, frame: DataFrame) -> float:
        value = measured(frame, to_bytes(model, name), self.task, self.metric)
        if value is None:
            raise impossible_scores(name, number, self.task)
        return value

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
        more: tuple[str, ...] = (),
    ) -> FittedContender:
        kind = name if complexity < 2 else "candidate"
        seconds, rows = time.perf_counter() - started, self.window.all[0]
        notes = (self.why, *unusable_notes(self.window.unusable), *(dropped_notes(encoder) if complexity else ()))
        return FittedContender(
            name, kind, complexity, model, encoder, parameters, trials, self.metric, value, seconds, rows, notes + more
        )
