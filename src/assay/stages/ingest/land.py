"""land: check that what upstream dropped is whole, and write down exactly what was there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from assay.core.interval import Interval, days_in_words
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.errors import InputError
from assay.stages.ingest.sources.day_source import source_of
from assay.stages.ingest.sources.pins import MANIFESTS, moved_pins, pinned_manifests, write_manifests
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.tables.owners import own_table
from assay.store.landing.table_manifest import LandedDay
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, new_run_id

__all__ = ["MANIFESTS", "NotLanded", "land", "manifests_to_clean", "not_landed", "take_manifests"]


@dataclass(frozen=True, slots=True)
class NotLanded:
    """The days of an interval for which a table has no drop; `allowed` where its spec has `missing: allow`."""

    table: str
    days: tuple[date, ...]
    allowed: bool

    @property
    def sentence(self) -> str:
        """The days that have not landed, in words; empty where all have."""
        if not self.days:
            return ""
        named = f"{quantity(len(self.days), 'day')} of {self.table} not landed ({days_in_words(self.days)})"
        return f"{named}, which its spec allows" if self.allowed else named

    def added_to(self, outcome: StageOutcome) -> StageOutcome:
        """Return the outcome of the days that did land with the days that did not: exit 2, unless they are allowed."""
        if not self.days:
            return outcome
        with_missing_days = replace(
            outcome,
            sentence=f"{outcome.sentence}; {self.sentence}",
            numbers={**outcome.numbers, "not_landed": [str(day) for day in self.days]},
        )
        if self.allowed:
            return with_missing_days
        sentence = f"{with_missing_days.sentence}: wait for the drops, or say 'missing: allow' in the table's spec"
        status = with_missing_days.status if with_missing_days.exit_code else RunStatus.NOT_LANDED
        return replace(
            with_missing_days, sentence=sentence, status=status, exit_code=max(2, with_missing_days.exit_code)
        )

    def alone(self, stage: str) -> StageOutcome:
        """Return the outcome of a stage that found no drop at all in a table that may be without."""
        numbers = {"not_landed": [str(day) for day in self.days]}
        return StageOutcome(
            stage, self.table, None, f"nothing to do: {self.sentence}", status=RunStatus.SKIPPED, numbers=numbers
        )


def not_landed(ctx: Context, table: str, interval: Interval, landed: Collection[date]) -> NotLanded:
    """Return the days of the interval that are not among `landed`.

    Where days may be missing, those are left out that were clean once and whose drop is gone since.
    """
    allowed = ctx.table(table).missing == "allow"
    known = ctx.ledger.latest("clean", table) if allowed else {}
    days = tuple(day for day in interval if day not in landed and day not in known)
    return NotLanded(table, days, allowed)


def take_manifests(ctx: Context, table: str, interval: Interval) -> dict[date, LandedDay]:
    """Return the manifest of every date of the interval that has landed; `not_landed` names the others.

    Raises:
        InputError: No date has landed, and the table has no `missing: allow`; or a date has no rows, and the table has
            no `empty: allow`.
    """
    spec, source = ctx.table(table), source_of(ctx, table)
    source.check_there()
    manifests: dict[date, LandedDay] = {}
    source.prepare(interval)
    for done, day in enumerate(interval):
        ctx.watch.day_done(table, done, len(interval))
        manifest = source.manifest(day)
        if manifest is None:
            continue
        if manifest.lines == 0 and spec.empty == "refuse":
            raise InputError(
                f"the drop of the table '{table}' for {day} holds no rows: {manifest.files[0].path}",
                code="empty-landing",
                hint="ask upstream for the rows, or say 'empty: allow' in the table's spec to publish an empty day",
            )
        manifests[day] = manifest
    ctx.watch.day_done(table, len(interval), len(interval))
    if not manifests and spec.missing == "fail":
        more = f", nor do those of the {len(interval) - 1} days after it" if len(interval) > 1 else ""
        raise InputError(
            f"nothing has landed for the table '{table}' on {interval}: {source.drop(interval.start)} does not "
            f"exist{more}",
            code="not-landed",
            hint="wait for the drop, or say 'missing: allow' in the table's spec",
        )
    source.check_manifests(manifests)
    return manifests


def manifests_to_clean(ctx: Context, table: str, interval: Interval, *, record: bool = True) -> dict[date, LandedDay]:
    """Return the manifests that cleaning reads by.

    Files are taken as they are now. Of a table with versions, each date is taken as landing pinned it. A date that was
    not landed yet is pinned now, with a record of its own if `record` is true. Raises as `take_manifests` does.
    """
    if not source_of(ctx, table).pins:
        return take_manifests(ctx, table, interval)
    pinned = pinned_manifests(ctx, table, interval)
    rest = [day for day in interval if day not in pinned]
    if not rest:
        return pinned
    taken = _taken(ctx, table, interval, may_lack=bool(pinned))
    unpinned = {day: taken[day] for day in rest if day in taken}
    if unpinned and record:
        _record(ctx, table, interval, unpinned)
    return dict(sorted({**pinned, **unpinned}.items()))


def _taken(ctx: Context, table: str, interval: Interval, *, may_lack: bool) -> dict[date, LandedDay]:
    try:
        return take_manifests(ctx, table, interval)
    except InputError as error:
        if may_lack and error.code == "not-landed":
            return {}
        raise


def land(ctx: Context, table: str, interval: Interval) -> StageOutcome:
    """Record the manifests of an interval, without a record when none of them changed.

    Raises:
        InputError: Another pipeline defines the table differently.
    """
    source_of(ctx, table).check_there()
    own_table(ctx, table)
    manifests = take_manifests(ctx, table, interval)
    missing = not_landed(ctx, table, interval, manifests)
    if missing.days and not manifests:
        return missing.alone("land")
    return missing.added_to(_record(ctx, table, interval, manifests))


def _record(ctx: Context, table: str, interval: Interval, manifests: dict[date, LandedDay]) -> StageOutcome:
    known = ctx.ledger.latest("land", table)
    moved = moved_pins(ctx, table, manifests)
    new = {
        day: manifest
        for day, manifest in manifests.items()
        if ctx.force or day not in known or known[day][1].identity.input != manifest.digest
    }
    changed = {day: manifest for day, manifest in manifests.items() if day in new or day in moved}
    unchanged = f"{quantity(len(manifests), 'day')} of {table} landed unchanged"
    if not changed:
        return StageOutcome("land", table, None, unchanged)
    run_id = new_run_id("land")
    write_manifests(ctx, run_id, changed)
    lines = sum(manifest.lines for manifest in changed.values())
    ctx.ledger.append(
        ctx.record(
            run_id,
            "land",
            table,
            interval,
            RunStatus.DONE,
            partitions={
                str(day): PartitionState(
                    PartitionStatus.LANDED,
                    PartitionFingerprint(table, str(day), manifest.digest, "", ""),
                    {"lines": manifest.lines},
                )
                for day, manifest in changed.items()
            },
            counts={"days": len(changed), "files": sum(len(m.files) for m in changed.values()), "lines": lines},
        )
    )
    landed = sum(manifest.lines for manifest in new.values())
    sentence = f"{quantity(len(new), 'day')} of {table} landed, {quantity(landed, 'line')}" if new else unchanged
    return StageOutcome("land", table, run_id, sentence, numbers={"lines": landed})
