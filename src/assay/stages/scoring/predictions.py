"""Predictions of some days by a version that is settled already: scores, Profiles, verdicts, then the commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.check import Check
from assay.core.decisions.score_day import ScoreCheck
from assay.core.profiles.table_profile import TableProfile
from assay.core.task_type import possible_sql
from assay.core.text import quantity
from assay.stages.features.inputs import (
    Inputs,
    column_in,
    feature_key,
    features_of,
    find_inputs,
    inputs_at_versions,
    read_inputs,
    refuse_other_rows,
)
from assay.stages.models.model_versions import trained_profile
from assay.stages.models.outcomes import score_bin_exponent
from assay.stages.runtime.context import Context
from assay.stages.scoring.batch import CHAMPION_SCORE, Batch
from assay.stages.scoring.publish_scores import JudgedScores, publish_scores
from assay.stages.scoring.score_evidence import judge_scores
from assay.store.ledger.run_details import TableRead
from assay.store.ledger.run_documents import DAILY_SUMS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.spark.profiling.profile_job import MeasuredColumn


def write_predictions(ctx: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Score a batch with the champion, and return the outcome as JSON.

    The days whose scores are good are published, the others are held.
    """
    batch = Batch.from_json(arguments)
    scored, features, inputs = _scored(ctx, batch)
    scored = scored.persist()
    try:
        profiles = _measure(ctx, scored, features, batch)
        rows = {day: profiles[day].rows if day in profiles else 0 for day in batch.days}
        refuse_other_rows(ctx, inputs, scored, rows)
        verdicts = judge_scores(ctx, batch, profiles, _check(ctx))
        read = {name: TableRead(inputs.versions[name], one.start, one.end) for name, one in inputs.intervals.items()}
        ctx.profiles.write("features", ctx.pipeline.name, batch.run_id, profiles)
        _write_sums(ctx, scored, inputs, batch)
        return publish_scores(ctx, scored, JudgedScores(batch, rows, verdicts, read)).to_json()
    finally:
        scored.unpersist()


def _scored(ctx: Context, batch: Batch) -> tuple[DataFrame, list[str], Inputs]:
    """Return the features of the days with their scores, the names of the features, and their inputs."""
    from assay.spark.features.point_in_time import feature_columns
    from assay.spark.scoring.score import score_frame

    days, key = batch.days, feature_key(ctx)
    inputs = (
        inputs_at_versions(ctx, batch.interval, batch.versions)
        if batch.versions
        else find_inputs(ctx, batch.interval, rows=days)
    )
    frame = features_of(ctx, inputs, read_inputs(ctx, inputs)).where(column_in(ctx, days))
    features = feature_columns(frame, key)
    ctx.progress(f"scoring {quantity(len(days), 'day')} with version {batch.champion}")
    scored = score_frame(frame, keep=[*key, *features], columns=features, models=[batch.model], strict=False)
    return scored, features, inputs


def _measure(ctx: Context, scored: DataFrame, features: list[str], batch: Batch) -> Mapping[date, TableProfile]:
    """Return a Profile per day, on the grids of the champion's training: drift compares like with like."""
    from assay.spark.profiling.profile_job import feature_columns_of, measure

    trained = trained_profile(ctx, batch.champion)
    columns = [*feature_columns_of(scored, features, like=trained), _score_column(ctx, trained)]
    return measure(scored, ctx.partition, columns, [_check(ctx)])


def _score_column(ctx: Context, trained: TableProfile) -> MeasuredColumn:
    from assay.spark.profiling.profile_job import MeasuredColumn

    return MeasuredColumn(CHAMPION_SCORE, "double", score_bin_exponent(ctx, trained))


def _write_sums(ctx: Context, scored: DataFrame, inputs: Inputs, batch: Batch) -> None:
    """Write the business sums of the days, from the rows as they were scored; nothing where the spec has no sum."""
    sums = ctx.pipeline.spec.summary.sums
    if not sums:
        return
    from assay.spark.profiling.daily_sums import measure_sums

    rows = read_inputs(ctx, inputs)[ctx.pipeline.spec.features.rows].where(column_in(ctx, batch.days))
    measured = measure_sums(rows, scored, partition=ctx.partition, key=feature_key(ctx), sums=sums)
    ctx.runs.write(batch.run_id, DAILY_SUMS, measured)


def _check(ctx: Context) -> Check:
    """Return the check that counts the impossible scores, in the job that measures the days."""
    predicate = possible_sql(ctx.pipeline.spec.label.task, CHAMPION_SCORE)
    return Check(ScoreCheck.POSSIBLE, CHAMPION_SCORE, predicate=predicate)
