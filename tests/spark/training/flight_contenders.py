"""Drawn flights, and contenders fitted to them on the driver (`here`) or on executors (`there`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.models.training.contenders import FittedContender, TrainingJob
from assay.models.training.executors.distributed import fit_on_executors
from assay.models.training.executors.window import open_window
from assay.models.training.local_trainer import fit_contenders
from assay.models.training.tuning import in_threads

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


FEATURES = ["carrier", "distance", "wind", "holiday"]
KEY = ["day", "flight"]
CLASSIFICATION = TaskType.CLASSIFICATION
METRIC = {TaskType.CLASSIFICATION: "roc_auc", TaskType.REGRESSION: "rmse"}


def flights(days: int = 16, per_day: int = 250) -> pa.Table:
    """Flights with an event and a number as labels; some values and some labels are missing."""
    random = np.random.default_rng(11)
    n = days * per_day
    carrier = random.choice(np.array(["AA", "UA", "B6", None], dtype=object), n, p=[0.4, 0.35, 0.2, 0.05])
    distance = random.integers(90, 2500, n)
    wind = np.where(random.random(n) < 0.1, np.nan, random.gamma(3.0, 4.0, n))
    push = np.select([carrier == "B6", carrier == "AA"], [1.2, -0.8], 0.0) + (np.nan_to_num(wind, nan=12.0) - 12) / 5
    push = push + (distance - 1300) / 1500
    missing = random.random(n) < 0.03
    return pa.table(
        {
            "day": pa.array([date(2013, 1, 1) + timedelta(days=int(i // per_day)) for i in range(n)]),
            "flight": pa.array(np.arange(n) % per_day),
            "carrier": pa.array(carrier, pa.string()),
            "distance": pa.array(distance, pa.int32(), mask=random.random(n) < 0.02),
            "wind": pa.array(wind),
            "holiday": pa.array(random.random(n) < 0.3),
            "late": pa.array((random.random(n) < 1 / (1 + np.exp(-push))).astype(np.int32), mask=missing),
            "minutes": pa.array(30 + 20 * push + random.normal(0, 10, n), mask=missing),
        }
    )


def boosted(task: TaskType) -> Callable[[Any], Any]:
    def candidate(trial: Any) -> Any:
        from xgboost import XGBClassifier, XGBRegressor

        kind = XGBClassifier if task is TaskType.CLASSIFICATION else XGBRegressor
        return kind(n_estimators=30, max_depth=trial.suggest_int("max_depth", 2, 4), learning_rate=0.3, n_jobs=1)

    return candidate


def forest(task: TaskType) -> Callable[[Any], Any]:
    def candidate(trial: Any) -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        kind = RandomForestClassifier if task is TaskType.CLASSIFICATION else RandomForestRegressor
        return kind(n_estimators=trial.suggest_int("n_estimators", 5, 9), max_depth=5)

    return candidate


def label_of(task: TaskType) -> str:
    return "late" if task is TaskType.CLASSIFICATION else "minutes"


def job_of(profile: TableProfile, task: TaskType, candidates: Mapping[str, Any]) -> TrainingJob:
    return TrainingJob(
        features=FEATURES, label=label_of(task), partition="day", profile=profile, candidates=candidates,
        validation_days=4, order=KEY, metric=METRIC[task], trials=2, batch=2, seed=7,
    )  # fmt: skip


def here(table: pa.Table, profile: TableProfile, task: TaskType, **changes: Any) -> dict[str, FittedContender]:
    candidates = {"boosted": boosted(task), "forest": forest(task)}
    runner = changes.pop("runner", in_threads)
    fitted = fit_contenders(table, replace(job_of(profile, task, candidates), **changes), runner)
    return {one.name: one for one in fitted}


def there(
    frame: DataFrame,
    profile: TableProfile,
    task: TaskType,
    candidates: Mapping[str, Any] | None = None,
    sample_rows: int = 2_000,
    **changes: Any,
) -> dict[str, FittedContender]:
    label = label_of(task)
    window = open_window(frame, key=KEY, partition="day", label=label, task=task, validation_days=4)
    job = job_of(profile, task, candidates or {"boosted": boosted(task), "forest": forest(task)})
    job = replace(job, **changes)
    fitted = fit_on_executors(window, job, workers=2, sample_rows=sample_rows, why="it is large")
    return {one.name: one for one in fitted}
