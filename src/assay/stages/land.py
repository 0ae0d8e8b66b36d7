"""land: check that what upstream dropped is whole, and write down exactly what was there."""

from __future__ import annotations

from datetime import date

from assay.core.interval import Interval
from assay.core.text import quantity
from assay.errors import InputError
from assay.stages.context import Context, Outcome
from assay.stages.landed import read_on_workers
from assay.stages.owners import own_table
from assay.store.manifests import Manifest, refuse_repeated_days, take_manifest
from assay.store.record import Identity, PartitionState, new_run_id


def take_manifests(ctx: Context, table: str, interval: Interval) -> dict[date, Manifest]:
    """The manifest of every date of the interval that has landed.

    Raises InputError for a date without a drop, unless the table says `missing: allow`, and for a day without rows,
    unless it says `empty: allow`.
    """
    spec, schema = ctx.table(table), ctx.pipeline.schemas[table]
    manifests: dict[date, Manifest] = {}
    read_on_workers(ctx, spec.from_.path, schema, interval)
    for day in interval:
        manifest = take_manifest(ctx.landing, spec.from_.path, day, schema, table=table, reader=ctx.reader)
        if manifest is None:
            if spec.missing == "fail":
                raise InputError(
                    f"nothing has landed for the table '{table}' on {day}: {spec.from_.path}/{day} does not exist",
                    code="not-landed",
                    hint="wait for the drop, or say 'missing: allow' in the table's spec",
                )
            continue
        if manifest.lines == 0 and spec.empty == "refuse":
            raise InputError(
                f"the drop of the table '{table}' for {day} holds no rows: {manifest.files[0].path}",
                code="empty-landing",
                hint="ask upstream for the rows, or say 'empty: allow' in the table's spec to publish an empty day",
            )
        manifests[day] = manifest
    refuse_repeated_days(manifests.values())
    return manifests


def land(ctx: Context, table: str, interval: Interval) -> Outcome:
    """Record the manifests of an interval; done already when none of them changed. Raises InputError for a table that
    another pipeline defines differently."""
    own_table(ctx, table)
    manifests = take_manifests(ctx, table, interval)
    known = ctx.ledger.latest("land", table)
    changed = {
        day: manifest
        for day, manifest in manifests.items()
        if ctx.force or day not in known or known[day][1].identity.input != manifest.digest
    }
    if not changed:
        return Outcome("land", table, None, f"{quantity(len(manifests), 'day')} of {table} landed unchanged")
    run_id = new_run_id("land")
    ctx.runs.write(run_id, "manifest", {str(day): manifest.to_json() for day, manifest in changed.items()})
    lines = sum(manifest.lines for manifest in changed.values())
    ctx.ledger.append(
        ctx.record(
            run_id,
            "land",
            table,
            interval,
            "done",
            partitions={
                str(day): PartitionState(
                    "landed", Identity(table, str(day), manifest.digest, "", ""), {"lines": manifest.lines}
                )
                for day, manifest in changed.items()
            },
            counts={"days": len(changed), "files": sum(len(m.files) for m in changed.values()), "lines": lines},
        )
    )
    return Outcome(
        "land",
        table,
        run_id,
        f"{quantity(len(changed), 'day')} of {table} landed, {quantity(lines, 'line')}",
        numbers={"lines": lines},
    )
