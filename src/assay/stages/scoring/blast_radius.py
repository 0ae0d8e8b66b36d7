"""The reach of a version's scores: the dates, the rows, the tables, and who reads them; no JVM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.core.interval import days_in_words
from assay.core.model_versions import ModelVersion
from assay.core.text import quantity
from assay.stages.planning.score_days import held_scores
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import monitorings
from assay.stages.scoring.batch import SCORED
from assay.stages.tables.catalog import name_of
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """The reach of a version's scores.

    - `days` are the dates whose served scores are the version's, with their rows.
    - `tables` are the places of these scores: the folder in the lake, and the name in the catalog if there is one.
    - `readers` are those that the spec names under `score: {readers: ...}`.
    - `monitored` is the number of monitorings that judged the version.
    - `held` are the dates of which its scores are held, so that no reader has them.
    """

    version: ModelVersion
    days: Mapping[date, int]
    tables: tuple[str, ...]
    readers: tuple[str, ...]
    monitored: int
    held: tuple[date, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows that have the version's scores."""
        return sum(self.days.values())

    def lines(self) -> list[str]:
        """Return the reach in words, a line for each kind."""
        held = [f"scores of version {self.version} are held for {days_in_words(self.held)}"] if self.held else []
        if not self.days:
            return [f"version {self.version} has given no score that is still served", *held]
        first, last = min(self.days), max(self.days)
        between = str(first) if first == last else f"{quantity(len(self.days), 'day')} from {first} to {last}"
        return [
            f"version {self.version} gave the scores of {between}: {quantity(self.rows, 'row')}",
            f"  in {', '.join(self.tables)}",
            f"  read by {', '.join(self.readers)}" if self.readers else "  the spec names no reader (score: readers)",
            f"  judged by {quantity(self.monitored, 'monitoring')}",
            *held,
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the reach as plain JSON types."""
        return {
            "version": self.version,
            "days": {str(day): rows for day, rows in self.days.items()},
            "rows": self.rows,
            "tables": list(self.tables),
            "readers": list(self.readers),
            "monitored": self.monitored,
            "held": [str(day) for day in self.held],
        }


def blast_radius(ctx: Context, version: ModelVersion) -> BlastRadius:
    """Return the reach of a version's scores, from the ledger."""
    days = {day: state.counts.get("rows", 0) for day, (_, state) in scored_by(ctx, version).items()}
    judged = [record.details for record in monitorings(ctx)]
    monitored = sum(isinstance(one, MonitoringDetails) and one.version == version for one in judged)
    readers = tuple(ctx.pipeline.spec.score.readers)
    return BlastRadius(version, days, _tables(ctx), readers, monitored, tuple(held_by(ctx, version)))


def scored_by(ctx: Context, version: ModelVersion) -> dict[date, tuple[RunRecord, PartitionState]]:
    """Return the dates whose served scores are the version's, in order, each with the run that wrote them."""
    latest = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    return {day: (record, state) for day, (record, state) in latest.items() if state.version == version}


def held_by(ctx: Context, version: ModelVersion) -> dict[date, tuple[RunRecord, PartitionState]]:
    """Return the dates of which the version's scores are held, in order, each with the run that wrote them."""
    return {day: (record, state) for day, (record, state) in held_scores(ctx).items() if state.version == version}


def _tables(ctx: Context) -> tuple[str, ...]:
    name, database = ctx.pipeline.name, ctx.pipeline.project.environment.database
    named = (f"{database}.{name_of(SCORED, name)}",) if database else ()
    return (str(ctx.folder(SCORED, name)), *named)
