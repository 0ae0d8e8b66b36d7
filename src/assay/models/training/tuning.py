"""Tune a candidate on the validation block, in trials of fixed batches, so that the result is always the same."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.evaluation.metrics import METRICS
from assay.core.task_type import TaskType, impossible
from assay.errors import AssayError, InfrastructureError, InputError
from assay.models.estimators.calibrator import Recalibration
from assay.models.estimators.calibrator_fit import Recalibrated, recalibrated_by_rows
from assay.models.estimators.serialization import check_storable, check_stored, is_xgboost
from assay.models.estimators.task_scores import Labels, check_estimator, scores_of
from assay.models.training.validation_metric import validation_metric
from assay.spec.user_code.calls import call_user, said_by

Matrix = npt.NDArray[np.float32]
Candidate = Callable[[Any], Any]

THREADS = 1
"""Threads of one fit: fixed, so that the size of a machine does not change the model.

One, since the trials of a batch run side by side: waiting OpenMP threads spin, and beside another process on two
cores a fit on two threads took 4 to 10 times as long as on one.
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of parameters, its metric on the validation block, and the calibrator that the block gives it."""

    number: int
    parameters: Mapping[str, Any]
    value: float
    seconds: float
    recalibrated: Recalibrated | None = None


@dataclass(frozen=True, slots=True)
class ProposedTrial:
    """A trial that the sampler proposed: its parameters, and the unfitted estimator that they gave."""

    number: int
    parameters: Mapping[str, Any]
    estimator: Any


RunTrials = Callable[[str, Sequence[ProposedTrial]], Iterable[Trial]]
"""Fits and measures a candidate's trials, on any machine, and returns one result for each, in their order."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """All trials in order, the best of them, and a fresh estimator with its parameters, not fitted yet."""

    trials: tuple[Trial, ...]
    best: Trial
    estimator: Any


@dataclass(frozen=True, slots=True)
class Block:
    """The rows on which a candidate is tuned.

    `matrix(trees)` gives the encoded window, `days` a number for each row's date, and `validation` masks the last rows.
    """

    matrix: Callable[[bool], Matrix]
    labels: Labels
    days: npt.NDArray[np.integer]
    validation: npt.NDArray[np.bool_]
    metric: str
    seed: int
    recalibrate: Recalibration | None = None

    @property
    def task(self) -> TaskType:
        """The task of the metric, which is what the candidate predicts."""
        return METRICS[self.metric].task


