"""Where contenders are fitted: in this process while the window is within the driver's budget, else on executors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from assay.core.profiles.table_profile import TableProfile
from assay.errors import Location
from assay.spec.user_code.functions import load_function
from assay.stages.runtime.context import Context
from assay.stages.training.inputs import feature_key

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from assay.models.training.contenders import FittedContender, Runner
    from assay.models.training.driver_budget import FrameSize
    from assay.models.training.tuning import Candidate

CANARY_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Contenders:
    """The fitted contenders, the first rows of the window, and what the ledger keeps of how they were fitted on
    executors: nothing if they were not."""

    fitted: list[FittedContender]
    canary: pa.Table
    distributed: dict[str, Any] = field(default_factory=dict)


def fit_window(
    ctx: Context, window: DataFrame, profile: TableProfile, features: list[str], candidates: Mapping[str, Candidate]
) -> Contenders:
    """The contenders of the labelled rows of `window`, of which `profile` is the measurement.

    Which way they are fitted is settled before a row is collected: the encoded frame's bytes follow from the Profile.
    """
    from pyspark.sql import functions as F

    from assay.models.training.driver_budget import frame_size

    spec = ctx.pipeline.spec
    size = frame_size(profile, features, spec.label.task)
    labelled = window.where(F.col(spec.label.name).isNotNull())
    shared: dict[str, Any] = {
        "features": features,
        "profile": profile,
        "candidates": candidates,
        "trials": spec.train.trials,
        "batch": spec.train.batch,
        "seed": spec.train.seed,
        "metric": spec.gate.metric,
        "on_progress": lambda name, done, total: ctx.progress(f"{name}: trial {done} of {total}"),
    }
    fit = _here if size.bytes <= spec.train.budget else partial(_on_executors, size=size)
    return fit(ctx, labelled, shared)


def load_candidates(reference: str | None, location: Location | None = None) -> dict[str, Candidate]:
    """The candidates that the function `reference` returns, none without one; called before anything is computed, so
    that its mistakes cost nothing. `location` is where the reference stands."""
    from assay.models.training.candidates import candidates_of

    return candidates_of(load_function(reference, location=location), reference) if reference else {}


def _here(ctx: Context, labelled: DataFrame, shared: dict[str, Any]) -> Contenders:
    from assay.models.training.contenders import fit_contenders

    spec = ctx.pipeline.spec
    rows = labelled.toArrow()
    fitted = fit_contenders(
        rows,
        label=spec.label.name,
        partition=ctx.partition,
        validation_days=spec.train.validation,
        order=feature_key(ctx),
        runner=runner_of(ctx),
        **shared,
    )
    return Contenders(fitted, _first(ctx, rows))


def runner_of(ctx: Context) -> Runner:
    """Where trials are run: as the environment says, else on executors where the master is a cluster."""
    from assay.models.training.spark_trials import on_executors
    from assay.models.training.tuning import in_threads

    wanted = ctx.pipeline.project.environment.trials
    if wanted is None:
        wanted = "driver" if _is_one_process(ctx.spark.sparkContext.master) else "executors"
    return in_threads if wanted == "driver" else partial(on_executors, ctx.spark)


def _is_one_process(master: str | None) -> bool:
    return master is None or master == "local" or master.startswith("local[")


def _on_executors(ctx: Context, labelled: DataFrame, shared: dict[str, Any], size: FrameSize) -> Contenders:
    from assay.models.training.distributed import fit_on_executors
    from assay.models.training.driver_budget import format_bytes
    from assay.models.training.spark_trees import workers_of
    from assay.models.training.window import open_window

    spec, key, workers = ctx.pipeline.spec, feature_key(ctx), workers_of(ctx.spark)
    budget = spec.train.budget
    why = (
        f"fitted on executors: {size.rows:,} rows of {size.columns} encoded columns are {format_bytes(size.bytes)}, "
        f"more than train.driver_budget, {format_bytes(budget)}"
    )
    ctx.progress(why)
    label, task, days = spec.label.name, spec.label.task, spec.train.validation
    window = open_window(labelled, key=key, partition=ctx.partition, label=label, task=task, validation_days=days)
    fitted = fit_on_executors(window, workers=workers, sample_rows=size.rows_within(budget), why=why, **shared)
    first = labelled.orderBy(*key).limit(CANARY_ROWS).toArrow()
    about = {"frame_bytes": size.bytes, "driver_budget": budget, "workers": workers}
    return Contenders(fitted, _first(ctx, first), about)


def _first(ctx: Context, rows: pa.Table) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in feature_key(ctx)]).slice(0, CANARY_ROWS)
