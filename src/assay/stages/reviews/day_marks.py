"""The served days on which something was wrong with the data, and those that other code cleaned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from assay.core.run_status import RunStatus
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionStatus


def incident_days(ctx: Context, days: Collection[date]) -> frozenset[date]:
    """Return those of the days whose input or scores were held or released, as of the newest run of each date.

    A date that was repaired is none. A table that features read with a lookback spreads an incident over so many days.
    """
    reach = {table: ctx.pipeline.spec.features.inputs.get(table, 0) for table in ctx.pipeline.spec.tables}
    wrong = {
        day + timedelta(days=n)
        for table, lookback in reach.items()
        for day in _released_or_held(ctx, "clean", table)
        for n in range(lookback + 1)
    }
    return frozenset(days) & (wrong | _released_or_held(ctx, "score", ctx.pipeline.name))


def _released_or_held(ctx: Context, stage: str, subject: str) -> set[date]:
    return {
        day
        for day, (record, state) in ctx.ledger.latest(stage, subject).items()
        if record.status is RunStatus.RELEASED or state.state is PartitionStatus.HELD
    }


def days_of_other_code(ctx: Context, days: Collection[date], like: date) -> frozenset[date]:
    """Return those of the days on which a table was cleaned by another code or definition than on the day `like`."""
    changed: set[date] = set()
    for table in ctx.pipeline.spec.tables:
        latest = ctx.ledger.latest("clean", table)
        if like in latest:
            first = latest[like][1].identity.definition
            changed |= {day for day in days if day in latest and latest[day][1].identity.definition != first}
    return frozenset(changed)
