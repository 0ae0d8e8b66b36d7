"""score: rows through the model to Delta, against MLflow's own way and against the best that the machine could do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from assay.spark.scoring.score import ScoringModel, score_frame
from assay.spark.tables.delta_tables import publish
from bench.data import DAY, DAYS, FEATURES, KEY, features, features_path
from bench.measure import Way
from bench.model import BenchModel, fit
from bench.proof import same_scores, scores_in
from bench.setting import Setting, write_delta
from bench.table import BenchComparison, Row, Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LOADER = "assay.models.bundle.predictor:load_predictor"
BLOCK = 100_000


def run(setting: Setting) -> list[Row]:
    """Time ours against MLflow's spark_udf, and against the limit.

    The limit is an empty pass through Python, the write, and the kernel.
    """
    model = fit(setting)
    setting.say("proving that the scores are equal")
    by_assay, peer, through = (setting.place(name) for name in ("score-ours", "score-peer", "score-through"))
    kernel = _Kernel(setting, model)
    publish_scores(scored(setting, model), by_assay)
    _score_with_mlflow(setting, model, peer)
    assay_scores = scores_in(by_assay)
    same_scores(assay_scores, scores_in(peer), "spark_udf")
    same_scores(assay_scores, (kernel.ids, kernel.run()), "the bare kernel")
    ways = [
        Way("ours", lambda: publish_scores(scored(setting, model), by_assay), lambda: setting.place(by_assay.name)),
        Way("peer", lambda: _score_with_mlflow(setting, model, peer), lambda: setting.place(peer.name)),
        Way("through", lambda: _pass_through(setting, through), lambda: setting.place(through.name)),
        Way("kernel", kernel.run),
    ]
    costs = setting.time(ways)
    limit = [a + b for a, b in zip(costs["through"], costs["kernel"], strict=True)]
    what = f"{setting.rows:,} rows x {len(FEATURES)}, 100 trees, to Delta"
    return [
        BenchComparison("score", what, costs["ours"], "peer", "spark_udf", costs["peer"], Target(2, faster=True)),
        BenchComparison("score", what, costs["ours"], "limit", "identity + kernel", limit, Target(1.25)),
    ]


def scored(setting: Setting, model: BenchModel, *, rows: int | None = None) -> DataFrame:
    """Return the frame with its scores, as the score stage computes it; `rows` replaces the setting's number."""
    bundled = ScoringModel("score", model.digest, LOADER, str(model.bundle))
    return score_frame(features(setting, rows=rows), keep=[DAY, KEY], columns=FEATURES, models=[bundled])


def publish_scores(frame: DataFrame, place: Path) -> None:
    """Write the scores as the score stage writes them."""
    publish(frame, place, DAY, DAYS, {"run_id": "bench", "stage": "score"})


def _score_with_mlflow(setting: Setting, model: BenchModel, place: Path) -> None:
    import mlflow

    udf = mlflow.pyfunc.spark_udf(setting.spark, model.uri, result_type="double", env_manager="local")
    write_delta(features(setting).select(DAY, KEY, udf(*FEATURES).alias("score")), place, DAY)


def _pass_through(setting: Setting, place: Path) -> None:
    """Do all that scoring needs but for the model: read, hand to Python, hand back a score (here a feature), write."""

    def identity(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield pa.RecordBatch.from_arrays([batch.column(n) for n in range(3)], names=["day", "id", "score"])

    frame = features(setting).select(DAY, KEY, *FEATURES)
    write_delta(frame.mapInArrow(identity, "day date, id long, score double"), place, DAY)


class _Kernel:
    """xgboost alone: the matrix is ready in memory, and as many threads as Spark has cores walk the trees."""

    def __init__(self, setting: Setting, model: BenchModel) -> None:
        table = ds.dataset(features_path(setting), format="parquet").to_table(columns=[KEY, *FEATURES])
        self.ids: Any = table[KEY].to_numpy()
        self._matrix = np.column_stack([table[name].to_numpy().astype(np.float32) for name in FEATURES])
        self._booster = model.booster.copy()
        self._booster.set_param({"nthread": setting.spark.sparkContext.defaultParallelism})

    def run(self) -> Any:
        """Return the score of every row."""
        blocks = range(0, len(self._matrix), BLOCK)
        return np.concatenate([self._booster.inplace_predict(self._matrix[at : at + BLOCK]) for at in blocks])
