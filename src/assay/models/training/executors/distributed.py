"""Fit the contenders on executors, for a window that exceeds the driver's budget."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.core.evaluation.contender import CANDIDATE, CONSTANT, LINEAR, NAIVE, naive_name
from assay.core.evaluation.metrics import METRICS
from assay.core.task_type import TaskType
from assay.models.estimators.baselines import Constant, Mean, strength
from assay.models.estimators.calibrator_fit import Recalibrated, recalibrated_by_outcomes
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.naive import NaiveForecast, forecast_encoder, forecast_notes
from assay.models.estimators.serialization import to_bytes
from assay.models.training.contenders import Fit, FittedContender, TrainingJob, fit_all
from assay.models.training.date_split import unusable_notes
from assay.models.training.executors.sample import Sampled
from assay.models.training.executors.spark_linear import fit_linear
from assay.models.training.executors.spark_trees import can_spread, fit_trees
from assay.models.training.executors.window import LATE, Window, late_outcomes
from assay.models.training.tuning import Candidate, ProposedTrial, Trial, impossible_scores, is_trees

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def fit_on_executors(
    window: Window, job: TrainingJob, *, workers: int, sample_rows: int, why: str
) -> list[FittedContender]:
    """Return every contender, as `fit_contenders` gives them, with `why` among their notes.

    - The constant comes from the counts of the window, and a naive baseline from these and a feature.
    - The linear baseline comes from Spark ML.
    - Candidates of xgboost are fitted by xgboost.spark on `workers` tasks, one trial after the other.
    - An estimator that cannot be fitted on executors is fitted on about `sample_rows` rows, the same ones each time. A
      note reports this.

    Raises:
        InputError: As `fit_contenders` raises it.
    """
    with ExitStack() as kept:
        return fit_all(SparkTrainer(job, window, workers, sample_rows, why, kept), job)


@dataclass(frozen=True, slots=True)
class SparkTrainer:
    """The rows of a window on executors, encoded once for each of the two kinds of model.

    They are kept on the executors until `kept` is closed.
    """

    job: TrainingJob
    window: Window
    workers: int
    sample_rows: int
    why: str
    kept: ExitStack
    frames: dict[bool, tuple[Encoder, DataFrame]] = field(default_factory=dict)
    sampled: list[Sampled] = field(default_factory=list)

    def encode(self, trees: bool) -> tuple[Encoder, DataFrame]:
        """The encoder of one of the two kinds of model, and the frame that it makes of the window."""
        if trees not in self.frames:
            encoder = self.job.encoder(trees)
            frame = self.window.encoded(encoder).persist()
            self.kept.callback(frame.unpersist)
            self.frames[trees] = (encoder, frame)
        return self.frames[trees]

    @property
    def sample(self) -> Sampled:
        """The rows for an estimator that cannot be fitted on executors, brought to the driver at the first use."""
        if not self.sampled:
            self.sampled.append(Sampled.draw(self.window, self.sample_rows, self.job))
        return self.sampled[0]

    def constant(self) -> FittedContender:
        """The mean label of the window."""
        started = time.perf_counter()
        kind = Constant if self.job.task is TaskType.CLASSIFICATION else Mean
        encoder, frame = self.encode(trees=True)
        value, _ = self._measured(CONSTANT, 0, kind(self.window.early[1]), frame)
        mean = self.window.all[1]
        says = {"rate" if kind is Constant else "mean": mean}
        return self._fitted(Fit(CONSTANT, CONSTANT, kind(mean), encoder, says, value), started)

    def naive(self, feature: str) -> FittedContender:
        """The value of a feature, and the mean label of the window where it is missing."""
        started = time.perf_counter()
        name, encoder = naive_name(feature), forecast_encoder(self.job.profile, feature)
        early, model = (NaiveForecast.of(encoder, mean) for _, mean in (self.window.early, self.window.all))
        value, _ = self._measured(name, 0, early, self.window.encoded(encoder))
        says, notes = {"feature": feature, "mean": model.mean}, forecast_notes(self.job.profile, feature)
        return self._fitted(Fit(name, NAIVE, model, encoder, says, value, notes=notes), started)

    def linear(self) -> FittedContender:
        """The linear baseline, on standardised numbers."""
        started = time.perf_counter()
        encoder, frame = self.encode(trees=False)
        value, again = self._measured(LINEAR, 0, fit_linear(frame.where(f"NOT {LATE}"), self.job.task), frame)
        model = fit_linear(frame, self.job.task)
        fit = Fit(LINEAR, LINEAR, model, encoder, strength(self.job.task), value, recalibrated=again)
        return self._fitted(fit, started)

    def candidate(self, name: str, place: int, candidate: Candidate) -> FittedContender:
        """The best of the candidate's trials."""
        started = time.perf_counter()
        done = self.job.tuned(name, candidate, self._run)
        best, estimator = done.best, done.estimator
        encoder = self.job.encoder(is_trees(estimator))
        if can_spread(estimator, self.job.task):
            _, frame = self.encode(trees=True)
            model = fit_trees(name, best.number, estimator, frame, self.workers, self.job.seed)
            notes: tuple[str, ...] = ()
        else:
            model = self.sample.fit(name, best.number, estimator)
            notes = (self.sample.note(name, estimator, self.window.all[0]),)
        fit = Fit(
            name, CANDIDATE, model, encoder, best.parameters, best.value, done.trials, notes, place, best.recalibrated
        )  # fmt: skip
        return self._fitted(fit, started)

    def _run(self, name: str, proposals: Sequence[ProposedTrial]) -> Iterator[Trial]:
        for one in proposals:
            if not can_spread(one.estimator, self.job.task):
                yield self.sample.run(name, one)
                continue
            started = time.perf_counter()
            _, frame = self.encode(trees=True)
            early = frame.where(f"NOT {LATE}")
            model = fit_trees(name, one.number, one.estimator, early, self.workers, self.job.seed)
            value, again = self._measured(name, one.number, model, frame)
            yield Trial(one.number, one.parameters, value, time.perf_counter() - started, again)

    def _measured(self, name: str, number: int, model: Any, frame: DataFrame) -> tuple[float, Recalibrated | None]:
        """Return the metric of a model on the validation block, and the calibrator that the same job gives it."""
        outcomes = late_outcomes(frame, to_bytes(model, name), self.job.task)
        value = None if outcomes is None else METRICS[self.job.metric].over(outcomes)
        if outcomes is None or value is None:
            raise impossible_scores(name, number, self.job.task)
        wanted = None if name == "constant" else self.job.recalibrate
        return value, recalibrated_by_outcomes(name, wanted, outcomes)

    def _fitted(self, fit: Fit, started: float) -> FittedContender:
        notes = (self.why, *unusable_notes(self.window.unusable))
        return fit.contender(self.job.metric, self.window.all[0], time.perf_counter() - started, notes)
