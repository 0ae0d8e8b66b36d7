"""The metric that tuning maximises or minimises on the validation block, exact over its rows."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

TUNED = ("roc_auc", "pr_auc", "log_loss", "brier", "rmse", "mae", "r2")
"""The metrics that tuning knows: those of the gate, by the same names and with the same direction."""


def validation_metric(name: str, labels: npt.NDArray[Any], scores: npt.NDArray[Any]) -> float:
    """The metric of `scores` against `labels`; finite where both classes occur, or where numbers differ."""
    from sklearn import metrics

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
