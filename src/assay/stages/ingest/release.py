"""release: publish a held day all the same, with a person's name and reason on it."""

from __future__ import annotations

from datetime import date

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import InputError
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.tables.commit import commit, empty
from assay.stages.tables.owners import own_table
from assay.stages.tables.recover import recover
from assay.store.failpoints import failpoint
from assay.store.ledger.run_details import ReleaseDetails
from assay.store.ledger.run_documents import RECORD
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord, new_run_id
from assay.store.locks.locks import hold


def release(ctx: Context, table: str, day: date) -> StageOutcome:
    """Copy the held day to the table in one commit, and record the user who released it and the reason.

    Raises:
        InputError: There is no reason, the day is not held, or another pipeline owns the table by a different
            definition.
    """
    if not ctx.why.strip():
        raise InputError("a release needs a reason", code="no-reason", hint="say why with --reason '...'")
    with hold(ctx.lake, f"clean/{table}", Interval.of(day), wait=ctx.wait):
        own_table(ctx, table)
        recover(ctx, ctx.folder("clean", table), ctx.folder("held", table))
        latest = ctx.ledger.latest("clean", table).get(day)
        if latest is None or latest[1].state is not PartitionStatus.HELD:
            state = latest[1].state if latest else "never cleaned"
            raise InputError(
                f"the table '{table}' is not held on {day}: it is {state}",
                code="not-held",
                hint=f"'assay status {ctx.pipeline.name}' lists what is held",
            )
        with spark_failures():
            return _release(ctx, table, day, latest[0], latest[1])


def _release(ctx: Context, table: str, day: date, held: RunRecord, state: PartitionState) -> StageOutcome:
    from pyspark.sql import functions as F

    from assay.spark.tables.delta_tables import read_table

    run_id = new_run_id("release")
    record = ctx.record(
        run_id,
        "clean",
        table,
        Interval.of(day),
        RunStatus.RELEASED,
        partitions={str(day): PartitionState(PartitionStatus.PUBLISHED, state.identity, state.counts)},
        counts=dict(state.counts),
        verdict=held.verdict,
        details=ReleaseDetails(last_commit=f"clean/{table}", released_from=held.run_id, measured_by=held.measured_by),
    )
    ctx.runs.write(run_id, RECORD, record)
    metadata = {"run_id": run_id, "pipeline": ctx.pipeline.name, "stage": "release", "subject": table}
    rows = read_table(ctx.spark, ctx.folder("held", table)).where(F.col(ctx.partition) == F.lit(day))
    commit(ctx, rows, ("clean", table), [day], metadata)
    failpoint("release:after-commit")
    ctx.ledger.append(record)
    empty(ctx, ("held", table), [day], {**metadata, "run_id": ""})
    return StageOutcome(
        "release", table, run_id, f"{table} of {day} is released: {ctx.why}", numbers=dict(state.counts)
    )
