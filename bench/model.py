"""One boosted model, as a bundle of ours and as MLflow logs it: the same trees, byte for byte."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from assay.models.bundle.bundle import Provenance, write_bundle
from assay.models.estimators.encoder import Encoder
from assay.models.training.contenders import FittedContender
from bench.data import FEATURES, features_path
from bench.setting import Setting

TREES, DEPTH, SAMPLE = 100, 6, 50_000


@dataclass(frozen=True, slots=True)
class BenchModel:
    """The folder of the bundle and its digest, the model's address for MLflow, and the bare booster."""

    bundle: Path
    digest: str
    uri: str
    booster: Any


@cache
def fit(setting: Setting) -> BenchModel:
    """Fit 100 trees of depth 6 on a sample of the rows; all benches of a run get the same model.

    It is bundled as training would do it, and logged to an MLflow of its own.
    """
    from assay.spark.profiling.profile_job import MeasuredColumn, measure_one

    table = ds.dataset(features_path(setting), format="parquet").head(SAMPLE, columns=FEATURES)
    frame = setting.spark.createDataFrame(table)
    profile = measure_one(frame, [MeasuredColumn(name, "double", -3) for name in FEATURES], [])
    encoder = Encoder.for_trees(profile, FEATURES)
    estimator = _fitted(encoder.encode(table))
    fitted = FittedContender(
        "boosted", "candidate", 2, estimator, encoder, {}, (), metric="roc_auc", validation=0.5, seconds=0, rows=SAMPLE
    )
    info = write_bundle(
        setting.place("bundle"),
        fitted,
        profile=profile,
        features=FEATURES,
        canary=table,
        code_zip=_no_code(),
        environment_lock="",
        origin=Provenance("bench", "", "", {}, who="bench", why="to be measured"),
    )
    return BenchModel(info.path, info.digest, _logged(setting, estimator, table), estimator.get_booster())


def _fitted(matrix: Any) -> Any:
    from xgboost import XGBClassifier

    logit = matrix[:, 0] + np.nan_to_num(matrix[:, 3]) * matrix[:, 4] + 0.1 * matrix[:, 2] - 0.3 * matrix[:, 1]
    labels = np.random.default_rng(1).random(len(matrix)) < 1 / (1 + np.exp(-logit))
    return XGBClassifier(n_estimators=TREES, max_depth=DEPTH, learning_rate=0.1, n_jobs=1).fit(matrix, labels)


def _logged(setting: Setting, estimator: Any, table: pa.Table) -> str:
    import mlflow
    from mlflow.models import infer_signature

    rows = table.slice(0, 100).to_pandas()
    # No requirements are inferred. The booster is logged, since MLflow would predict classes with the classifier.
    mlflow.set_tracking_uri(f"sqlite:///{setting.place('mlflow.db')}")
    experiment = mlflow.create_experiment("bench", artifact_location=setting.place("mlartifacts").as_uri())
    with mlflow.start_run(experiment_id=experiment):
        info = mlflow.xgboost.log_model(
            estimator.get_booster(),
            name="model",
            signature=infer_signature(rows, estimator.predict_proba(rows.to_numpy())[:, 1].astype(np.float64)),
            pip_requirements=[],
        )
    return str(info.model_uri)


def _no_code() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w"):
        pass
    return sink.getvalue()
