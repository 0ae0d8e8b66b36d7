"""release --scores: publish the held scores of a day all the same, with a person's name and reason on it."""

from __future__ import annotations

from datetime import date

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import InputError
from assay.stages.planning.score_days import held_scores
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.scoring.batch import HELD_SCORES, SCORED
from assay.stages.scoring.publish_scores import empty_held
from assay.stages.tables.commit import commit
from assay.stages.tables.recover import recover
from assay.store.failpoints import failpoint
from assay.store.ledger.run_details import ScoreReleaseDetails, ScoringDetails
from assay.store.ledger.run_documents import RECORD
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord, new_run_id
from assay.store.locks.locks import hold


def release_scores(ctx: Context, day: date) -> StageOutcome:
    """Publish the held scores of a day in one commit, and record the user who released them and the reason.

    Raises:
        InputError: There is no reason, or the scores of the day are not held.
    """
    name = ctx.pipeline.name
    if not ctx.why.strip():
        raise InputError("a release needs a reason", code="no-reason", hint="say why with --reason '...'")
    with hold(ctx.lake, f"{SCORED}/{name}", Interval.of(day), wait=ctx.wait):
        recover(ctx, ctx.folder(SCORED, name), ctx.folder(HELD_SCORES, name))
        held = held_scores(ctx).get(day)
        if held is None:
            latest = ctx.ledger.latest("score", name).get(day)
            state = latest[1].state if latest else "never scored"
            raise InputError(
                f"the scores of {day} are not held: the day is {state}",
                code="not-held",
                hint=f"'assay status {name}' lists what is held",
            )
        with spark_failures():
            return _release(ctx, day, *held)


def _release(ctx: Context, day: date, held: RunRecord, state: PartitionState) -> StageOutcome:
    from pyspark.sql import functions as F

    from assay.spark.tables.delta_tables import read_table

    name, run_id = ctx.pipeline.name, new_run_id("release")
    scoring = held.details_as(ScoringDetails)
    record = ctx.record(
        run_id,
        "score",
        name,
        Interval.of(day),
        RunStatus.RELEASED,
        partitions={str(day): PartitionState(PartitionStatus.SCORED, state.identity, state.counts, state.version)},
        counts=dict(state.counts),
        verdict=held.verdict,
        details=ScoreReleaseDetails(
            last_commit=f"{SCORED}/{name}",
            version=scoring.version,
            digest=scoring.digest,
            read=scoring.read,
            released_from=held.run_id,
            measured_by=held.measured_by,
        ),
    )
    ctx.runs.write(run_id, RECORD, record)
    rows = read_table(ctx.spark, ctx.folder(HELD_SCORES, name)).where(F.col(ctx.partition) == F.lit(day))
    metadata = {"run_id": run_id, "pipeline": name, "stage": "release", "subject": name}
    commit(ctx, rows.withColumn("run_id", F.lit(run_id)), (SCORED, name), [day], metadata)
    failpoint("release:after-commit")
    ctx.ledger.append(record)
    empty_held(ctx, [day])
    sentence = f"the scores of {day} by version {scoring.version} are released: {ctx.why}"
    return StageOutcome("release", name, run_id, sentence, numbers=dict(state.counts))
