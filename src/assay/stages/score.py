"""score: one job scores an interval with the champion, pinned to a version, and with the challenger in its shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from assay.core.grid import SCORE_K
from assay.core.interval import Interval
from assay.core.profile import TableProfile
from assay.stages.commit import commit
from assay.stages.context import Context, Outcome, now, spark_failures
from assay.stages.inputs import feature_key, features_of, find_inputs, published_days, read_inputs
from assay.stages.planning import Task, tasks
from assay.stages.recover import recover
from assay.stages.versions import about_version, trained_profile, version_model
from assay.store.killpoints import reach
from assay.store.locks import hold
from assay.store.promotions import Promotion
from assay.store.record import Identity, PartitionState, Record, new_run_id

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.spark.score import ScoringModel

SCORED = "predictions"
SHADOW = "predictions_shadow"


@dataclass(frozen=True, slots=True)
class Serving:
    """The versions that one scoring uses from its first row to its last, whatever is promoted meanwhile."""

    champion: int
    challenger: int | None
    models: tuple[ScoringModel, ...]


def plan_score(ctx: Context, interval: Interval) -> list[Task]:
    """Which days are to be scored, and why: never scored, or their rows were written anew. A new champion re-scores
    nothing by itself: what was served stays what was served."""
    rows = ctx.pipeline.spec.features.rows
    written = ctx.ledger.latest("clean", rows)
    wanted = {
        day: Identity(ctx.pipeline.name, str(day), written[day][0].run_id, "", "")
        for day in published_days(ctx, rows, interval)
    }
    latest = ctx.ledger.latest("score", ctx.pipeline.name)
    scored = {day: entry for day, entry in latest.items() if entry[1].state == "scored"}
    return tasks("score", ctx.pipeline.name, wanted, scored, force=ctx.force)


def score(ctx: Context, interval: Interval) -> Outcome:
    """Write the predictions of every due day whole; without a champion nothing is written, and that is a warning."""
    name = ctx.pipeline.name
    with hold(ctx.lake, f"{SCORED}/{name}", interval, wait=ctx.wait), spark_failures():
        recover(ctx, ctx.folder(SCORED, name))
        due = [task for task in plan_score(ctx, interval) if task.due]
        if not due:
            return Outcome("score", name, None, f"{interval} is already scored")
        state = ctx.promotions.current()
        if state is None or state.champion is None:
            return _without_champion(ctx, interval, due)
        serving = serve(ctx, state)
        return _score(ctx, due, serving)


def serve(ctx: Context, state: Promotion) -> Serving:
    """The champion and, where the spec wants it, the challenger, verified against the ledger."""
    assert state.champion is not None
    shadow = ctx.pipeline.spec.score.shadow == "challenger" and state.challenger is not None
    models = [version_model(ctx, state.champion, "score")]
    if shadow and state.challenger is not None:
        models.append(version_model(ctx, state.challenger, "shadow"))
    return Serving(state.champion, state.challenger if shadow else None, tuple(models))


def _score(ctx: Context, due: list[Task], serving: Serving) -> Outcome:
    run_id = new_run_id("score")
    days = [task.day for task in due]
    scored, features = scored_features(ctx, days, serving)
    scored = scored.persist()
    try:
        profiles = _measure(ctx, scored, features, serving.champion)
        rows = {day: profiles[day].rows if day in profiles else 0 for day in days}
        record = _record(ctx, run_id, due, serving, rows)
        ctx.profiles.write("features", ctx.pipeline.name, run_id, profiles)
        ctx.runs.write(run_id, "record", record.to_json())
        reach("score:before-tasks")
        _commit(ctx, scored, run_id, days, serving)
        reach("score:after-commit")
        ctx.ledger.append(record)
    finally:
        scored.unpersist()
    total = sum(rows.values())
    shadow = f", version {serving.challenger} in the shadow" if serving.challenger else ""
    sentence = f"{len(days)} days scored by version {serving.champion}{shadow}: {total:,} rows"
    return Outcome("score", ctx.pipeline.name, run_id, sentence, numbers={"rows": total, "version": serving.champion})


def scored_features(ctx: Context, days: list[date], serving: Serving) -> tuple[DataFrame, list[str]]:
    """The features of the days with a score for each model, and the names of the features."""
    from pyspark.sql import functions as F

    from assay.spark.score import score_frame
    from assay.stages.train import feature_columns

    inputs = find_inputs(ctx, Interval(min(days), max(days) + timedelta(days=1)), rows=days)
    key = feature_key(ctx)
    frame = features_of(ctx, inputs, read_inputs(ctx, inputs)).where(F.col(ctx.partition).isin(days))
    features = feature_columns(frame, key)
    ctx.progress(f"scoring {len(days)} days with version {serving.champion}")
    return score_frame(frame, keep=[*key, *features], columns=features, models=list(serving.models)), features


def _measure(ctx: Context, scored: DataFrame, features: list[str], version: int) -> Mapping[date, TableProfile]:
    """A Profile per day, on the grids of the champion's training: drift compares like with like."""
    from assay.spark.measure import MeasuredColumn, feature_columns_of, measure

    columns = [
        *feature_columns_of(scored, features, like=trained_profile(ctx, version)),
        MeasuredColumn("score", "double", SCORE_K),
    ]
    return measure(scored, ctx.partition, columns, [])


