"""The contenders of a window whose rows are in this process."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assay.core.evaluation.contender import CANDIDATE, CONSTANT, LINEAR, NAIVE, naive_name
from assay.models.estimators.baselines import Constant, constant, linear, strength
from assay.models.estimators.calibrator_fit import recalibrated_by_rows
from assay.models.estimators.encoder import Encoder
from assay.models.estimators.naive import NaiveForecast, forecast_encoder, forecast_notes
from assay.models.estimators.task_scores import scores_of
from assay.models.training.contenders import Fit, FittedContender, Runner, TrainingJob, fit_all
from assay.models.training.date_split import Split, split_by_date, unusable_notes
from assay.models.training.tuning import Block, Candidate, Matrix, fit_one, in_threads, is_trees
from assay.models.training.validation_metric import validation_metric


def fit_contenders(frame: pa.Table, job: TrainingJob, runner: Runner = in_threads) -> list[FittedContender]:
    """Return every contender, simplest first: constant, naive, linear, then the candidates in their order.

    Each is tuned on the window without its validation dates and measured on those. Then the best parameters are fitted
    once on the whole window. `runner` decides where the trials are run, which changes nothing but the time.

    Raises:
        InputError: All labels are alike, the window is too short to split, no feature carries information, or a
            candidate fails. The error names the candidate and the trial.
    """
    split = split_by_date(frame, job.features, job.label, job.partition, job.validation_days, job.order, job.task)
    return fit_all(LocalTrainer(job, split, runner), job)


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
        rows, job = (split.labels, split.days, split.validation), self.job
        return Block(lambda trees: self.encode(trees)[1], *rows, job.metric, job.seed, job.recalibrate)

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
        value = self._validated(self._early(constant(labels[~late], self.job.task), labels))
        model = constant(labels, self.job.task)
        says = {"rate": model.rate} if isinstance(model, Constant) else {"mean": model.mean}
        encoder = self.job.encoder(trees=True)
        return self._fitted(Fit(CONSTANT, CONSTANT, model, encoder, says, value), started)

    def naive(self, feature: str) -> FittedContender:
        """The value of a feature, and the mean label of the window where it is missing."""
        started = time.perf_counter()
        labels, late = self.split.labels, self.split.validation
        encoder = forecast_encoder(self.job.profile, feature)
        early, model = (NaiveForecast.of(encoder, float(part.mean())) for part in (labels[~late], labels))
        value = self._validated(self._early(early, encoder.encode(self.split.frame)))
        says, notes = {"feature": feature, "mean": model.mean}, forecast_notes(self.job.profile, feature)
        return self._fitted(Fit(naive_name(feature), NAIVE, model, encoder, says, value, notes=notes), started)

    def linear(self) -> FittedContender:
        """The linear baseline, on standardised numbers."""
        started = time.perf_counter()
        labels, late = self.split.labels, self.split.validation
        encoder, matrix = self.encode(trees=False)
        early = self._early(linear(matrix[~late], labels[~late], self.job.task), matrix)
        again = recalibrated_by_rows(LINEAR, self.job.recalibrate, early, labels[late])
        model, says = linear(matrix, labels, self.job.task), strength(self.job.task)
        fit = Fit(LINEAR, LINEAR, model, encoder, says, self._validated(early), recalibrated=again)
        return self._fitted(fit, started)

    def candidate(self, name: str, place: int, candidate: Candidate) -> FittedContender:
        """The best of the candidate's trials."""
        started = time.perf_counter()
        with self.runner(self.block, self.job.batch) as run:
            done = self.job.tuned(name, candidate, run)
        encoder, matrix = self.encode(is_trees(done.estimator))
        model = fit_one(name, done.best.number, done.estimator, matrix, self.split.labels, self.job.seed)
        best = done.best
        fit = Fit(
            name, CANDIDATE, model, encoder, best.parameters, best.value, done.trials,
            place=place, recalibrated=best.recalibrated,
        )  # fmt: skip
        return self._fitted(fit, started)

    def _early(self, early: Any, matrix: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """The scores of the validation block by a model that had not seen it; `matrix` has a row per row."""
        return scores_of(early, matrix[self.split.validation], self.job.task)

    def _validated(self, scores: npt.NDArray[np.float64]) -> float:
        """The metric of the scores of the validation block."""
        late = self.split.validation
        return validation_metric(self.job.metric, self.split.labels[late], scores, self.split.days[late])

    def _fitted(self, fit: Fit, started: float) -> FittedContender:
        rows, notes = len(self.split.labels), unusable_notes(self.split.unusable)
        return fit.contender(self.job.metric, rows, time.perf_counter() - started, notes)
