"""commit: what our checks, our layout and our commit add to the write of a frame that is computed already."""

from __future__ import annotations

from pathlib import Path

from assay.spark.tables.delta_tables import publish
from bench.data import DAY, DAYS, KEY, features
from bench.measure import Way
from bench.proof import same_scores, scores_in
from bench.setting import Setting, write_delta
from bench.table import BenchComparison, Row, Target


def run(setting: Setting) -> list[Row]:
    """Predictions published by `publish`, against a plain Delta write and a plain Parquet write of the same frame."""
    from pyspark.sql import functions as F

    frame = features(setting).select(
        DAY,
        KEY,
        F.abs(F.sin("f00")).alias("score"),
        F.lit(7).alias("model_version"),
        F.lit("score-20240101T000000-bench").alias("run_id"),
        F.lit("2024-01-01 06:00:00").cast("timestamp").alias("scored_at"),
    )
    frame = frame.persist()
    by_assay, delta, parquet = (setting.place(f"commit-{name}") for name in ("ours", "delta", "parquet"))

    def write_parquet(place: Path) -> None:
        frame.write.mode("overwrite").partitionBy(DAY).parquet(str(place))

    ways = [
        Way(
            "ours",
            lambda: publish(frame, by_assay, DAY, DAYS, {"run_id": "bench"}),
            lambda: setting.place(by_assay.name),
        ),
        Way("delta", lambda: write_delta(frame, delta, DAY), lambda: setting.place(delta.name)),
        Way("parquet", lambda: write_parquet(parquet), lambda: setting.place(parquet.name)),
    ]
    for way in ways:
        way.run()
    same_scores(scores_in(by_assay), scores_in(delta), "the plain Delta write")
    costs = setting.time(ways)
    frame.unpersist()
    what = f"{setting.rows:,} predictions, {len(DAYS)} days"
    return [
        BenchComparison("commit", what, costs["ours"], "peer", "plain Delta write", costs["delta"], Target(1.25)),
        BenchComparison("commit", what, costs["ours"], "limit", "plain Parquet write", costs["parquet"]),
    ]
