"""The metric that tuning maximises or minimises on the validation block, exact over its rows."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

HIGHER_IS_BETTER = {"roc_auc": True, "pr_auc": True, "log_loss": False, "brier": False}
"""The metrics that tuning knows: those of the gate, by the same names."""


def validation_metric(name: str, labels: npt.NDArray[Any], scores: npt.NDArray[Any]) -> float:
    """The metric of `scores` against `labels` of 0 and 1, both of which must occur; finite."""
    from sklearn import metrics

    functions = {
        "roc_auc": metrics.roc_auc_score,
        "pr_auc": metrics.average_precision_score,
        "log_loss": metrics.log_loss,
        "brier": metrics.brier_score_loss,
    }
    return float(functions[name](labels, scores))
