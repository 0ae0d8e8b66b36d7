"""The candidate of the project that the benches run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna


def candidates() -> dict[str, Callable[[optuna.Trial], Any]]:
    """One xgboost of a usual size."""
    return {"boosted": boosted}


def boosted(trial: optuna.Trial) -> Any:
    """A hundred trees."""
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=100, max_depth=trial.suggest_int("max_depth", 5, 6), learning_rate=0.1, n_jobs=1)
