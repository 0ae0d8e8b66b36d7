"""The versions of the tables that must stay readable, each with its reason.

They are needed by the models that serve or may serve again, by the last trainings, and by the scores that were served
before a day was scored anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.core.model_versions import VersionEntry
from assay.core.operations.retention import Lease
from assay.errors import InputError
from assay.spec.project import load_pipeline
from assay.stages.promotion.promote import known_versions
from assay.stages.runtime.context import Context
from assay.stages.scoring.predictions import SCORED
from assay.store.delta.log import commits
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.promotions import Promotion, Promotions
from assay.store.ledger.run_details import TrainingDetails
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
    count = _count(ctx, name)
    for subject in sorted({training.subject for training in trainings}):
        subject_trainings = [training for training in trainings if training.subject == subject]
        for training in subject_trainings if count is None else subject_trainings[-count:]:
            yield training, f"training of {subject} for {training.start}"


def _roles(history: list[Promotion]) -> Iterator[tuple[VersionEntry, str]]:
    """Yield the ledger's entries of the versions that serve or to which one may roll back, with their roles."""
    if not history:
        return
    state, known = history[-1], known_versions(history[-1])
    roles = {state.champion: "champion", state.challenger: "challenger"}
    for promotion in reversed(history):
        roles.setdefault(promotion.champion, "earlier champion")
    for version, role in roles.items():
        if version is not None and version in known:
            yield known[version], f"{role} {version}"


def _count(ctx: Context, name: str) -> int | None:
    """Return the number of last trainings that a pipeline keeps; None, for all, where its spec cannot be read."""
    if name == ctx.pipeline.name:
        return ctx.pipeline.spec.maintain.trainings
    try:
        return load_pipeline(ctx.pipeline.project, name).spec.maintain.trainings
    except InputError:
        return None


def _served(ctx: Context) -> list[Lease]:
    """Return for each day that was scored again a lease on the version before its scores were replaced.

    So what was served stays readable by its run.
    """
    name = ctx.pipeline.name
    written = {commit.metadata.get("run_id"): commit.version for commit in commits(ctx.folder(SCORED, name), None)}
    last: dict[str, str] = {}
    replaced: dict[tuple[int, str], set[str]] = {}
    for record in ctx.ledger.records("score", name):
        for day, state in record.partitions.items():
            if state.state is not PartitionStatus.SCORED:
                continue
            before, last[day] = last.get(day), record.run_id
            if before is not None and written.get(record.run_id, 0) > 0:
                replaced.setdefault((written[record.run_id] - 1, before), set()).add(day)
    return [Lease(version, f"served by {run}", frozenset(days)) for (version, run), days in sorted(replaced.items())]
