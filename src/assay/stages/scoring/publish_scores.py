"""One commit per table: the good days to the predictions, the bad ones to the held ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from assay.core.decisions.score_day import days_held
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.core.verdict import Verdict, worst
from assay.stages.features.inputs import column_in, feature_key
from assay.stages.models.model_versions import version_entry
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.scoring.batch import CHAMPION_SCORE, HELD_SCORES, SCORED, Batch
from assay.stages.tables.commit import commit, empty
from assay.store.failpoints import failpoint
from assay.store.ledger.run_details import ScoringDetails, TableRead
from assay.store.ledger.run_documents import DAILY_VERDICTS, RECORD
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class JudgedScores:
    """All results of one scoring, before any of it is visible."""

    batch: Batch
    rows: Mapping[date, int]
    verdicts: Mapping[date, Verdict]
    read: Mapping[str, TableRead]

    @property
    def held(self) -> list[date]:
        """The days that are held, in order."""
        return days_held(self.verdicts)

    @property
    def good(self) -> list[date]:
        """The days that may be published, in order."""
        return [day for day in self.batch.days if day not in self.held]


def publish_scores(ctx: Context, scored: DataFrame, judged: JudgedScores) -> StageOutcome:
    """Write verdicts and record, then the commits, then the ledger: after a kill anywhere it can be run again.

    The last commit decides: that of the good days, or that of the held ones where no day is good.
    """
    batch = judged.batch
    once_held = _once_held(ctx, judged)
    record = _record(ctx, judged)
    ctx.runs.write(batch.run_id, DAILY_VERDICTS, dict(judged.verdicts))
    ctx.runs.write(batch.run_id, RECORD, record)
    failpoint("score:before-tasks")
    if judged.held:
        _commit(ctx, scored, batch, HELD_SCORES, judged.held)
        failpoint("score:after-held")
    if judged.good:
        _commit(ctx, scored, batch, SCORED, judged.good)
    failpoint("score:after-commit")
    ctx.ledger.append(ctx.with_use(record))
    if once_held:
        empty_held(ctx, once_held)
    return _outcome(ctx, judged, record)


def empty_held(ctx: Context, days: Sequence[date]) -> None:
    """Remove the held scores of days that are published now."""
    name = ctx.pipeline.name
    metadata = {"run_id": "", "pipeline": name, "stage": "score", "subject": name}
    empty(ctx, (HELD_SCORES, name), days, metadata)


def _once_held(ctx: Context, judged: JudgedScores) -> list[date]:
    latest = ctx.ledger.latest("score", ctx.pipeline.name)
    return [day for day in judged.good if day in latest and latest[day][1].state is PartitionStatus.HELD]


def _commit(ctx: Context, scored: DataFrame, batch: Batch, kind: str, days: Sequence[date]) -> None:
    from pyspark.sql import functions as F

    name = ctx.pipeline.name
    chosen = scored if list(days) == batch.days else scored.where(column_in(ctx, days))
    rows = chosen.select(
        *feature_key(ctx),
        F.col(CHAMPION_SCORE).alias("score"),
        F.lit(batch.champion).cast("int").alias("model_version"),
        F.lit(batch.run_id).alias("run_id"),
        F.lit(datetime.now(UTC)).cast("timestamp").alias("scored_at"),
    )
    metadata = {"run_id": batch.run_id, "pipeline": name, "stage": "score", "subject": name}
    commit(ctx, rows, (kind, name), days, metadata)


def _record(ctx: Context, judged: JudgedScores) -> RunRecord:
    batch, name = judged.batch, ctx.pipeline.name
    return ctx.record(
        batch.run_id,
        "score",
        name,
        batch.interval,
        RunStatus.HELD if judged.held else RunStatus.DONE,
        partitions={str(day): _state(judged, day) for day in batch.days},
        counts=_counts(judged),
        verdict=worst(judged.verdicts.values()).summary,
        details=ScoringDetails(
            last_commit=f"{SCORED if judged.good else HELD_SCORES}/{name}",
            version=batch.champion,
            digest=version_entry(ctx, batch.champion).digest,
            read=judged.read,
        ),
    )


def _state(judged: JudgedScores, day: date) -> PartitionState:
    batch = judged.batch
    status = PartitionStatus.HELD if day in judged.held else PartitionStatus.SCORED
    return PartitionState(status, batch.identities[day], {"rows": judged.rows[day]}, batch.champion)


def _counts(judged: JudgedScores) -> dict[str, int]:
    counts = {"rows": sum(judged.rows[day] for day in judged.good)}
    return counts | {"held": sum(judged.rows[day] for day in judged.held)} if judged.held else counts


def _outcome(ctx: Context, judged: JudgedScores, record: RunRecord) -> StageOutcome:
    batch, held = judged.batch, judged.held
    scored = f"{quantity(len(judged.good), 'day')} scored by version {batch.champion}"
    sentence = f"{scored}: {quantity(record.counts['rows'], 'row')}"
    if held:
        sentence += f"; {len(held)} held, {held[0]}: {judged.verdicts[held[0]].sentence}"
    return StageOutcome(
        "score",
        ctx.pipeline.name,
        batch.run_id,
        sentence,
        status=record.status if held else RunStatus.DONE,
        exit_code=3 if held else 0,
        numbers={**record.counts, "version": batch.champion},
    )
