"""experiment: a notebook's estimator on the newest fold of a training, logged beside it; nothing is registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.core.profiles.from_arrays import scores_by_day
from assay.core.profiles.outcome_profile import Scored, merge_scores
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.stages.evaluation.holdout_figures import holdout_figures
from assay.stages.evaluation.holdout_metrics import holdout_metrics, holdout_rows
from assay.stages.evaluation.pinned_inputs import pinned_inputs
from assay.stages.features.feature_rows import feature_rows
from assay.stages.models.outcomes import score_bin_exponent
from assay.stages.planning.windows import first_clean_day, windows_for
from assay.stages.runtime.context import Context
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.training.fit import training_job
from assay.stages.training.mlflow_log import datasets
from assay.stages.training.training_columns import training_profile
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.models.training.contenders import FittedContender


@dataclass(frozen=True, slots=True)
class Tried:
    """An estimator that was fitted on a fold, and its outcomes on each day of the fold's block."""

    fitted: FittedContender
    fold: Fold
    days: Sequence[Scored]


def experiment(ctx: Context, estimator: Any, *, why: str, day: date | None = None) -> str:
    """Fit and log an estimator on the newest fold of a training, and return the run id in MLflow.

    Raises:
        InputError: There is no reason, or nothing was trained yet. The fold to compare on is a training's.
    """
    if not why.strip():
        raise InputError("an experiment needs a reason", code="no-reason", hint="why='does the wind matter?'")
    trainings = ctx.ledger.latest("train", ctx.pipeline.name)
    if not trainings or (day is not None and day not in trainings):
        raise InputError(
            f"{ctx.pipeline.name} was not trained{f' on {day}' if day else ' yet'}",
            code="not-trained",
            hint=f"'assay train {ctx.pipeline.name} --date ...' makes the split that experiments are compared on",
        )
    chosen = day or max(trainings)
    with spark_failures():
        return _experiment(ctx, estimator, trainings[chosen][0], chosen, why)


def _experiment(ctx: Context, estimator: Any, training: RunRecord, day: date, why: str) -> str:
    from assay.models.estimators.task_scores import usable

    label, task = ctx.pipeline.spec.label.name, ctx.pipeline.spec.label.task
    fold = _newest_fold(ctx, day)
    inputs = pinned_inputs(ctx, training, Interval(fold.window.start, fold.block.end))
    with feature_rows(ctx, inputs) as rows:
        window = rows.labelled(fold.window, known_on=fold.block.start)
        profile = training_profile(ctx, window, rows.names)
        fitted = _fit(ctx, window.where(f"`{label}` IS NOT NULL").toArrow(), estimator, rows.names, profile, fold)
        held_out = usable(rows.labelled(fold.block, known_on=day).toArrow(), label, task)
        days = held_out.column(ctx.partition).to_numpy()
        grid = score_bin_exponent(ctx, profile) if task is TaskType.REGRESSION else None
        scores = scores_by_day(fitted.score(held_out), held_out.column(label).to_numpy(), days, grid)
        return log_tried(ctx, training, Tried(fitted, fold, list(scores.values())), why)


def _newest_fold(ctx: Context, day: date) -> Fold:
    folds = windows_for(ctx.pipeline.spec, day, first_clean_day(ctx)).folds
    if not folds:
        raise InputError(
            f"the training of {day} has no fold to compare an experiment on",
            code="no-fold",
            hint="experiment on a later training, which has more history",
        )
    return folds[-1]


def _fit(
    ctx: Context, rows: pa.Table, estimator: Any, features: list[str], profile: TableProfile, fold: Fold
) -> FittedContender:
    from assay.models.training.local_trainer import fit_contenders

    candidates = {type(estimator).__name__.lower(): lambda _: estimator}
    job = training_job(ctx, profile, features, candidates, days=len(fold.window))
    return fit_contenders(rows, replace(job, trials=1, batch=1, naive=()))[-1]


def log_tried(ctx: Context, training: RunRecord, tried: Tried, why: str) -> str:
    """Log what was tried beside the contenders of a training, and return the id of the run in MLflow."""
    from assay.models.mlflow.figures import importance_figure, importances
    from assay.models.mlflow.run_contents import ContenderLog

    fitted, details = tried.fitted, training.details_as(TrainingDetails)
    weights = importances(fitted)
    title = f"{fitted.name} on {tried.fold.block}"
    drawn = {"importance.png": importance_figure(weights, f"{fitted.name}: importance")} if weights else {}
    log = ContenderLog(
        name=fitted.name,
        params={"kind": fitted.kind, **fitted.parameters},
        metrics={f"validation.{fitted.metric}": fitted.validation, **holdout_metrics(tried.days)},
        tags={"training": training.run_id},
        figures=holdout_figures({fitted.name: merge_scores(tried.days)}, title) | drawn,
        description=why,
    )
    inputs = [*datasets(ctx, details.read), holdout_rows(ctx, details, [tried.fold.block])]
    return ctx.registry.log_experiment(
        log, inputs=inputs, who=str(ctx.actor), why=why, tags={"training": training.run_id}
    )
