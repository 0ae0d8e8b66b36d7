"""The two contenders that every candidate must beat: the base rate, and a plain logistic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

STRENGTH = 1.0
"""The inverse of the L2 penalty, fixed: a baseline that is tuned is not a baseline."""

ITERATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Constant:
    """Predicts the training base rate for every row: what is known without looking at any feature."""

    rate: float

    def predict_proba(self, matrix: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """The shares of both classes, n x 2, as scikit-learn's classifiers give them."""
        return np.tile([1.0 - self.rate, self.rate], (len(matrix), 1))


def constant(labels: npt.NDArray[Any]) -> Constant:
    """The constant for `labels` of 0 and 1; at least one of them."""
    return Constant(float(labels.mean(dtype=np.float64)))


def linear(matrix: npt.NDArray[Any], labels: npt.NDArray[Any]) -> Any:
    """A fitted LogisticRegression: L2, lbfgs, in double precision on one thread, so that it comes out the same.

    Raises ConvergenceWarning as an error never: a fit that stops at the limit of iterations is still a baseline.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=STRENGTH, solver="lbfgs", max_iter=ITERATIONS)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(matrix.astype(np.float64), labels)
