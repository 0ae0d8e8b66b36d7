"""train: pin what is read, fit the constant, the linear baseline and the candidates, and log them side by side."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assay.core.evaluation.contender import CONSTANT
from assay.core.interval import Interval, as_of_instant
from assay.core.profiles.table_profile import TableProfile
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.spec.user_code.functions import code_digest
from assay.stages.models.model_versions import feature_code
from assay.stages.planning.tasks import Task, tasks
from assay.stages.planning.windows import Windows, windows_for
from assay.stages.runtime.context import Context, StageOutcome, spark_failures
from assay.stages.training.fit import Contenders, fit_window, load_candidates
from assay.stages.training.inputs import (
    Inputs,
    feature_key,
    features_of,
    find_inputs,
    published_days,
    read_inputs,
    refuse_other_rows,
)
from assay.stages.training.leakage_proof import prove_once
from assay.stages.training.mlflow_log import Trained, log_training
from assay.stages.training.outcome_counts import DayCount, refuse_without_outcomes
from assay.stages.training.training_columns import columns_of_the_calendar, training_profile
from assay.store.ledger.run_details import TableRead, TrainingDetails
from assay.store.ledger.run_documents import RECORD
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, new_run_id
from assay.store.locks.locks import hold

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.models.training.contenders import FittedContender


@dataclass(frozen=True, slots=True)
class Training:
    """The inputs of one training, and its identity."""

    day: date
    windows: Windows
    inputs: Inputs
    identity: PartitionFingerprint


def plan_train(ctx: Context, day: date, *, name: str = "", candidates: str | None = None) -> tuple[Training, Task]:
    """Return the training of `day`, and its task: whether it is due."""
    spec = ctx.pipeline.spec
    windows = windows_for(spec, day)
    inputs = find_inputs(ctx, windows.all, labelled=True)
    reach_back = Interval(min(i.start for i in inputs.intervals.values()), windows.all.end)
    reference = candidates or spec.train.candidates
    code = code_digest(spec.features.function) + (code_digest(reference) if reference else "")
    section = ctx.pipeline.section_digest("features", "label", "train", "gate", "as_of", "timezone")
    identity = PartitionFingerprint(
        subject_of(ctx, name),
        str(day),
        inputs.digest(sorted(inputs.intervals), reach_back),
        hashlib.sha256(code.encode()).hexdigest()[:16],
        hashlib.sha256(f"{section}{reference}".encode()).hexdigest()[:16],
    )
    latest = ctx.ledger.latest("train", identity.subject)
    [task] = tasks("train", identity.subject, {day: identity}, latest, force=ctx.force)
    return Training(day, windows, inputs, identity), task


def subject_of(ctx: Context, name: str) -> str:
    """Return the ledger's subject of a training: the pipeline, or the pipeline and the name of a side experiment."""
    return f"{ctx.pipeline.name}.{name}" if name else ctx.pipeline.name


def train(ctx: Context, day: date, *, name: str = "", candidates: str | None = None) -> StageOutcome:
    """Fit and log the contenders of `day`, using only labels that were known before it; nothing is promoted here.

    Features are proved before their code and spec are trained on for the first time.

    Raises:
        InputError: The features leak. The message has each leak.
    """
    subject = subject_of(ctx, name)
    with hold(ctx.lake, f"train/{subject}", Interval.of(day), wait=ctx.wait), spark_failures():
        training, task = plan_train(ctx, day, name=name, candidates=candidates)
        if not task.due:
            record = ctx.ledger.latest("train", subject)[day][0]
            return StageOutcome("train", subject, None, f"the training of {day} is already done, by {record.run_id}")
        return _train(ctx, training, candidates or ctx.pipeline.spec.train.candidates)


def labelled_features(ctx: Context, inputs: Inputs, day: date) -> DataFrame:
    """Return features and label of the inputs' dates, with only the outcomes that were known when `day` began."""
    from assay.spark.features.labels import with_label

    spec = ctx.pipeline.spec
    frames = read_inputs(ctx, inputs)
    outcomes = spec.label.from_
    return with_label(
        features_of(ctx, inputs, frames),
        frames[outcomes],
        key=ctx.table(outcomes).key,
        sql=spec.label.sql,
        task=spec.label.task,
        name=spec.label.name,
        known_before=as_of_instant(day, spec.as_of, ctx.pipeline.zone),
        available_at=ctx.table(outcomes).available_at,
        partition=ctx.partition,
    )


