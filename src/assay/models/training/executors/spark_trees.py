"""Boosted trees by xgboost's own Spark estimators, put into the estimator of xgboost that a candidate gave."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.task_type import TaskType
from assay.models.training.executors.window import LABEL, MATRIX, PLACE
from assay.models.training.tuning import failed, settle

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LOGISTIC = "binary:logistic"
_NOT_TAKEN = ("n_jobs", "nthread", "enable_categorical", "missing")
"""Parameters that xgboost.spark refuses, or that the encoder and the number of workers decide."""


def can_spread(estimator: Any, task: TaskType) -> bool:
    """Return whether `estimator` can be fitted on executors.

    That holds for xgboost's plain classifier or regressor with an objective that its Spark estimators keep. They
    replace every other objective of a classifier.
    """
    kind = type(estimator)
    plain = "XGBClassifier" if task is TaskType.CLASSIFICATION else "XGBRegressor"
    if kind.__name__ != plain or kind.__module__.split(".")[0] != "xgboost":
        return False
    objective = estimator.get_params().get("objective")
    return objective in (None, LOGISTIC) if task is TaskType.CLASSIFICATION else not callable(objective)


def workers_of(spark: SparkSession) -> int:
    """Return the number of tasks that train together: as many as the session has cores for."""
    context = spark.sparkContext
    return max(1, context.defaultParallelism // int(context.getConf().get("spark.task.cpus", "1") or 1))


def fit_trees(name: str, number: int, estimator: Any, encoded: DataFrame, workers: int, seed: int) -> Any:
    """Return `estimator`, fitted on an encoded frame by `workers` tasks at once.

    Rows are dealt to the workers by the hash of their key and sorted by it, so that each gets the same in every run.

    Raises:
        InputError: xgboost refuses a parameter; the error names the candidate and the trial.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    settle(estimator, seed)
    dealt = encoded.select(PLACE, LABEL, MATRIX).repartition(workers, PLACE).sortWithinPartitions(PLACE, LABEL)
    try:
        booster = _spread(estimator, workers).fit(dealt).get_booster()
    except (PySparkException, Py4JError) as error:
        reason = refusal(str(error))
        if reason is None:
            raise
        raise failed(name, number, ValueError(reason)) from error
    except (ValueError, TypeError) as error:
        raise failed(name, number, error) from error
    estimator.load_model(bytearray(booster.save_raw("ubj")))
    return estimator


def _spread(estimator: Any, workers: int) -> Any:
    from xgboost.spark import SparkXGBClassifier, SparkXGBRegressor

    logging.getLogger("XGBoost-PySpark").setLevel(logging.WARNING)  # it logs every fit on standard error
    classifier = type(estimator).__name__ == "XGBClassifier"
    left_out = (*_NOT_TAKEN, "objective") if classifier else _NOT_TAKEN
    parameters = {
        key: value for key, value in estimator.get_params().items() if value is not None and key not in left_out
    }
    kind = SparkXGBClassifier if classifier else SparkXGBRegressor
    own = {"num_workers": workers, "missing": np.nan, "verbose": False}
    return kind(features_col=MATRIX, label_col=LABEL, **own, **parameters)


def refusal(text: str) -> str | None:
    """Return the reason why xgboost refused its input, from the text of Spark's error.

    None where the cause is no user's mistake: the loss of another worker is an XGBoostError too.

    >>> refusal("xgboost.core.XGBoostError: value -3 for Parameter max_depth exceed bound [0,2147483647]")
    'value -3 for Parameter max_depth exceed bound [0,2147483647]'
    >>> refusal("xgboost.core.XGBoostError: [10:00:00] /src/xgboost/src/collective/result.cc:78: lost a peer")
    >>> refusal("Job aborted due to stage failure: ExecutorLostFailure (executor 1 exited)")
    """
    match = re.search(r"(?:XGBoostError|ValueError|TypeError): (.*)", text)
    if match is None or "/collective/" in match[1]:
        return None
    return re.sub(r"^\[[0-9:]+\] \S+: ", "", match[1].strip())
