"""The scores that were served: of every day the newest, or those of one run, replaced or not."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import SCORED
from assay.store.delta.log import commits
from assay.store.ledger.run_record import PartitionStatus

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def replaced_scores(ctx: Context) -> dict[tuple[int, str], set[str]]:
    """Return the days that were scored again: by the last version that has the scores before, and their run."""
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
    return replaced


def served_scores(ctx: Context, run: str | None = None) -> DataFrame:
    """Return the newest scores of every day, or all that the run `run` wrote.

    Raises:
        InputError: Nothing was scored yet, or no run of that id has scored, or a version with its scores is gone.
    """
    from pyspark.sql import functions as F

    from assay.spark.tables.delta_tables import read_table

    table = ctx.folder(SCORED, ctx.pipeline.name)
    if run is not None:
        _check_run(ctx, run)
    spark = ctx.spark  # before any column is named: in a fresh process no session is there yet
    if run is None:
        return read_table(spark, table)
    own = F.col("run_id") == run
    frames = [read_table(spark, table).where(own)]
    for (version, before), days in sorted(replaced_scores(ctx).items()):
        if before == run:
            of_days = F.col(ctx.partition).cast("string").isin(sorted(days))
            frames.append(read_table(spark, table, version=version).where(own & of_days))
    return reduce(lambda one, other: one.unionByName(other), frames)


def _check_run(ctx: Context, run: str) -> None:
    known = [record.run_id for record in ctx.ledger.records("score", ctx.pipeline.name)]
    if run not in known:
        hint = did_you_mean(run, known[::-1], "the newest runs are")
        raise InputError(f"the run '{run}' has written no scores", code="unknown-run", hint=hint)
