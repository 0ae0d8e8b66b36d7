"""The repaired records of a table's days, on their way into the rows of the days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from assay.core.landing.refused_records import RepairedRecord
from assay.core.landing.repaired_records import RepairedRow
from assay.stages.runtime.context import Context
from assay.store.landing.table_manifest import LandedDay
from assay.store.ledger.run_details import ReplayedDay, ReplayOrigin
from assay.store.ledger.table_repairs import DayRepairs

if TYPE_CHECKING:
    from assay.spark.landing.replayed_rows import Replay
    from assay.spec.schema.source import Source
    from assay.spec.schema.table import TableSchema

NO_DAYS: Mapping[date, DayRepairs] = MappingProxyType({})
"""The repairs of a table that has none."""


class RepairReader(Protocol):
    """The source of a table, as the reader of its repaired records."""

    def read_repair(self, manifest: LandedDay, repair: RepairedRecord) -> RepairedRow | None:
        """Return a repaired record as one of its file, None where the manifest has no such file."""


def repaired_rows(
    source: RepairReader, manifests: Mapping[date, LandedDay], repairs: Mapping[date, DayRepairs]
) -> list[RepairedRow]:
    """Return the repairs of the manifests' days as records of the source, without those whose file is gone."""
    wanted = [(manifests[day], one) for day in sorted(repairs) if day in manifests for one in repairs[day].in_order]
    rows = [source.read_repair(manifest, repair) for manifest, repair in wanted]
    return [row for row in rows if row is not None]


def replayed_days(applied: Mapping[date, DayRepairs], fitting: Set[tuple[date, str]]) -> dict[date, ReplayedDay]:
    """Return the account of the repairs with which days were cleaned; `fitting` has those whose record was there."""
    days = {}
    for day, one in applied.items():
        rows = sum((day, name) in fitting for name in one.repairs)
        origins = [ReplayOrigin(e.number, e.who, e.at, e.why, e.claimed) for e in one.entries]
        days[day] = ReplayedDay(rows, len(one.repairs) - rows, one.last, tuple(origins))
    return days


def replay_of(ctx: Context, schema: TableSchema, source: Source, rows: Sequence[RepairedRow]) -> Replay | None:
    """Return the repaired records as Spark reads them, None without any."""
    from assay.spark.landing.replayed_rows import Replay

    if not rows:
        return None
    text = source.format in ("csv", "jsonl")
    shape = schema if text else schema.without_formats()
    return Replay(rows, shape, ctx.partition, ctx.pipeline.spec.timezone, nulls_are_read=source.format != "csv")
