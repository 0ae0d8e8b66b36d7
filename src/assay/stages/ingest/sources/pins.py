"""The manifests that landing has written: for a table with versions they pin the version that cleaning reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from assay.connections import source_address
from assay.stages.runtime.context import Context
from assay.store.landing.manifest import MANIFESTS_FORMAT, Manifest
from assay.store.landing.table_manifest import TABLE_MANIFESTS_FORMAT, LandedDay, TableManifest
from assay.store.ledger.run_documents import RunDocument

MANIFESTS = RunDocument("manifest", MANIFESTS_FORMAT)
TABLE_MANIFESTS = RunDocument("table-manifest", TABLE_MANIFESTS_FORMAT)


def write_manifests(ctx: Context, run_id: str, manifests: Mapping[date, LandedDay]) -> None:
    """Write the manifests of a landing, in the form of their kind."""
    files = {day: one for day, one in manifests.items() if isinstance(one, Manifest)}
    tables = {day: one for day, one in manifests.items() if isinstance(one, TableManifest)}
    if files:
        ctx.runs.write(run_id, MANIFESTS, files)
    if tables:
        ctx.runs.write(run_id, TABLE_MANIFESTS, tables)


def pinned_manifests(ctx: Context, table: str, days: Iterable[date]) -> dict[date, LandedDay]:
    """Return what the newest landing of each date has pinned; a date is left out that was landed from another source.

    So is a date whose landing's documents were removed since.
    """
    source = ctx.table(table).from_
    address, latest = source_address(ctx.pipeline.project, source), ctx.ledger.latest("land", table)
    pinned: dict[date, LandedDay] = {}
    documents: dict[str, dict[date, TableManifest] | None] = {}
    for day in days:
        if day not in latest:
            continue
        run_id = latest[day][0].run_id
        if run_id not in documents:
            documents[run_id] = ctx.runs.find(run_id, TABLE_MANIFESTS)
        manifest = (documents[run_id] or {}).get(day)
        if manifest is not None and (manifest.source, manifest.date_column) == (address, source.date):
            pinned[day] = manifest
    return pinned


def moved_pins(ctx: Context, table: str, manifests: Mapping[date, LandedDay]) -> set[date]:
    """Return the dates whose manifest is of another version, or of another source, than the one that is pinned."""
    tables = {day: one for day, one in manifests.items() if isinstance(one, TableManifest) and one.version is not None}
    if not tables:
        return set()
    pinned = pinned_manifests(ctx, table, tables)
    versions = {day: one.version for day, one in pinned.items() if isinstance(one, TableManifest)}
    return {day for day, one in tables.items() if versions.get(day) != one.version}
