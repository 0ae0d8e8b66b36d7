"""The metric that tuning maximises or minimises on the validation block, exact over its rows."""

from __future__ import annotations

import math
from typing import Any

import numpy.typing as npt

from assay.core.evaluation.within_day import exact_within_day

TUNED = ("roc_auc", "within_day_roc_auc", "pr_auc", "log_loss", "brier", "rmse", "mae", "r2")
"""The metrics that tuning knows: those of the gate, by the same names and with the same direction."""


def validation_metric(name: str, labels: npt.NDArray[Any], scores: npt.NDArray[Any], days: npt.NDArray[Any]) -> float:
    """The metric of `scores` against `labels`; finite where both classes occur, or where numbers differ.

    `days` has a number for the date of each row. The metric within days is that of all rows where no day has both
    classes.
    """
    from sklearn import metrics

    if name == "within_day_roc_auc":
        value = exact_within_day(labels, scores, days)
        return value if math.isfinite(value) else float(metrics.roc_auc_score(labels, scores))
    functions = {
        "roc_auc": metrics.roc_auc_score,
        "pr_auc": metrics.average_precision_score,
        "log_loss": metrics.log_loss,
        "brier": metrics.brier_score_loss,
        "rmse": metrics.root_mean_squared_error,
        "mae": metrics.mean_absolute_error,
        "r2": metrics.r2_score,
    }
    return float(functions[name](labels, scores))