def _commit(ctx: Context, scored: DataFrame, run_id: str, days: list[date], serving: Serving) -> None:
    name = ctx.pipeline.name
    metadata = {"run_id": run_id, "pipeline": name, "stage": "score", "subject": name}
    at = datetime.now(UTC)
    if serving.challenger is not None:
        shadow = _predictions(ctx, scored, "shadow", serving.challenger, run_id, at)
        commit(ctx, shadow, (SHADOW, name), days, metadata)
    served = _predictions(ctx, scored, "score", serving.champion, run_id, at)
    commit(ctx, served, (SCORED, name), days, metadata)


def _predictions(ctx: Context, scored: DataFrame, column: str, version: int, run_id: str, at: datetime) -> DataFrame:
    from pyspark.sql import functions as F

    return scored.select(
        *feature_key(ctx),
        F.col(column).alias("score"),
        F.lit(version).cast("int").alias("model_version"),
        F.lit(run_id).alias("run_id"),
        F.lit(at).cast("timestamp").alias("scored_at"),
    )


def _record(ctx: Context, run_id: str, due: list[Task], serving: Serving, rows: Mapping[date, int]) -> Record:
    about = about_version(ctx, serving.champion)
    days = [task.day for task in due]
    return Record(
        run_id=run_id,
        pipeline=ctx.pipeline.name,
        stage="score",
        subject=ctx.pipeline.name,
        start=min(days),
        end=max(days) + timedelta(days=1),
        status="done",
        at=now(),
        who=ctx.who,
        why=ctx.why,
        partitions={
            str(task.day): PartitionState(
                "scored",
                task.identity,
                {"rows": rows[task.day], "version": serving.champion, "challenger": serving.challenger or 0},
            )
            for task in due
        },
        counts={"rows": sum(rows.values()), "version": serving.champion},
        details={
            "last_commit": f"{SCORED}/{ctx.pipeline.name}",
            "version": serving.champion,
            "challenger": serving.challenger,
            "digest": about["digest"],
        },
    )


def _without_champion(ctx: Context, interval: Interval, due: list[Task]) -> Outcome:
    run_id = new_run_id("score")
    sentence = f"no champion yet: {len(due)} days of {interval} are left without a score"
    ctx.ledger.append(
        Record(
            run_id=run_id,
            pipeline=ctx.pipeline.name,
            stage="score",
            subject=ctx.pipeline.name,
            start=interval.start,
            end=interval.end,
            status="no champion",
            at=now(),
            who=ctx.who,
            why=ctx.why,
            partitions={str(task.day): PartitionState("unscored", task.identity, {"rows": 0}) for task in due},
            counts={"rows": 0},
            verdict={"status": "warn", "action": "none", "sentence": sentence},
        )
    )
    return Outcome("score", ctx.pipeline.name, run_id, sentence, status="warn", numbers={"rows": 0})
