"""Small flights with all that goes wrong in them, their Profile, contenders fitted on them, and an empty MLflow."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assay.core.profiles.exact_moments import exact_moments
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.models.bundle.bundle import BundleInfo, Provenance, write_bundle
from assay.models.training.contenders import FittedContender, TrainingJob
from assay.models.training.local_trainer import fit_contenders
from assay.models.training.tuning import in_threads

FEATURES = ["carrier", "distance", "wind", "holiday", "dead"]


def make_flights(days: int = 20, per_day: int = 60, seed: int = 5) -> pa.Table:
    """Flights whose lateness depends on carrier, distance and wind; some carriers, distances and labels are missing."""
    random = np.random.default_rng(seed)
    n = days * per_day
    carrier = random.choice(np.array(["AA", "UA", "B6", None], dtype=object), n, p=[0.4, 0.35, 0.2, 0.05])
    distance = random.integers(90, 2500, n)
    wind = np.where(random.random(n) < 0.1, np.nan, random.gamma(3.0, 4.0, n))
    push = np.select([carrier == "B6", carrier == "AA"], [1.2, -0.8], 0.0) + (np.nan_to_num(wind, nan=12.0) - 12) / 5
    late = random.random(n) < 1 / (1 + np.exp(-(push + (distance - 1300) / 1500)))
    missing = random.random(n) < 0.03
    return pa.table(
        {
            "flight_date": pa.array([date(2013, 1, 1) + timedelta(days=int(i // per_day)) for i in range(n)]),
            "flight": pa.array(np.arange(n) % per_day),
            "carrier": pa.array(carrier, pa.string()),
            "distance": pa.array(distance, pa.int32(), mask=random.random(n) < 0.02),
            "wind": pa.array(wind),
            "holiday": pa.array(random.random(n) < 0.3),
            "dead": pa.array(np.full(n, 7.0)),
            "late": pa.array(late, mask=missing),
        }
    )


def make_profile(frame: pa.Table) -> TableProfile:
    """The Profile as Spark measures it, of the columns of `frame`."""
    states = {}
    for name in frame.column_names:
        column = frame[name]
        if pa.types.is_string(column.type) or pa.types.is_boolean(column.type):
            kind = "text" if pa.types.is_string(column.type) else "boolean"
            counts = pc.value_counts(pc.cast(column.drop_null(), pa.string())).to_pylist()
            categories = {item["values"]: item["counts"] for item in counts}
            states[name] = ColumnState(kind, len(column), column.null_count, categories=categories)
        elif not pa.types.is_date(column.type):
            states[name] = number_state(column)
    return TableProfile(frame.num_rows, states)


def number_state(column: pa.ChunkedArray) -> ColumnState:
    values = pc.cast(column.drop_null(), pa.float64()).to_numpy()
    good = values[np.abs(values) < 1e150]
    total, squares = exact_moments(good)
    return ColumnState(
        "number",
        rows=len(column),
        nulls=column.null_count,
        nans=int(np.isnan(values).sum()),
        plus_inf=int(np.isposinf(values).sum()),
        minus_inf=int(np.isneginf(values).sum()),
        huge=int((np.isfinite(values) & (np.abs(values) >= 1e150)).sum()),
        low=float(good.min()) if len(good) else None,
        high=float(good.max()) if len(good) else None,
        total=total,
        squares=squares,
    )


def boosted(trial: Any) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=trial.suggest_int("n_estimators", 5, 20),
        max_depth=trial.suggest_int("max_depth", 2, 4),
        subsample=0.7,
    )


def forest(trial: Any) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=trial.suggest_int("n_estimators", 3, 6), max_depth=4)


@pytest.fixture(scope="session")
def flights() -> pa.Table:
    return make_flights()


@pytest.fixture(scope="session")
def profile(flights: pa.Table) -> TableProfile:
    return make_profile(flights.select(FEATURES))


@pytest.fixture(scope="session")
def features() -> list[str]:
    return list(FEATURES)


@pytest.fixture(scope="session")
def profiled() -> Callable[[pa.Table], TableProfile]:
    return make_profile


@pytest.fixture(scope="session")
def fit(profile: TableProfile) -> Callable[..., list[FittedContender]]:
    def run(frame: pa.Table, **options: Any) -> list[FittedContender]:
        usual = TrainingJob(
            features=FEATURES, label="late", partition="flight_date", profile=profile,
            candidates={"boosted": boosted}, trials=4, batch=2, validation_days=5, order=["flight"],
        )  # fmt: skip
        runner = options.pop("runner", in_threads)
        return fit_contenders(frame, replace(usual, **options), runner)

    return run


@pytest.fixture(scope="session")
def contenders(fit: Callable[..., list[FittedContender]], flights: pa.Table) -> dict[str, FittedContender]:
    """Fitted once: the constant, the linear one, boosted trees, and a forest of scikit-learn."""
    return {fitted.name: fitted for fitted in fit(flights, candidates={"boosted": boosted, "forest": forest})}


@pytest.fixture(scope="session")
def code_zip() -> bytes:
    return zip_of({"flight_delays/features.py": b"def features(rows): return rows\n"})


def zip_of(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


@pytest.fixture(scope="session")
def zipped() -> Callable[[dict[str, bytes]], bytes]:
    return zip_of


@pytest.fixture
def bundled(
    tmp_path: Path, contenders: dict[str, FittedContender], profile: TableProfile, flights: pa.Table, code_zip: bytes
) -> Callable[..., BundleInfo]:
    """Writes the bundle of a contender into a folder of its own."""

    def write(name: str = "boosted", folder: str = "", **options: Any) -> BundleInfo:
        defaults = {
            "profile": profile, "features": FEATURES, "canary": flights, "code_zip": code_zip,
            "environment_lock": "numpy==2.3.0\n",
            "origin": Provenance("recipe-1", "code-1", "spec-1", {"flights": 3}, "ann", "monthly"),
        }  # fmt: skip
        return write_bundle(tmp_path / (folder or name), contenders[name], **(defaults | options))

    return write


@pytest.fixture(scope="session")
def store_made_in_a_process(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An MLflow database with one empty training, made once as its tables take seconds; and what that printed."""
    path = tmp_path_factory.mktemp("mlflow") / "new" / "mlflow.db"
    code = (
        "import sys; from assay.models.mlflow.registry import Registry; r = Registry(sys.argv[1], '', 'made'); "
        "from assay.models.mlflow.run_contents import TrainingLog; "
        "r.log_training(TrainingLog(run_id='r', name='n'), who='w')"
    )
    call = [sys.executable, "-c", code, f"sqlite:///{path}"]
    done = subprocess.run(call, capture_output=True, text=True, cwd=path.parent.parent, check=False)
    return path, done.stdout + done.stderr


@pytest.fixture
def tracking_uri(store_made_in_a_process: tuple[Path, str], tmp_path: Path) -> str:
    path = tmp_path / "mlflow.db"
    shutil.copyfile(store_made_in_a_process[0], path)
    return f"sqlite:///{path}"
