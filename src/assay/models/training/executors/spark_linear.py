"""The linear baseline by Spark ML, as the estimator of scikit-learn that minimises the same function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.task_type import TaskType
from assay.models.estimators.baselines import INVERSE_L2_PENALTY, ITERATIONS, unfitted_linear
from assay.models.training.executors.window import LABEL, MATRIX

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TOLERANCE = 1e-9
"""The tolerance at which Spark ML stops: its effect on a score is far too small to see."""


def fit_linear(encoded: DataFrame, task: TaskType) -> Any:
    """Return the fitted baseline of an encoded frame: LogisticRegression or Ridge, with the coefficients of Spark ML.

    scikit-learn minimises:

    - LogisticRegression: C * (sum of losses) + |w|^2 / 2.
    - Ridge: (sum of squares) + alpha * |w|^2.

    Spark ML minimises:

    - LogisticRegression: (mean of losses) + regParam * |w|^2 / 2.
    - LinearRegression: (mean of squares) / 2 + regParam * |w|^2 / 2. It first divides the label by its standard
      deviation, and regParam by that deviation too. So `regParam` is multiplied by the deviation here.

    The intercept is free in all four, and the encoder has standardised already.
    """
    from pyspark.ml.functions import array_to_vector
    from pyspark.sql import functions as F

    frame = encoded.select(LABEL, array_to_vector(F.col(MATRIX)).alias(MATRIX))
    counted = encoded.agg(F.count("*"), F.avg(LABEL), F.stddev_pop(LABEL)).collect()
    rows, mean, spread = counted[0]
    if task is TaskType.CLASSIFICATION:
        return _logistic(frame, 1 / (INVERSE_L2_PENALTY * rows))
    # Spark ML takes a variance as the difference of two squares, of which a large mean leaves few digits.
    model = _ridge(frame.withColumn(LABEL, F.col(LABEL) - F.lit(mean)), spread / (INVERSE_L2_PENALTY * rows))
    model.intercept_ += mean
    return model


def _logistic(frame: DataFrame, penalty: float) -> Any:
    from pyspark.ml.classification import LogisticRegression

    fitted = LogisticRegression(
        featuresCol=MATRIX, labelCol=LABEL, family="binomial", regParam=penalty, **_settings()
    ).fit(frame)
    model = unfitted_linear(TaskType.CLASSIFICATION)
    model.classes_ = np.array([0, 1], dtype=np.int8)
    model.coef_ = fitted.coefficients.toArray().reshape(1, -1)
    model.intercept_ = np.array([fitted.intercept])
    model.n_iter_ = np.array([fitted.summary.totalIterations], dtype=np.int32)
    model.n_features_in_ = model.coef_.shape[1]
    return model


def _ridge(frame: DataFrame, penalty: float) -> Any:
    from pyspark.ml.regression import LinearRegression

    fitted = LinearRegression(featuresCol=MATRIX, labelCol=LABEL, regParam=penalty, **_settings()).fit(frame)
    model = unfitted_linear(TaskType.REGRESSION)
    model.coef_ = fitted.coefficients.toArray()
    model.intercept_ = float(fitted.intercept)
    model.n_iter_ = None
    model.n_features_in_ = len(model.coef_)
    model.solver_ = "cholesky"
    return model


def _settings() -> dict[str, Any]:
    return {"elasticNetParam": 0.0, "standardization": False, "maxIter": ITERATIONS, "tol": TOLERANCE}
