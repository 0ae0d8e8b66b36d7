"""The candidate of the small pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna


def candidates() -> dict[str, Callable[[optuna.Trial], Any]]:
    """One small xgboost."""
    return {"boosted": boosted}


def both() -> dict[str, Callable[[optuna.Trial], Any]]:
    """The small xgboost, and a forest, which no executor can fit a part of."""
    return {"boosted": boosted, "forest": forest}


def forest(trial: optuna.Trial) -> Any:
    """A few shallow trees of scikit-learn."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=trial.suggest_int("n_estimators", 5, 10), max_depth=3)


def boosted(trial: optuna.Trial) -> Any:
    """Twenty shallow trees."""
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=20, max_depth=trial.suggest_int("max_depth", 2, 3), learning_rate=0.3, n_jobs=1)
