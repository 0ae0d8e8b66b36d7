"""The contenders beside the constant and the linear baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import optuna


def candidates() -> dict[str, Callable[[Any], Any]]:
    """Return the candidates: name -> function of an Optuna trial -> unfitted estimator."""
    return {"boosted": boosted}


def boosted(trial: optuna.Trial) -> Any:
    """Return an XGBClassifier with the trial's parameters.

    It is shallow and slow, since late days come in storms, and a deep tree learns the storms of its window by heart.
    Nothing is sampled, so that the same rows give the same model, byte for byte.
    """
    from xgboost import XGBClassifier

    return XGBClassifier(**parameters(trial))


def parameters(trial: optuna.Trial) -> dict[str, Any]:
    """The parameters that the trial chose, with the fixed ones."""
    return {
        "n_estimators": trial.suggest_int("n_estimators", 80, 200, step=20),
        "max_depth": trial.suggest_int("max_depth", 2, 5),
        "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.15, log=True),
        "min_child_weight": trial.suggest_float("min_child_weight", 20.0, 400.0, log=True),
        "reg_lambda": trial.suggest_float("reg_lambda", 1.0, 30.0, log=True),
        "tree_method": "hist",
        "random_state": 0,
    }
