"""The contender beside the constant and the linear baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import optuna


def candidates() -> dict[str, Callable[[Any], Any]]:
    """Name -> function of an Optuna trial -> unfitted estimator."""
    return {"boosted": boosted}


def boosted(trial: optuna.Trial) -> Any:
    """An XGBRegressor with the trial's parameters; nothing is sampled, so that the same rows give the same model."""
    from xgboost import XGBRegressor

    return XGBRegressor(
        n_estimators=trial.suggest_int("n_estimators", 60, 200, step=20),
        max_depth=trial.suggest_int("max_depth", 2, 5),
        learning_rate=trial.suggest_float("learning_rate", 0.03, 0.2, log=True),
        min_child_weight=trial.suggest_float("min_child_weight", 5.0, 100.0, log=True),
        tree_method="hist",
        random_state=0,
    )
