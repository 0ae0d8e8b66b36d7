"""The metrics of models on a holdout as MLflow shows them: over all of its days, and by fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from assay.core.evaluation.metrics import METRICS, metrics_of, task_of
from assay.core.evaluation.regression_metrics import bias
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile, Scored, merge_scores
from assay.core.profiles.residuals import Residuals
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import TrainingDetails

if TYPE_CHECKING:
    from assay.models.mlflow.run_contents import Dataset, DatedValue


def days_of_folds(
    days: Mapping[str, Mapping[date, OutcomeProfile]], blocks: Sequence[Interval]
) -> dict[str, dict[date, OutcomeProfile]]:
    """Return the outcomes of each model on the days of the folds alone, so that all have the same days."""
    return {
        name: {day: profile for day, profile in profiles.items() if any(day in block for block in blocks)}
        for name, profiles in days.items()
    }


def holdout_metrics(days: Sequence[Scored]) -> dict[str, float | None]:
    """Return every metric over the days of the holdout, with the bound on the error of binning where there is one."""
    scores = merge_scores(days)
    metrics: dict[str, float | None] = {"holdout.rows": float(scores.rows)}
    for name, metric in metrics_of(task_of(scores)).items():
        metrics[f"holdout.{name}"] = metric.over(days)
    if isinstance(scores, Residuals):
        metrics["holdout.bias"] = bias(scores)
    else:
        metrics["holdout.roc_auc_bound"] = METRICS["roc_auc"].bound(scores)
    return metrics


def fold_metrics(days: Mapping[date, OutcomeProfile], blocks: Sequence[Interval]) -> list[DatedValue]:
    """Return every metric on each fold, oldest first; a fold without an outcome has none."""
    from assay.models.mlflow.run_contents import DatedValue

    values = []
    for block in sorted(blocks):
        outcomes = [profile.overall for day, profile in days.items() if day in block and profile.overall.rows]
        for name, metric in metrics_of(task_of(merge_scores(outcomes))).items() if outcomes else ():
            values.append(DatedValue(f"fold.{name}", block.start, metric.over(outcomes)))
    return values


def holdout_rows(ctx: Context, details: TrainingDetails, blocks: Sequence[Interval]) -> Dataset:
    """Return the rows of the folds, as MLflow names a set of data: by the table, its days and its version."""
    from assay.models.mlflow.run_contents import Dataset

    table, days = ctx.pipeline.spec.features.rows, Interval(blocks[0].start, blocks[-1].end)
    read = details.read.get(table)
    columns = dict(ctx.pipeline.columns(table))
    place = str(ctx.folder("clean", table))
    return Dataset(f"{table} {days}", place, read.version if read else 0, columns, "holdout")
