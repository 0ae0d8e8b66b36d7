"""The versions of the tables that must stay readable, each with its reason.

They are needed by the models that serve or may serve again, and by the last trainings. The newest scores need them
for a repair after a rollback. Scores that were served before a day was scored again stay readable too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.model_versions import VersionEntry
from assay.core.operations.retention import Lease
from assay.errors import InputError
from assay.spec.project import load_pipeline
from assay.spec.schema.pipeline import MaintainSpec
from assay.stages.promotion.promote import known_versions
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import SCORED
from assay.stages.scoring.served_scores import replaced_scores
from assay.store.decisions.promotions import Promotion, Promotions
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_details import ScoringDetails, TrainingDetails
from assay.store.ledger.run_record import PartitionStatus, RunRecord


def find_leases(ctx: Context) -> dict[str, list[Lease]]:
    """Return the leases by table ('clean/flights'), the strongest first.

    They are of all pipelines of the lake, since a table's folder does not show which pipelines read it.
    """
    leases: dict[str, list[Lease]] = {}
    for name in _pipelines(ctx.lake):
        for training, why in _kept_trainings(ctx, name):
            for table, read in training.details_as(TrainingDetails).read.items():
                leases.setdefault(f"clean/{table}", []).append(Lease(read.version, why))
        for table, lease in _read_by_scores(ctx, name):
            leases.setdefault(f"clean/{table}", []).append(lease)
    leases[f"{SCORED}/{ctx.pipeline.name}"] = _served(ctx)
    return leases


def _pipelines(lake: StoragePath) -> list[str]:
    return sorted(folder.parent.name for folder in lake.glob("_assay/*/ledger"))


def _kept_trainings(ctx: Context, name: str) -> Iterator[tuple[RunRecord, str]]:
    """Yield the trainings of a pipeline that keep what they read, each with the reason."""
    trainings = Ledger(ctx.lake, name).records("train")
    by_run = {training.run_id: training for training in trainings}
    for entry, role in _roles(Promotions(ctx.lake, name).history()):
        if entry.training in by_run:
            yield by_run[entry.training], f"{role} of {name}"
    kept = _kept_by(ctx, name)
    for subject in sorted({training.subject for training in trainings}):
        subject_trainings = [training for training in trainings if training.subject == subject]
        for training in subject_trainings if kept is None else subject_trainings[-kept.trainings :]:
            yield training, f"training of {subject} for {training.start}"


def _roles(history: list[Promotion]) -> Iterator[tuple[VersionEntry, str]]:
    """Yield the ledger's entries of the versions that serve or to which one may roll back, with their roles."""
    if not history:
        return
    state, known = history[-1], known_versions(history[-1])
    roles = {state.champion: "champion"}
    for promotion in reversed(history):
        roles.setdefault(promotion.champion, "earlier champion")
    for version, role in roles.items():
        if version is not None and version in known:
            yield known[version], f"{role} {version}"


def _read_by_scores(ctx: Context, name: str) -> Iterator[tuple[str, Lease]]:
    """Yield what the newest scores of a pipeline read, served or held: the table, and the partitions of the version."""
    ledger = Ledger(ctx.lake, name)
    scored = [
        (day, record)
        for status in (PartitionStatus.SCORED, PartitionStatus.HELD)
        for day, (record, _) in ledger.latest("score", name, status).items()
    ]
    kept = _kept_by(ctx, name)
    newest = max((day for day, _ in scored), default=date.max)
    first = date.min if kept is None else newest - timedelta(days=kept.rescorable - 1)
    for record in {record.run_id: record for day, record in scored if day >= first}.values():
        read = record.details.read if isinstance(record.details, ScoringDetails) else {}
        for table, one in read.items():
            days = frozenset(map(str, Interval(one.start, one.end)))
            yield table, Lease(one.version, f"read by {record.run_id}", days)


def _kept_by(ctx: Context, name: str) -> MaintainSpec | None:
    """Return what the spec of a pipeline keeps; None, for everything, where its spec cannot be read."""
    if name == ctx.pipeline.name:
        return ctx.pipeline.spec.maintain
    try:
        return load_pipeline(ctx.pipeline.project, name).spec.maintain
    except InputError:
        return None


def _served(ctx: Context) -> list[Lease]:
    """Return for each day that was scored again a lease on the version before its scores were replaced.

    So what was served stays readable by its run.
    """
    return [
        Lease(version, f"served by {run}", frozenset(days))
        for (version, run), days in sorted(replaced_scores(ctx).items())
    ]
