"""The fit of contenders: in this process while the window is within the driver's budget, else on executors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from assay.core.profiles.table_profile import TableProfile
from assay.errors import Location
from assay.spec.user_code.functions import load_function
from assay.stages.features.inputs import feature_key
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import ExecutorFit

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from assay.models.training.contenders import FittedContender, Runner, TrainingJob
    from assay.models.training.driver_budget import FrameSize
    from assay.models.training.tuning import Candidate

CANARY_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Contenders:
    """The fitted contenders, the first rows of the window, and how they were fitted on executors, None if not."""

    fitted: list[FittedContender]
    canary: pa.Table
    distributed: ExecutorFit | None = None


def fit_window(
    ctx: Context,
    window: DataFrame,
    profile: TableProfile,
    features: list[str],
    candidates: Mapping[str, Candidate],
    *,
    days: int,
) -> Contenders:
    """Return the contenders of the labelled rows of `window`, of which `profile` is the measurement.

    The window has so many `days`.

    Which way they are fitted is settled before a row is collected: the encoded frame's bytes follow from the Profile.
    """
    from pyspark.sql import functions as F

    from assay.models.training.driver_budget import frame_size

    job = replace(
        training_job(ctx, profile, features, candidates, days=days),
        on_progress=lambda name, done, total: ctx.progress(f"{name}: trial {done} of {total}"),
    )
    size = frame_size(profile, features, job.task)
    labelled = window.where(F.col(job.label).isNotNull())
    if size.bytes <= ctx.pipeline.spec.train.budget:
        return _here(ctx, labelled, job)
    return _on_executors(ctx, labelled, job, size)


def training_job(
    ctx: Context, profile: TableProfile, features: Sequence[str], candidates: Mapping[str, Candidate], *, days: int
) -> TrainingJob:
    """Return what the spec wants fitted on a window of so many `days`, of which `profile` is the measurement.

    The job reports none of its trials.
    """
    from assay.models.estimators.calibrator import Recalibration
    from assay.models.training.contenders import TrainingJob

    spec = ctx.pipeline.spec
    return TrainingJob(
        features=features,
        label=spec.label.name,
        partition=ctx.partition,
        profile=profile,
        candidates=candidates,
        validation_days=spec.train.validation_of(days),
        order=feature_key(ctx),
        metric=spec.gate.metric,
        trials=spec.train.trials,
        batch=spec.train.batch,
        seed=spec.train.seed,
        naive=spec.train.naive,
        recalibrate=Recalibration(spec.train.recalibrate) if spec.train.recalibrate else None,
    )


def load_candidates(reference: str | None, location: Location | None = None) -> dict[str, Candidate]:
    """Return the candidates of the function `reference`, none without one.

    It is called before anything is computed, so that mistakes of the function cost nothing. `location` is the place of
    the reference.
    """
    from assay.models.training.candidates import candidates_of

    return candidates_of(load_function(reference, location=location), reference) if reference else {}


def _here(ctx: Context, labelled: DataFrame, job: TrainingJob) -> Contenders:
    from assay.models.training.local_trainer import fit_contenders

    rows = labelled.toArrow()
    return Contenders(fit_contenders(rows, job, runner_of(ctx)), _first(ctx, rows))


def runner_of(ctx: Context) -> Runner:
    """Return the runner of trials: the environment's, by default on executors where the master is a cluster."""
    from assay.models.training.executors.spark_trials import on_executors
    from assay.models.training.tuning import in_threads

    wanted = ctx.pipeline.project.environment.trials
    if wanted is None:
        wanted = "driver" if _is_one_process(ctx.spark.sparkContext.master) else "executors"
    return in_threads if wanted == "driver" else partial(on_executors, ctx.spark)


def _is_one_process(master: str | None) -> bool:
    return master is None or master == "local" or master.startswith("local[")


def _on_executors(ctx: Context, labelled: DataFrame, job: TrainingJob, size: FrameSize) -> Contenders:
    from assay.models.training.driver_budget import format_bytes
    from assay.models.training.executors.distributed import fit_on_executors
    from assay.models.training.executors.spark_trees import workers_of
    from assay.models.training.executors.window import open_window

    workers, budget = workers_of(ctx.spark), ctx.pipeline.spec.train.budget
    why = (
        f"fitted on executors: {size.rows:,} rows of {size.columns} encoded columns are {format_bytes(size.bytes)}, "
        f"more than train.driver_budget, {format_bytes(budget)}"
    )
    ctx.progress(why)
    window = open_window(
        labelled,
        key=job.order,
        partition=job.partition,
        label=job.label,
        task=job.task,
        validation_days=job.validation_days,
    )
    fitted = fit_on_executors(window, job, workers=workers, sample_rows=size.rows_within(budget), why=why)
    first = labelled.orderBy(*job.order).limit(CANARY_ROWS).toArrow()
    return Contenders(fitted, _first(ctx, first), ExecutorFit(size.bytes, budget, workers))


def _first(ctx: Context, rows: pa.Table) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in feature_key(ctx)]).slice(0, CANARY_ROWS)
