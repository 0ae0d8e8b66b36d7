"""partitions: the same rows in a few, in many and in very many Spark partitions; what an almost empty one costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.spark.scoring.score import ScoringModel, score_frame
from bench import counting
from bench.data import DAY, FEATURES, KEY, features
from bench.measure import Way
from bench.model import BenchModel, fit
from bench.proof import UnequalError
from bench.setting import Setting
from bench.table import BenchComparison, Count, Row, Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SIZES = (4, 64, 512)
QUICK = (2, 4, 8)
SHARE = 2
"""Each size has its own copy of the rows, in memory: half of the rows is enough."""


def run(setting: Setting) -> list[Row]:
    """Scoring without a write, since it would add the same to all: 512 partitions against 4, and the loads counted."""
    sizes = few, many, very_many = QUICK if setting.quick else SIZES
    model, rows = fit(setting), max(setting.rows // SHARE, very_many)
    held = {size: features(setting, rows=rows, files=few).repartition(size).persist() for size in sizes}
    frames = {size: _scored(model, frame) for size, frame in held.items()}
    _prove(frames)
    costs = setting.time([Way(str(size), lambda size=size: _consume(frames[size])) for size in sizes])  # type: ignore[misc]
    loads, workers = _count(setting, model, held[very_many])
    for frame in held.values():
        frame.unpersist()
    what = f"{rows:,} rows in {very_many} partitions"
    return [
        BenchComparison("partitions", what, costs[str(very_many)], "peer", f"in {few}", costs[str(few)], Target(1.3)),
        BenchComparison(
            "partitions", f"{rows:,} rows in {many}", costs[str(many)], "peer", f"in {few}", costs[str(few)]
        ),
        Count("partitions", f"model loads of {workers} worker processes", loads, workers, exact=True),
    ]


def _scored(model: BenchModel, frame: DataFrame) -> DataFrame:
    bundled = ScoringModel("score", model.digest, "assay.models.bundle.predictor:load_predictor", str(model.bundle))
    return score_frame(frame, keep=[DAY, KEY], columns=FEATURES, models=[bundled])


def _prove(frames: dict[int, DataFrame]) -> None:
    sums = {size: frame.selectExpr("count(*)", "sum(score)").head() for size, frame in frames.items()}
    counts = {row[0] for row in sums.values() if row is not None}
    totals = [row[1] for row in sums.values() if row is not None]
    if len(counts) != 1 or not np.allclose(totals, totals[0], rtol=1e-9):
        raise UnequalError(f"the partitions' scores differ: {sums}")


def _consume(frame: DataFrame) -> None:
    frame.write.format("noop").mode("overwrite").save()


def _count(setting: Setting, model: BenchModel, frame: DataFrame) -> tuple[int, int]:
    traces = setting.place("traces")
    bundled = ScoringModel("score", "counted", counting.LOADER, counting.source(model.bundle, traces))
    _consume(score_frame(frame, keep=[DAY, KEY], columns=FEATURES, models=[bundled]))
    return counting.counted(traces)
