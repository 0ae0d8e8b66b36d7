"""Partitions that were changed behind the ledger: commits of no known run, and files that are not as committed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import SCORED
from assay.store.delta.log import Commit, commits
from assay.store.delta.table_files import DeltaFiles
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_documents import RECORD, RunDocuments

MAINTAIN = "maintain"


@dataclass(frozen=True, slots=True)
class SilentRewrite:
    """A change of a table that no run of Assay made, with what shows it."""

    place: str
    sentence: str


def silent_rewrites(ctx: Context) -> list[SilentRewrite]:
    """Return the changes of the clean tables and of the predictions that no run of the ledger made.

    - Each commit that the Delta log still has must name a run of a ledger. A commit of `maintain` changes no row.
    - The files of each partition must have the bytes in number that the log has for it.

    Raises:
        InfrastructureError: A log or a ledger cannot be read.
    """
    places = [*(("clean", name) for name in ctx.pipeline.spec.tables), (SCORED, ctx.pipeline.name)]
    known: dict[str, set[str]] = {}
    rewrites = []
    for kind, name in places:
        place = f"{kind}/{name}"
        for commit in reversed(commits(ctx.folder(kind, name), limit=None)):
            if not _is_known(ctx, commit, known):
                by = f" ({commit.operation})" if commit.operation else ""
                rewrites.append(
                    SilentRewrite(place, f"Version {commit.version} of {place}{by} is of no run of the ledger")
                )
        rewrites += [SilentRewrite(place, sentence) for sentence in _changed_files(ctx, kind, name)]
    return rewrites


def _is_known(ctx: Context, commit: Commit, known: dict[str, set[str]]) -> bool:
    """Return whether a commit is of a run that a ledger has, or that was killed before the ledger had it."""
    pipeline, run_id = str(commit.metadata.get("pipeline", "")), str(commit.metadata.get("run_id", ""))
    if not pipeline:
        return False
    if not run_id:
        return commit.metadata.get("stage") == MAINTAIN
    if pipeline not in known:
        ledger = ctx.ledger if pipeline == ctx.pipeline.name else Ledger(ctx.lake, pipeline)
        known[pipeline] = {record.run_id for record in ledger.records()}
    return run_id in known[pipeline] or RunDocuments(ctx.lake, pipeline).find(run_id, RECORD) is not None


def _changed_files(ctx: Context, kind: str, name: str) -> list[str]:
    """Return a sentence on each partition whose files have other bytes in number than the log has."""
    folder = ctx.folder(kind, name)
    if not commits(folder, limit=1):
        return []
    table = DeltaFiles(folder)
    committed, stored, paths = Counter[str](), Counter[str](), table.paths()
    for partition, size in table.sizes():
        committed[partition] += size
    for one in table.stored():
        if one.path in paths:
            stored[one.partition] += one.size
    return [
        f"The files of {partition} in {kind}/{name} have {stored[partition]:,} bytes, and the log has {size:,}"
        for partition, size in sorted(committed.items())
        if stored[partition] != size
    ]
