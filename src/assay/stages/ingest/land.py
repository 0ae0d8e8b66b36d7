"""land: check that what upstream dropped is whole, and write down exactly what was there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from assay.core.interval import Interval, days_in_words
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.errors import InfrastructureError, InputError
from assay.stages.ingest.worker_reads import read_on_workers
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.tables.owners import own_table
from assay.store.landing.manifest import MANIFESTS_FORMAT, Manifest, refuse_repeated_days, take_manifest
from assay.store.ledger.run_documents import RunDocument
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, new_run_id

MANIFESTS = RunDocument("manifest", MANIFESTS_FORMAT)


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


def take_manifests(ctx: Context, table: str, interval: Interval) -> dict[date, Manifest]:
    """Return the manifest of every date of the interval that has landed; `not_landed` names the others.

    Raises:
        InputError: No date has landed, and the table has no `missing: allow`; or a date has no rows, and the table has
            no `empty: allow`.
    """
    spec, schema = ctx.table(table), ctx.pipeline.schemas[table]
    refuse_gone(ctx, table)
    manifests: dict[date, Manifest] = {}
    read_on_workers(ctx, spec.from_.path, schema, interval)
    for done, day in enumerate(interval):
        ctx.watch.day_done(table, done, len(interval))
        manifest = take_manifest(ctx.landing, spec.from_.path, day, schema, table=table, reader=ctx.reader)
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
            f"nothing has landed for the table '{table}' on {interval}: {spec.from_.path}/{interval.start} does not "
            f"exist{more}",
            code="not-landed",
            hint="wait for the drop, or say 'missing: allow' in the table's spec",
        )
    refuse_repeated_days(manifests.values())
    return manifests


def refuse_gone(ctx: Context, table: str) -> None:
    """Check that the landing is there, and the table's source if days have landed in it before.

    Raises:
        InfrastructureError: One of the two is gone: a disk is not mounted.
    """
    source = ctx.landing / ctx.table(table).from_.path
    if not source.is_dir() and ctx.ledger.latest("land", table):
        raise InfrastructureError(
            f"the landing {source} does not exist, and days of the table '{table}' have landed there before",
            code="not-mounted",
            hint="mount its disk, or make the folder again if upstream has moved: mkdir -p " + str(source),
        )


def land(ctx: Context, table: str, interval: Interval) -> StageOutcome:
    """Record the manifests of an interval, without a record when none of them changed.

    Raises:
        InputError: Another pipeline defines the table differently.
    """
    refuse_gone(ctx, table)
    own_table(ctx, table)
    manifests = take_manifests(ctx, table, interval)
    missing = not_landed(ctx, table, interval, manifests)
    if missing.days and not manifests:
        return missing.alone("land")
    return missing.added_to(_record(ctx, table, interval, manifests))


def _record(ctx: Context, table: str, interval: Interval, manifests: dict[date, Manifest]) -> StageOutcome:
    known = ctx.ledger.latest("land", table)
    changed = {
        day: manifest
        for day, manifest in manifests.items()
        if ctx.force or day not in known or known[day][1].identity.input != manifest.digest
    }
    if not changed:
        return StageOutcome("land", table, None, f"{quantity(len(manifests), 'day')} of {table} landed unchanged")
    run_id = new_run_id("land")
    ctx.runs.write(run_id, MANIFESTS, changed)
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
    return StageOutcome(
        "land",
        table,
        run_id,
        f"{quantity(len(changed), 'day')} of {table} landed, {quantity(lines, 'line')}",
        numbers={"lines": lines},
    )
