"""experiment: a notebook's estimator on the pinned split of a training, logged beside it; nothing is registered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval
from assay.core.profiles.from_arrays import label_scores, residuals_of
from assay.core.profiles.outcome_profile import Scored
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.stages.evaluation.gate_report import holdout_metrics
from assay.stages.evaluation.holdout import pinned_inputs
from assay.stages.models.outcomes import score_bin_exponent
from assay.stages.runtime.context import Context, spark_failures
from assay.stages.training.fit import training_job
from assay.stages.training.inputs import Inputs
from assay.stages.training.mlflow_log import datasets
from assay.stages.training.train import labelled_features
from assay.stages.training.training_columns import training_profile
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.models.training.contenders import FittedContender


def experiment(ctx: Context, estimator: Any, *, why: str, day: date | None = None) -> str:
    """Fit and log an estimator on the split of a training, and return the run id in MLflow.

    Raises:
        InputError: There is no reason, or nothing was trained yet. The split to compare on is a training's.
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
    from pyspark.sql import functions as F

    from assay.models.estimators.task_scores import usable

    details = training.details_as(TrainingDetails)
    label, task, features = ctx.pipeline.spec.label.name, ctx.pipeline.spec.label.task, list(details.features)
    window, inputs = details.window, pinned_inputs(ctx, training)
    whole = _widen(ctx, inputs, Interval(window.start, inputs.dates.end))
    frame = labelled_features(ctx, whole, day).where(F.col(label).isNotNull()).persist()
    try:
        before = F.col(ctx.partition) < F.lit(window.end)
        profile = training_profile(ctx, frame.where(before), features)
        fitted = _fit(ctx, frame.where(before).toArrow(), estimator, features, profile)
        held_out = usable(frame.where(~before).toArrow(), label, task)
        predictions, labels = fitted.score(held_out), held_out.column(label).to_numpy()
        number = task is TaskType.REGRESSION
        scores = (
            residuals_of(predictions, labels, score_bin_exponent(ctx, profile))
            if number
            else label_scores(predictions, labels)
        )
        return _log(ctx, training, fitted, scores, why)
    finally:
        frame.unpersist()


def _fit(ctx: Context, rows: pa.Table, estimator: Any, features: list[str], profile: TableProfile) -> FittedContender:
    from assay.models.training.contenders import fit_contenders

    candidates = {type(estimator).__name__.lower(): lambda _: estimator}
    return fit_contenders(rows, replace(training_job(ctx, profile, features, candidates), trials=1, batch=1))[-1]


def _log(ctx: Context, training: RunRecord, fitted: FittedContender, scores: Scored, why: str) -> str:
    from assay.models.mlflow.run_logger import ContenderLog

    log = ContenderLog(
        name=fitted.name,
        params=fitted.parameters,
        metrics={f"validation.{fitted.metric}": fitted.validation, **holdout_metrics(scores)},
        tags={"training": training.run_id},
        description=why,
    )
    inputs = datasets(ctx, training.details_as(TrainingDetails).read)
    return ctx.registry.log_experiment(
        log, inputs=inputs, who=str(ctx.actor), why=why, tags={"training": training.run_id}
    )


def _widen(ctx: Context, inputs: Inputs, dates: Interval) -> Inputs:
    lookbacks = ctx.pipeline.spec.features.inputs
    intervals = {name: dates.back(lookbacks.get(name, 0)) for name in inputs.intervals}
    return Inputs(dates, intervals, inputs.versions, {})
