"""The two contenders that every candidate must beat: the base rate or mean, and a plain linear model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.task_type import TaskType

INVERSE_L2_PENALTY = 1.0
"""The inverse of the L2 penalty, fixed: a baseline that is tuned is not a baseline."""

ITERATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Constant:
    """Predicts the training base rate for every row: what is known without looking at any feature."""

    rate: float

    def predict_proba(self, matrix: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """The shares of both classes, n x 2, as scikit-learn's classifiers give them."""
        return np.tile([1.0 - self.rate, self.rate], (len(matrix), 1))


@dataclass(frozen=True, slots=True)
class Mean:
    """Predicts the mean label of the training for every row: what is known without looking at any feature."""

    mean: float

    def predict(self, matrix: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """The mean once per row, as scikit-learn's regressors give it."""
        return np.full(len(matrix), self.mean)


def constant(labels: npt.NDArray[Any], task: TaskType = TaskType.CLASSIFICATION) -> Constant | Mean:
    """The constant for at least one of `labels`: their mean, which is a rate where they are 0 and 1."""
    mean = float(labels.mean(dtype=np.float64))
    return Constant(mean) if task is TaskType.CLASSIFICATION else Mean(mean)


def linear(matrix: npt.NDArray[Any], labels: npt.NDArray[Any], task: TaskType = TaskType.CLASSIFICATION) -> Any:
    """The fitted linear baseline of a task: a logistic regression, or a ridge regression."""
    return (_logistic if task is TaskType.CLASSIFICATION else _ridge)(matrix, labels)


def unfitted_linear(task: TaskType) -> Any:
    """The linear baseline of a task before it is fitted, by whatever does that."""
    from sklearn.linear_model import LogisticRegression, Ridge

    if task is TaskType.CLASSIFICATION:
        return LogisticRegression(C=INVERSE_L2_PENALTY, solver="lbfgs", max_iter=ITERATIONS)
    return Ridge(alpha=1 / INVERSE_L2_PENALTY, solver="cholesky")


def strength(task: TaskType) -> dict[str, float]:
    """The baseline's one parameter, under the name that scikit-learn has for it."""
    return {"C": INVERSE_L2_PENALTY} if task is TaskType.CLASSIFICATION else {"alpha": 1 / INVERSE_L2_PENALTY}


def _ridge(matrix: npt.NDArray[Any], labels: npt.NDArray[Any]) -> Any:
    """A fitted Ridge: in double precision by Cholesky's factors on one thread, so that it comes out the same."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return unfitted_linear(TaskType.REGRESSION).fit(matrix.astype(np.float64), labels)


def _logistic(matrix: npt.NDArray[Any], labels: npt.NDArray[Any]) -> Any:
    """A fitted LogisticRegression: L2, lbfgs, in double precision on one thread, so that it comes out the same.

    Raises ConvergenceWarning as an error never: a fit that stops at the limit of iterations is still a baseline.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    model = unfitted_linear(TaskType.CLASSIFICATION)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(matrix.astype(np.float64), labels)
