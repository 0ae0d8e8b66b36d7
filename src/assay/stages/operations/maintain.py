"""maintain: compact small files, remove files that are no longer needed, fold old records; safe beside running jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InfrastructureError, LostRace
from assay.stages.operations.retention_leases import find_leases
from assay.stages.operations.table_maintenance import TablePlan, families, maintain_table, plan_table
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.scoring.batch import HELD_SCORES, SCORED
from assay.stages.tables.owners import refuse_other_definitions
from assay.stages.tables.recover import recover
from assay.store.failpoints import failpoint
from assay.store.ledger.run_documents import RECORD
from assay.store.ledger.run_record import RunRecord, new_run_id
from assay.store.locks.locks import hold, holders
from assay.store.locks.orphans import find_orphans

STAGE = "maintain"


@dataclass(slots=True)
class Report:
    """The work that a maintenance does, or would do: filled as it goes, so that a killed one is reported too."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    ledger: dict[str, int] = field(default_factory=lambda: {"records": 0, "blocks": 0})
    profiles: dict[str, int] = field(default_factory=lambda: {"profiles": 0, "packs": 0})
    leftovers: int = 0

    def add(self, plan: TablePlan) -> None:
        """Add one more table."""
        self.tables.append(plan.to_json())

    @property
    def counts(self) -> dict[str, int]:
        """The whole in a few numbers: files compacted and removed, bytes freed, records folded, profiles packed."""
        return {
            "files_compacted": sum(table["compacted"]["files"] for table in self.tables),
            "files_removed": sum(table["removed"]["files"] for table in self.tables),
            "bytes_removed": sum(table["removed"]["bytes"] for table in self.tables),
            "log_removed": sum(table["log"]["files"] for table in self.tables),
            "logs_guarded": sum(table["unguarded"] for table in self.tables),
            "records_folded": self.ledger["records"],
            "profiles_packed": self.profiles["profiles"],
            "leftovers_removed": self.leftovers,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON types."""
        parts = {"tables": self.tables, "skipped": self.skipped, "ledger": self.ledger, "profiles": self.profiles}
        return {**parts, "leftovers": self.leftovers}


def maintain(ctx: Context, *, dry_run: bool = False, now: float | None = None) -> StageOutcome:
    """Maintain the tables and the records of the pipeline; with `dry_run` only report what that would do.

    A table that a running job holds is left for the next time, and the report names it. `now` is in seconds since the
    epoch.
    """
    now = time.time() if now is None else now
    refuse_other_definitions(ctx, ctx.pipeline.spec.tables)
    if dry_run:
        return _outcome(ctx, _look(ctx, now), None, "would be")
    with hold(ctx.lake, f"{STAGE}/{ctx.pipeline.name}", None, wait=ctx.wait), _storage_faults():
        _tell_of_the_killed(ctx)
        run_id, report = new_run_id(STAGE), Report()
        due = [_maintain_tables(ctx, run_id, report, now), _maintain_records(ctx, run_id, report, now)]
        if not any(due):
            return _outcome(ctx, report, None, "were")
        ctx.ledger.append(_record(ctx, run_id, report, RunStatus.DONE))
        return _outcome(ctx, report, run_id, "were")


def _look(ctx: Context, now: float) -> Report:
    report = Report()
    for tables in families(ctx).values():
        for plan in _plans(ctx, tables, now):
            report.add(plan)
    _look_at_records(ctx, report, now)
    return report


@contextmanager
def _storage_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InfrastructureError(
            f"cannot change {error.filename}: {error.strerror}",
            code="cannot-write",
            hint="mend it, then run this again",
        ) from error


def _maintain_tables(ctx: Context, run_id: str, report: Report, now: float) -> bool:
    """Maintain the tables, and return whether anything was due in one."""
    any_due = False
    for lock, tables in families(ctx).items():
        try:
            with hold(ctx.lake, lock, None, wait=ctx.wait):
                _recover(ctx, tables)
                for plan in _plans(ctx, tables, now):
                    report.add(plan)
                    if plan.due:
                        _write_down(ctx, run_id, report)
                        _maintain_due(ctx, plan, report)
                        any_due = True
        except LostRace as busy:
            report.skipped[lock] = busy.message
    return any_due


def _maintain_due(ctx: Context, plan: TablePlan, report: Report) -> None:
    ctx.progress(f"maintaining {plan.place}")
    try:
        maintain_table(ctx, plan)
    except LostRace:
        report.tables.pop()
        raise


def _recover(ctx: Context, tables: list[tuple[str, str]]) -> None:
    """Record the commits that a killed run left.

    After that no commit that counts is hidden behind one of ours.
    """
    recover(ctx, *(ctx.folder(kind, name) for kind, name in tables if kind in ("clean", "held", SCORED, HELD_SCORES)))


def _plans(ctx: Context, tables: list[tuple[str, str]], now: float) -> Iterator[TablePlan]:
    """Yield the plan of each table that exists."""
    # First who runs, then the leases: a training that ends in between is in the ledger by then.
    running = [holder.since.timestamp() for holder in holders(ctx.lake) if holder.alive]
    leases = find_leases(ctx)
    for kind, name in tables:
        plan = plan_table(ctx, kind, name, leases.get(f"{kind}/{name}", ()), now=now, running=running)
        if plan is not None:
            yield plan


def _maintain_records(ctx: Context, run_id: str, report: Report, now: float) -> bool:
    """Maintain the records, and return whether anything was due among them."""
    _look_at_records(ctx, report, now)
    if not (report.ledger["records"] or report.profiles["profiles"] or report.leftovers):
        return False
    _write_down(ctx, run_id, report)
    ctx.progress("folding the ledger and the Profiles")
    for step in ctx.ledger.compact():
        failpoint(f"maintain:ledger-{step.replace(' ', '-')}")
    for step in ctx.profiles.archive(_day(now)):
        failpoint(f"maintain:profiles-{step.split()[0]}")
    for path in find_orphans(ctx.lake, ctx.pipeline.name, now):
        path.unlink(missing_ok=True)
    return True


def _look_at_records(ctx: Context, report: Report, now: float) -> None:
    compactable, unarchived = ctx.ledger.compactable(), ctx.profiles.unarchived(_day(now))
    report.ledger = {"records": compactable.files, "blocks": compactable.segments}
    report.profiles = {"profiles": sum(map(len, unarchived.values())), "packs": len(unarchived)}
    report.leftovers = len(find_orphans(ctx.lake, ctx.pipeline.name, now))


def _tell_of_the_killed(ctx: Context) -> None:
    """Append the records that killed maintenances wrote before they began to the ledger."""
    known = {record.run_id for record in ctx.ledger.records()}
    for run_id in ctx.runs.of_stage(STAGE):
        if run_id not in known:
            ctx.ledger.append(ctx.runs.read(run_id, RECORD))


def _write_down(ctx: Context, run_id: str, report: Report) -> None:
    ctx.runs.write(run_id, RECORD, _record(ctx, run_id, report, RunStatus.INTERRUPTED))


def _record(ctx: Context, run_id: str, report: Report, status: RunStatus) -> RunRecord:
    sentence = _sentence(ctx, report, "were")
    return ctx.record(
        run_id,
        STAGE,
        ctx.pipeline.name,
        Interval.of(_day(time.time())),
        status,
        counts=report.counts,
        verdict=VerdictSummary(Status.PASS, Action.MAINTAIN, sentence),
        details=report.to_json(),
    )


def _outcome(ctx: Context, report: Report, run_id: str | None, form: str) -> StageOutcome:
    numbers = {**report.counts, **report.to_json()}
    status = RunStatus.PARTLY if report.skipped else RunStatus.DONE
    return StageOutcome(STAGE, ctx.pipeline.name, run_id, _sentence(ctx, report, form), status=status, numbers=numbers)


def _sentence(ctx: Context, report: Report, form: str) -> str:
    counts = report.counts
    removed, other = counts["files_removed"], counts["log_removed"] + counts["leftovers_removed"]
    phrases = {
        f"{counts['files_compacted']:,} small files {form} compacted": counts["files_compacted"],
        f"{removed:,} files ({counts['bytes_removed']:,} bytes) {form} removed": removed,
        f"{other:,} other files {form} removed": other,
        f"the logs of {counts['logs_guarded']:,} tables {form} put under Assay's care": counts["logs_guarded"],
        f"{counts['records_folded']:,} ledger records {form} folded": counts["records_folded"],
        f"{counts['profiles_packed']:,} Profiles {form} packed": counts["profiles_packed"],
    }
    done = ", ".join(words for words, count in phrases.items() if count) or "there is nothing to maintain"
    busy = f"; left for the next time: {', '.join(report.skipped)}" if report.skipped else ""
    return f"{ctx.pipeline.name}: {done}{busy}"


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()