def tune(
    name: str,
    candidate: Candidate,
    run: RunTrials,
    *,
    metric: str,
    seed: int,
    trials: int,
    batch: int,
    on_trial: Callable[[str, int, int], None],
) -> Tuned:
    """Return the best of `trials` trials of `candidate`, chosen by a seeded TPE sampler (Bergstra et al., 2011).

    The sampler proposes `batch` trials at a time. They are fitted side by side, and the sampler gets their results
    together: it sees the same results on any number of cores.

    Raises:
        InputError: A trial fails; the error names the candidate and the first such trial.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Without this, TPE draws its first ten trials at random, which is all that a small study has.
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=batch)
    higher, task = METRICS[metric].higher_is_better, METRICS[metric].task
    study = optuna.create_study(direction="maximize" if higher else "minimize", sampler=sampler)
    done: list[Trial] = []
    while len(done) < trials:
        optuna_trials = [study.ask() for _ in range(min(batch, trials - len(done)))]
        built = [_asked(name, candidate, trial, task) for trial in optuna_trials]
        _refuse_shared(name, built)
        for trial, result in zip(optuna_trials, run(name, built), strict=True):
            done.append(result)
            study.tell(trial, result.value)
            on_trial(name, len(done), trials)
    best = max(done, key=lambda trial: (trial.value if higher else -trial.value, -trial.number))
    fixed = optuna.trial.FixedTrial(dict(best.parameters), number=best.number)
    return Tuned(tuple(done), best, build(name, best.number, candidate, fixed, task))


@contextmanager
def in_threads(block: Block, batch: int) -> Iterator[RunTrials]:
    """Yield a function that runs trials on the rows of `block`, up to `batch` of them side by side in this process."""
    with ThreadPoolExecutor(max_workers=min(batch, os.cpu_count() or 1)) as pool:

        def run(name: str, proposals: Sequence[ProposedTrial]) -> Iterator[Trial]:
            for one in proposals:
                block.matrix(is_trees(one.estimator))
            results = [pool.submit(run_trial, name, one, block) for one in proposals]
            for result in results:
                yield result.result()

        yield run


def is_trees(estimator: Any) -> bool:
    """Return whether the estimator reads numbers as they are, with NaN for missing: xgboost does."""
    return is_xgboost(estimator)


def _asked(name: str, candidate: Candidate, trial: Any, task: TaskType) -> ProposedTrial:
    estimator = build(name, trial.number, candidate, trial, task)
    return ProposedTrial(
        trial.number, dict(trial.params), estimator
    )  # the trial has the parameters only after the candidate has drawn them


def build(name: str, number: int, candidate: Candidate, trial: Any, task: TaskType) -> Any:
    """Return the unfitted estimator that `candidate` makes of `trial`.

    Raises:
        InputError: The estimator cannot be used; the error names the candidate and the trial.
    """
    what, during = f"the candidate '{name}'", f" in trial {number}"
    estimator = call_user(candidate, trial, what=what, code=FAILED, hint=HINT, during=during)
    check_estimator(estimator, name, number, task)
    check_storable(estimator, name)
    return estimator


def fit_one(
    name: str, number: int, estimator: Any, matrix: npt.NDArray[Any], labels: npt.NDArray[Any], seed: int
) -> Any:
    """Return `estimator`, fitted; with the seed if it takes one, and on a fixed number of threads."""
    from threadpoolctl import threadpool_limits

    try:
        settle(estimator, seed)
        # OpenMP's limit belongs to the calling thread, which BLAS's does not.
        with threadpool_limits(THREADS, user_api="openmp"):
            return estimator.fit(matrix, labels)
    except Exception as error:
        raise failed(name, number, error) from error


def run_trial(name: str, proposal: ProposedTrial, block: Block) -> Trial:
    """Return the result of one trial of the candidate `name`.

    The trial is fitted on the rows of `block` before its validation block, and measured on that block.

    Raises:
        InputError: The trial cannot be fitted, stored or measured; the error names the candidate and the trial.
    """
    started = time.perf_counter()
    number, estimator = proposal.number, proposal.estimator
    matrix, early, late = block.matrix(is_trees(estimator)), ~block.validation, block.validation
    fit_one(name, number, estimator, matrix[early], block.labels[early], block.seed)
    try:
        scores = scores_of(estimator, matrix[late], block.task)
        if number == 0:
            # A model that cannot be stored is refused now, not after the last trial.
            check_stored(estimator, name, matrix[late], block.task)
    except Exception as error:
        raise failed(name, number, error) from error
    if impossible(block.task, scores).any():
        raise impossible_scores(name, number, block.task)
    value = validation_metric(block.metric, block.labels[late], scores, block.days[late])
    again = recalibrated_by_rows(name, block.recalibrate, scores, block.labels[late])
    return Trial(number, proposal.parameters, value, time.perf_counter() - started, again)


def impossible_scores(name: str, number: int, task: TaskType) -> InputError:
    """The error for a candidate whose scores have no meaning for its task."""
    kind = "probabilities" if task is TaskType.CLASSIFICATION else "finite numbers"
    return InputError(
        f"the candidate '{name}' gave scores that are no {kind} in trial {number}",
        code="candidate-scores",
        hint="look at its predict or predict_proba for rows with missing and with large values",
    )


def settle(estimator: Any, seed: int) -> None:
    """Give `estimator` the seed if it takes one, and the settings that no candidate decides.

    These are the number of threads, and the mark of missing values.
    """
    parameters = estimator.get_params(deep=True)
    wanted: dict[str, Any] = {
        key: seed for key, value in parameters.items() if key.split("__")[-1] == "random_state" and value is None
    }
    if is_xgboost(estimator):
        # The encoder marks missing values with NaN, whatever the candidate has set.
        wanted |= {"n_jobs": THREADS, "missing": np.nan}
    if wanted:
        estimator.set_params(**wanted)


def _refuse_shared(name: str, built: Sequence[ProposedTrial]) -> None:
    """Raise InputError where trials of a batch share an estimator: they are fitted side by side."""
    if len({id(one.estimator) for one in built}) < len(built):
        message = f"the candidate '{name}' gave one and the same estimator in several trials"
        raise InputError(message, code="candidate-type", hint="make a new one in each call of the function")


FAILED = "candidate-failed"
HINT = "the function gets an Optuna trial and returns an unfitted estimator of xgboost or scikit-learn"


def failed(name: str, number: int, error: Exception) -> AssayError:
    """The error for a candidate that raised `error`: its first line, and the requirements for a candidate.

    An AssayError stays as it is. Memory that ran out is infrastructure.
    """
    if isinstance(error, AssayError):
        return error
    message = f"the candidate '{name}' failed in trial {number}: {said_by(error)}"
    if isinstance(error, MemoryError):
        return InfrastructureError(
            message, code="out-of-memory", hint="give the driver more memory, or fewer trials at once"
        )
    return InputError(message, code=FAILED, hint=HINT)