def _train(ctx: Context, training: Training, candidates: str | None) -> StageOutcome:
    from pyspark.sql import functions as F

    from assay.spark.features.point_in_time import feature_columns

    spec = ctx.pipeline.spec
    label, key = spec.label.name, feature_key(ctx)
    builders = load_candidates(candidates, ctx.pipeline.document.at("train", "candidates"))
    ctx.hint_input_size(training.windows.all)
    prove_once(ctx, training.windows.all)
    ctx.progress(f"features of {training.windows.all}, as of each day's {spec.as_of:%H:%M}")
    frame = labelled_features(ctx, training.inputs, training.day).persist()
    try:
        counted = _counted(ctx, frame, training.windows.all)
        refuse_other_rows(ctx, training.inputs, frame, {day: count.rows for day, count in counted.items()})
        refuse_without_outcomes(ctx, training.day, training.windows, counted)
        window = frame.where(F.col(ctx.partition) < F.lit(training.windows.window.end))
        features = feature_columns(frame, [*key, label])
        profile = training_profile(ctx, window, features)
        contenders = fit_window(ctx, window, profile, features, builders)
        calendar = columns_of_the_calendar(ctx, window, profile, training.windows.window)
        return _log(ctx, training, contenders, profile, features=features, calendar=calendar)
    finally:
        frame.unpersist()


def _counted(ctx: Context, frame: DataFrame, dates: Interval) -> dict[date, DayCount]:
    """Return the rows of each published day and those with an outcome, 0 included.

    Days that should have no rows are included as well.
    """
    from pyspark.sql import functions as F

    none = dict.fromkeys(published_days(ctx, ctx.pipeline.spec.features.rows, dates), DayCount(0, 0))
    day_counts = frame.groupBy(ctx.partition).agg(F.count("*"), F.count(ctx.pipeline.spec.label.name)).collect()
    return none | {row[0]: DayCount(row[1], row[2]) for row in day_counts}


def _log(
    ctx: Context,
    training: Training,
    made: Contenders,
    profile: TableProfile,
    *,
    features: list[str],
    calendar: dict[str, str],
) -> StageOutcome:
    fitted = made.fitted
    run_id, built_by = new_run_id("train"), feature_code(ctx)
    trained = Trained(
        run_id=run_id,
        title=f"{training.identity.subject} {training.day}",
        fitted=fitted,
        profile=profile,
        features=features,
        canary=made.canary.select(features),
        read=_read(training),
        spec_digest=training.identity.spec,
        why=ctx.why or f"Training of {training.day}.",
    )
    ctx.progress("logging to MLflow")
    parent, contenders = log_training(ctx, trained)
    windows = training.windows
    notes = list(dict.fromkeys(note for contender in fitted for note in contender.notes))
    details = TrainingDetails(
        parent=parent,
        window=windows.window,
        holdout=windows.holdout,
        features=tuple(features),
        calendar=calendar,
        read=trained.read,
        code=built_by.digest,
        feature_section=built_by.section,
        contenders=contenders,
        constant=_constant(fitted),
        notes=tuple(notes),
        distributed=made.distributed,
    )
    trained_on = fitted[0].rows
    counts = {"rows": trained_on, "features": len(features), "contenders": len(fitted)}
    ctx.profiles.write("training", training.identity.subject, run_id, {training.day: profile})
    _append(ctx, training, run_id, counts, details)
    sentence = "; ".join([_trained_by(fitted, windows.window), *notes])
    return StageOutcome("train", training.identity.subject, run_id, sentence, numbers=dict(counts))


def _trained_by(fitted: list[FittedContender], window: Interval) -> str:
    names, rows = ", ".join(contender.name for contender in fitted), quantity(fitted[0].rows, "row")
    return f"{quantity(len(fitted), 'contender')} ({names}) trained on {rows} of {window}"


def _constant(fitted: list[FittedContender]) -> float:
    """Return what the constant gives every row: the training's base rate, or mean label."""
    from assay.models.estimators.baselines import Constant

    [model] = [each.estimator for each in fitted if each.kind == CONSTANT]
    return float(model.rate if isinstance(model, Constant) else model.mean)


def _append(ctx: Context, training: Training, run_id: str, counts: dict[str, int], details: TrainingDetails) -> None:
    record = ctx.record(
        run_id,
        "train",
        training.identity.subject,
        Interval.of(training.day),
        RunStatus.DONE,
        partitions={str(training.day): PartitionState(PartitionStatus.TRAINED, training.identity, counts)},
        counts=counts,
        details=details,
    )
    ctx.runs.write(run_id, RECORD, record)
    ctx.ledger.append(record)


def _read(training: Training) -> dict[str, TableRead]:
    return {
        name: TableRead(training.inputs.versions[name], interval.start, interval.end)
        for name, interval in training.inputs.intervals.items()
    }
