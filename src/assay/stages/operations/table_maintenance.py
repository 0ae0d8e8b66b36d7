"""One table's maintenance: the plan of what is due, which the dry run reports and the run carries out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.core.operations.compaction import SmallFileGroup, crowded
from assay.core.operations.retention import Lease, Retention, StoredFile, horizon, log_start, recent_versions, retain
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import HELD_SCORES, SCORED
from assay.stages.tables.commit import LOCK_TIMEOUT_SECONDS
from assay.store.delta.log import table_version
from assay.store.delta.table_files import DeltaFiles
from assay.store.failpoints import failpoint
from assay.store.locks.locks import hold


@dataclass(frozen=True, slots=True)
class TablePlan:
    """The work that is due in a table: partitions to compact, files to remove, entries of the log that nothing needs.

    `lost` names the leases that cannot be kept, as the log no longer holds their version.
    """

    kind: str
    name: str
    crowds: Sequence[SmallFileGroup]
    retention: Retention
    log: Sequence[StoredFile]
    unguarded: bool
    lost: Sequence[str] = ()

    @property
    def place(self) -> str:
        """The table's place in the lake, such as 'clean/flights'."""
        return f"{self.kind}/{self.name}"

    @property
    def due(self) -> bool:
        """Return whether anything is to be done."""
        return bool(self.crowds or self.retention.removed or self.log or self.unguarded)

    def to_json(self) -> dict[str, Any]:
        """Return the plan in numbers."""
        return {
            "table": self.place,
            "compacted": {
                "partitions": [crowd.partition for crowd in self.crowds],
                "files": sum(crowd.files for crowd in self.crowds),
                "bytes": sum(crowd.size for crowd in self.crowds),
            },
            "removed": _numbers(self.retention.removed),
            "kept": {why: _numbers(files) for why, files in self.retention.kept.items()},
            "log": _numbers(self.log),
            "unguarded": self.unguarded,
            "lost": list(self.lost),
        }


def _numbers(files: Sequence[StoredFile]) -> dict[str, int]:
    return {"files": len(files), "bytes": sum(file.size for file in files)}


def plan_table(
    ctx: Context, kind: str, name: str, leases: Iterable[Lease], *, now: float, running: Iterable[float]
) -> TablePlan | None:
    """Return what is due in the table, None where there is none yet.

    `running` are the instants at which the jobs that run now began.
    """
    folder, days = ctx.folder(kind, name), ctx.pipeline.spec.maintain.retention
    if table_version(folder) is None:
        return None
    table, since = DeltaFiles(folder), horizon(now, days, running)
    leases, committed = list(leases), table.committed()
    recent = recent_versions(committed, since)
    readable_versions = table.readable(lease.version for lease in leases)
    needed = sorted({*recent, *readable_versions})
    files = {version: table.paths(version) for version in needed}
    start = log_start(committed, table.checkpoints(), needed, now, days)
    return TablePlan(
        kind,
        name,
        crowds=crowded(table.sizes()),
        retention=retain(table.stored(), files, recent, leases, since),
        log=[*table.log_before(start), *table.unfinished(since)],
        unguarded=not table.keeps_log(),
        lost=[f"version {each.version}: {each.why}" for each in leases if each.version not in readable_versions],
    )


def maintain_table(ctx: Context, plan: TablePlan) -> None:
    """Do what was planned, under the table's lock; after a kill anywhere, what is left is planned again."""
    table = DeltaFiles(ctx.folder(plan.kind, plan.name))
    # These commits name no run: recovery looks for runs that wrote rows, and these write none.
    metadata = {"run_id": "", "pipeline": ctx.pipeline.name, "stage": "maintain", "subject": plan.name}
    with hold(ctx.lake, f"{plan.place}.commit", None, wait=LOCK_TIMEOUT_SECONDS):
        if plan.unguarded:
            table.keep_log(metadata)
        if plan.crowds:
            failpoint("maintain:before-compaction")
            table.compact(ctx.partition, [crowd.partition for crowd in plan.crowds], metadata)
            failpoint("maintain:after-compaction")
    _exhaust(table.remove(plan.retention.removed), "maintain:removing")
    _exhaust(table.remove(plan.log), "maintain:trimming")


def _exhaust(steps: Iterator[str], point: str) -> None:
    for _ in steps:
        failpoint(point)


def families(ctx: Context) -> Mapping[str, list[tuple[str, str]]]:
    """Return the tables of the pipeline by the lock that their writers hold."""
    name = ctx.pipeline.name
    clean_families = {
        f"clean/{table}": [("clean", table), ("held", table), ("quarantine", table)]
        for table in ctx.pipeline.spec.tables
    }
    return clean_families | {f"{SCORED}/{name}": [(SCORED, name), (HELD_SCORES, name)]}
