"""A sample of a window that fits the driver, for the estimators that cannot be fitted on executors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.errors import InputError
from assay.models.training.contenders import TrainingJob
from assay.models.training.date_split import split_by_date
from assay.models.training.executors.window import Window
from assay.models.training.local_trainer import LocalTrainer
from assay.models.training.tuning import ProposedTrial, Trial, fit_one, is_trees, run_trial

MIN_SAMPLE_ROWS = 100
"""The fewest rows of a sample on which a candidate is fitted."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A window's sample, split at the same date as the window."""

    trainer: LocalTrainer

    @classmethod
    def draw(cls, window: Window, rows: int, job: TrainingJob) -> Sampled:
        """Draw about `rows` rows of the window, the same ones each time.

        Raises:
            InputError: `rows` is too few, or the labels of the sample are all alike.
        """
        if rows < MIN_SAMPLE_ROWS:
            raise InputError(
                f"a sample that fits train.driver_budget has {rows} rows, too few to fit a candidate on",
                code="small-budget",
                hint="raise train.driver_budget, or give only candidates of xgboost, which are fitted on executors",
            )
        split = split_by_date(
            window.sample(rows),
            job.features,
            window.label,
            window.partition,
            validation_days=1,
            order=window.key,
            task=window.task,
            first=window.first,
        )
        return cls(LocalTrainer(job, split))

    def run(self, name: str, proposal: ProposedTrial) -> Trial:
        """The result of one trial, on the sample's rows of the validation block."""
        return run_trial(name, proposal, self.trainer.block)

    def fit(self, name: str, number: int, estimator: Any) -> Any:
        """`estimator`, fitted on the whole sample."""
        _, matrix = self.trainer.encode(is_trees(estimator))
        return fit_one(name, number, estimator, matrix, self.trainer.split.labels, self.trainer.job.seed)

    def note(self, name: str, estimator: Any, rows: int) -> str:
        """Return the note on a candidate that saw the sample alone, of a window of `rows` rows."""
        seen, kind = len(self.trainer.split.labels), type(estimator).__name__
        return f"'{name}' was fitted on a sample of {seen:,} of {rows:,} rows: {kind} cannot be fitted on executors"
