"""Predictions of some days by versions that are settled already: scores, Profiles, then one commit per table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion, ScoreRole
from assay.core.profiles.table_profile import TableProfile
from assay.core.text import quantity
from assay.stages.models.model_versions import trained_profile, version_entry
from assay.stages.models.outcomes import score_bin_exponent
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.tables.commit import commit
from assay.stages.training.inputs import (
    Inputs,
    column_in,
    feature_key,
    features_of,
    find_inputs,
    inputs_at_versions,
    read_inputs,
    refuse_other_rows,
)
from assay.store.failpoints import failpoint
from assay.store.ledger.run_details import ScoringDetails, TableRead
from assay.store.ledger.run_documents import RECORD
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, RunRecord

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.spark.scoring.score import ScoringModel

SCORED = "predictions"
SHADOW = "predictions_shadow"
CHAMPION_SCORE = "score"
"""The name of the champion's model, and of its column, in a scan."""

CHALLENGER_SCORE = "shadow"
"""The name of the challenger's model, and of its column, in a scan."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One scoring: its run, its days with their identities, its versions, and those of their models that score here.

    `versions` are those of the tables to read; a table that is missing there is read at its newest one.
    """

    run_id: str
    identities: Mapping[date, PartitionFingerprint]
    champion: ModelVersion
    challenger: ModelVersion | None
    models: tuple[ScoringModel, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def days(self) -> list[date]:
        """The days to score, in order."""
        return sorted(self.identities)

    def to_json(self) -> dict[str, Any]:
        """Return the batch as plain JSON types."""
        return {
            "run_id": self.run_id,
            "identities": [asdict(identity) for identity in self.identities.values()],
            "champion": self.champion,
            "challenger": self.challenger,
            "models": [asdict(model) for model in self.models],
            "versions": dict(self.versions),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Batch:
        """Return the batch that `to_json` wrote."""
        from assay.spark.scoring.score import ScoringModel

        identities = [PartitionFingerprint(**identity) for identity in data["identities"]]
        models = tuple(ScoringModel(**model) for model in data["models"])
        by_day = {date.fromisoformat(identity.date): identity for identity in identities}
        return cls(data["run_id"], by_day, data["champion"], data["challenger"], models, data["versions"])


def write_predictions(ctx: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Score a batch with the champion, and with the challenger if its model is in it; return the outcome as JSON."""
    batch = Batch.from_json(arguments)
    scored, features, inputs = _scored(ctx, batch)
    scored = scored.persist()
    try:
        profiles = _measure(ctx, scored, features, batch.champion)
        rows = {day: profiles[day].rows if day in profiles else 0 for day in batch.days}
        refuse_other_rows(ctx, inputs, scored, rows)
        record = _record(ctx, batch, rows, inputs)
        ctx.profiles.write("features", ctx.pipeline.name, batch.run_id, profiles)
        ctx.runs.write(batch.run_id, RECORD, record)
        failpoint("score:before-tasks")
        if any(model.name == CHALLENGER_SCORE for model in batch.models):
            _commit(ctx, scored, batch, CHALLENGER_SCORE)
        _commit(ctx, scored, batch, CHAMPION_SCORE)
        failpoint("score:after-commit")
        ctx.ledger.append(record)
    finally:
        scored.unpersist()
    total = sum(rows.values())
    shadow = f", version {batch.challenger} in the shadow" if batch.challenger else ""
    sentence = f"{quantity(len(rows), 'day')} scored by version {batch.champion}{shadow}: {quantity(total, 'row')}"
    numbers = {"rows": total, "version": batch.champion}
    return StageOutcome("score", ctx.pipeline.name, batch.run_id, sentence, numbers=numbers).to_json()


def write_shadow(ctx: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Score a batch with the challenger alone, into the shadow's table; nothing counts before the champion's commit."""
    batch = Batch.from_json(arguments)
    _commit(ctx, _scored(ctx, batch)[0], batch, CHALLENGER_SCORE)
    failpoint("score:after-shadow")
    return {}


def _scored(ctx: Context, batch: Batch) -> tuple[DataFrame, list[str], Inputs]:
    """Return the features of the days with a score for each model, the names of the features, and their inputs."""
    from assay.spark.features.point_in_time import feature_columns
    from assay.spark.scoring.score import score_frame

    days, key = batch.days, feature_key(ctx)
    interval = Interval(min(days), max(days) + timedelta(days=1))
    inputs = (
        inputs_at_versions(ctx, interval, batch.versions) if batch.versions else find_inputs(ctx, interval, rows=days)
    )
    frame = features_of(ctx, inputs, read_inputs(ctx, inputs)).where(column_in(ctx, days))
    features = feature_columns(frame, key)
    versions = {CHAMPION_SCORE: batch.champion, CHALLENGER_SCORE: batch.challenger}
    named = " and ".join(f"version {versions[model.name]}" for model in batch.models)
    ctx.progress(f"scoring {quantity(len(days), 'day')} with {named}")
    return score_frame(frame, keep=[*key, *features], columns=features, models=batch.models), features, inputs


def _measure(
    ctx: Context, scored: DataFrame, features: list[str], version: ModelVersion
) -> Mapping[date, TableProfile]:
    """Return a Profile per day, on the grids of the champion's training: drift compares like with like."""
    from assay.spark.profiling.profile_job import MeasuredColumn, feature_columns_of, measure

    trained = trained_profile(ctx, version)
    columns = [
        *feature_columns_of(scored, features, like=trained),
        MeasuredColumn(CHAMPION_SCORE, "double", score_bin_exponent(ctx, trained)),
    ]
    return measure(scored, ctx.partition, columns, [])


def _commit(ctx: Context, scored: DataFrame, batch: Batch, column: str) -> None:
    from pyspark.sql import functions as F

    name = ctx.pipeline.name
    kind, version = (SCORED, batch.champion) if column == CHAMPION_SCORE else (SHADOW, batch.challenger)
    rows = scored.select(
        *feature_key(ctx),
        F.col(column).alias("score"),
        F.lit(version).cast("int").alias("model_version"),
        F.lit(batch.run_id).alias("run_id"),
        F.lit(datetime.now(UTC)).cast("timestamp").alias("scored_at"),
    )
    metadata = {"run_id": batch.run_id, "pipeline": name, "stage": "score", "subject": name}
    commit(ctx, rows, (kind, name), batch.days, metadata)


def _record(ctx: Context, batch: Batch, rows: Mapping[date, int], inputs: Inputs) -> RunRecord:
    days = batch.days
    versions = {ScoreRole.SERVED: batch.champion}
    if batch.challenger is not None:
        versions[ScoreRole.SHADOW] = batch.challenger
    return ctx.record(
        batch.run_id,
        "score",
        ctx.pipeline.name,
        Interval(min(days), max(days) + timedelta(days=1)),
        "done",
        partitions={
            str(day): PartitionState(PartitionStatus.SCORED, identity, {"rows": rows[day]}, versions)
            for day, identity in batch.identities.items()
        },
        counts={"rows": sum(rows.values())},
        details=ScoringDetails(
            last_commit=f"{SCORED}/{ctx.pipeline.name}",
            version=batch.champion,
            challenger=batch.challenger,
            digest=version_entry(ctx, batch.champion).digest,
            read={
                name: TableRead(inputs.versions[name], read.start, read.end) for name, read in inputs.intervals.items()
            },
        ),
    )
