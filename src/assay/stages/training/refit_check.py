"""The check of the models that may serve: as they are stored, they score on executors before any may be promoted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from assay.core.evaluation.contender import CONSTANT
from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry
from assay.stages.features.feature_rows import FeatureRows
from assay.stages.models.model_versions import scoring_model
from assay.stages.runtime.context import Context


def check_refits(ctx: Context, rows: FeatureRows, contenders: Mapping[str, ContenderEntry], window: Interval) -> None:
    """Score the newest day of the window with the stored model of each contender but the constant, in one scan.

    Raises:
        VerdictFailed: A model fails, or gives an impossible score. The error names it.
    """
    from pyspark.sql import functions as F

    from assay.spark.scoring.score import score_frame

    models = [scoring_model(ctx, name, entry) for name, entry in contenders.items() if entry.kind != CONSTANT]
    newest = Interval(window.end - timedelta(days=1), window.end)
    scored = score_frame(rows.of(newest), keep=[], columns=rows.names, models=models)
    ctx.progress(f"scoring {newest} on executors with the models that may serve")
    scored.agg(*[F.count(model.name) for model in models]).collect()
