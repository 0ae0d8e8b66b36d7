"""A training in MLflow: a parent run, a child per contender with its bundle, its figures and its origin."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.model_versions import ContenderEntry
from assay.core.profiles.table_profile import TableProfile
from assay.spec.user_code.functions import code_digest, code_zip
from assay.stages.runtime.context import Context
from assay.stages.training.recipe import environment_lock
from assay.store.ledger.run_details import TableRead

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.models.bundle.bundle import Provenance
    from assay.models.mlflow.run_contents import ContenderLog, Dataset
    from assay.models.training.contenders import FittedContender


@dataclass(frozen=True, slots=True)
class Trained:
    """A training whose contenders are fitted, before anything of it is logged."""

    run_id: str
    title: str
    fitted: list[FittedContender]
    profile: TableProfile
    features: list[str]
    canary: pa.Table
    read: Mapping[str, TableRead]
    spec_digest: str
    recipes: Mapping[str, str]
    why: str


def log_training(ctx: Context, trained: Trained) -> tuple[str, dict[str, ContenderEntry]]:
    """Log a training, and return the parent run's id and the ledger's entry of each contender.

    The entry has its child run, its bundle's digest and its recipe.
    """
    from assay.models.mlflow.run_contents import TrainingLog

    lock = environment_lock(ctx)
    tags = {
        "run_id": trained.run_id,
        "code_digest": code_digest(ctx.pipeline.spec.features.function),
        "lock_digest": hashlib.sha256(lock).hexdigest(),
        "spec_digest": trained.spec_digest,
        "why": trained.why,
    }
    with tempfile.TemporaryDirectory(prefix="assay-bundles-") as folder:
        logs = [_contender(ctx, trained, fitted, Path(folder), lock) for fitted in trained.fitted]
        training = TrainingLog(
            run_id=trained.run_id,
            name=trained.title,
            contenders=logs,
            inputs=datasets(ctx, trained.read),
            params={"rows": trained.fitted[0].rows, "features": len(trained.features), **_windows(trained.read)},
            tags=tags,
            description=f"{ctx.pipeline.spec.question} {trained.why}",
        )
        run = ctx.registry.log_training(training, who=str(ctx.actor))
        ctx.progress(f"logged to MLflow: {ctx.registry.how_to_open()}")
    contenders = {
        log.name: ContenderEntry(
            run_id=run.children[log.name].run_id,
            digest=log.bundle_digest,
            kind=fitted.kind,
            task=fitted.task,
            complexity=fitted.complexity,
            recipe=log.tags["recipe"],
            validation=fitted.validation,
            seconds=round(fitted.seconds, 1),
        )
        for log, fitted in zip(logs, trained.fitted, strict=True)
    }
    return run.parent_run_id, contenders


def run_title(ctx: Context, subject: str, day: date) -> str:
    """Return a training's name in MLflow, in the experiment of its pipeline: the day, after the name of a side one."""
    return f"{subject.removeprefix(ctx.pipeline.name).lstrip('.')} {day}".lstrip()


def _contender(ctx: Context, trained: Trained, fitted: FittedContender, folder: Path, lock: bytes) -> ContenderLog:
    from assay.models.bundle.bundle import write_bundle
    from assay.models.mlflow.figures import importance_figure, importances
    from assay.models.mlflow.run_contents import ContenderLog

    origin = _origin(ctx, trained, fitted)
    bundle = write_bundle(
        folder / fitted.name,
        fitted,
        profile=trained.profile,
        features=trained.features,
        canary=trained.canary,
        code_zip=code_zip(ctx.pipeline.spec.features.function),
        environment_lock=lock,
        origin=origin,
    )
    weights = importances(fitted)
    return ContenderLog(
        name=fitted.name,
        params={"kind": fitted.kind, **fitted.parameters},
        metrics={f"validation.{fitted.metric}": fitted.validation, "fit.seconds": fitted.seconds},
        tags={"recipe": origin.recipe, "kind": fitted.kind},
        figures={"importance.png": importance_figure(weights, f"{fitted.name}: importance")} if weights else {},
        trials=[{"trial": t.number, **t.parameters, fitted.metric: t.value} for t in fitted.trials],
        description="\n".join(fitted.notes),
        bundle=bundle.path,
        bundle_digest=bundle.digest,
    )


def _origin(ctx: Context, trained: Trained, fitted: FittedContender) -> Provenance:
    from assay.models.bundle.bundle import Provenance

    return Provenance(
        recipe=trained.recipes[fitted.name],
        code_digest=code_digest(ctx.pipeline.spec.features.function),
        spec_digest=trained.spec_digest,
        read={name: _as_text(table) for name, table in trained.read.items()},
        who=str(ctx.actor),
        why=trained.why,
    )


def datasets(ctx: Context, read: Mapping[str, TableRead]) -> list[Dataset]:
    """Return the Delta tables that were read, each at its version, as MLflow shows them."""
    from assay.models.mlflow.run_contents import Dataset

    return [
        Dataset(name, str(ctx.folder("clean", name)), table.version, dict(ctx.pipeline.columns(name)))
        for name, table in read.items()
    ]


def _windows(read: Mapping[str, TableRead]) -> dict[str, str]:
    return {f"read.{name}": f"{table.start} to {table.end}" for name, table in read.items()}


def _as_text(table: TableRead) -> dict[str, Any]:
    return {"version": table.version, "from": str(table.start), "to": str(table.end)}
