"""Recovery of what a killed run left: commits that are in a Delta log, but not yet in the ledger."""

from __future__ import annotations

from assay.stages.runtime.context import Context
from assay.stages.tables.catalog import name_in_catalog
from assay.store.delta.log import commits
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.run_details import CommitDetails
from assay.store.ledger.run_documents import RECORD


def recover(ctx: Context, *tables: StoragePath) -> list[str]:
    """Write the ledger records of committed but unrecorded runs, and return their run ids.

    A stage writes its record beside the run before it commits, and names the run in the commit. The last table that the
    record lists decides: once its commit is there, all the earlier ones are.
    """
    recovered: list[str] = []
    known = {record.run_id for record in ctx.ledger.records()}
    for table in tables:
        for commit in reversed(commits(table)):
            run_id, place = commit.metadata.get("run_id"), table.relative_to(ctx.lake).as_posix()
            if not run_id or run_id in known or commit.metadata.get("pipeline") != ctx.pipeline.name:
                continue
            record = ctx.runs.read(run_id, RECORD)
            if not isinstance(record.details, CommitDetails) or record.details.last_commit != place:
                continue
            name_in_catalog(ctx, table.parent.name, table.name)
            ctx.ledger.append(record)
            known.add(run_id)
            recovered.append(run_id)
            ctx.progress(f"recovered run {run_id}: committed earlier, recorded now")
    return recovered
