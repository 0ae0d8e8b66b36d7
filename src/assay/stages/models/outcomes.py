"""The outcomes of scored rows by the label's task: a classifier's for each label, a regressor's by its errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.profiles.histogram import SCORE_BIN_EXPONENT
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def score_bin_exponent(ctx: Context, trained: TableProfile) -> int:
    """Return the grid of scores: that of probabilities, or where the label is a number, the label's in the training."""
    label = ctx.pipeline.spec.label
    if label.task is TaskType.CLASSIFICATION:
        return SCORE_BIN_EXPONENT
    histogram = trained.columns[label.name].histogram
    return 0 if histogram is None else histogram.bin_exponent


def outcomes_of(
    ctx: Context, scored: DataFrame, scores: Mapping[str, str], trained: TableProfile
) -> dict[str, dict[date, OutcomeProfile]]:
    """Measure the outcomes of each model's scores by date, in one job.

    - `scored` has the label and the slices.
    - `scores` names each model's column in `scored`.
    - `trained` is the Profile of the training whose grid is used.
    """
    spec = ctx.pipeline.spec
    measure_options: dict[str, Any] = {
        "partition": ctx.partition,
        "label": spec.label.name,
        "scores": scores,
        "slices": spec.gate.slices,
        "kpis": {name: kpi.sql for name, kpi in spec.monitor.kpis.items()},
    }
    if spec.label.task is TaskType.CLASSIFICATION:
        from assay.spark.profiling.outcomes import measure_outcomes

        return measure_outcomes(scored, **measure_options)
    from assay.spark.profiling.residuals import measure_residuals

    return measure_residuals(scored, **measure_options, bin_exponent=score_bin_exponent(ctx, trained))
