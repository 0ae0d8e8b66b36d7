"""A shared table is cleaned once: a sharer takes over the days that the table's owner has published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.core.verdict import Verdict, worst
from assay.errors import InfrastructureError
from assay.stages.monitoring.row_counts import row_account
from assay.stages.planning.tasks import Task
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.delta.log import commits
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_details import CleaningDetails, ReplayedDay
from assay.store.ledger.run_documents import DAILY_VERDICTS, RECORD, RunDocuments
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord, new_run_id
from assay.store.ledger.table_owners import Ownership
from assay.store.profiles.profile_store import ProfileStore

OwnerDays = Mapping[date, tuple[RunRecord, PartitionState]]


@dataclass(frozen=True, slots=True)
class AdoptedDays:
    """The days that were taken over from the owner, and the outcome; None where there was none to take over."""

    days: frozenset[date] = frozenset()
    outcome: StageOutcome | None = None


def adopt_days(ctx: Context, table: str, ownership: Ownership, due: list[Task]) -> AdoptedDays:
    """Record the due days that the owner has published from equal input by an equal definition; nothing is computed.

    The lock of the table is held. A day is not taken over if the owner holds it or has released it, if another pipeline
    has written it since, or with `force`: it is cleaned again then.
    """
    if ownership.owner == ctx.pipeline.name or ctx.force or not due:
        return AdoptedDays()
    latest = Ledger(ctx.lake, ownership.owner).latest("clean", table)
    equal = {
        task.day: latest[task.day]
        for task in due
        if task.day in latest
        and latest[task.day][1].state is PartitionStatus.PUBLISHED
        and latest[task.day][1].identity == task.identity
        and isinstance(latest[task.day][0].details, CleaningDetails)
    }
    days = {day: equal[day] for day in sorted(_unchanged_since(ctx, table, equal))} if equal else {}
    return _adopted(ctx, table, ownership.owner, due, days) if days else AdoptedDays()


def _unchanged_since(ctx: Context, table: str, equal: OwnerDays) -> set[date]:
    """Return the days whose rows in the table are those of the owner's run: no later commit has written them."""
    wanted, unchanged = {day: record.run_id for day, (record, _) in equal.items()}, set[date]()
    for commit in commits(ctx.folder("clean", table), limit=None):
        run_id = str(commit.metadata.get("run_id", ""))
        if not run_id:  # maintenance, which changes no row
            continue
        written = {day for day, run in wanted.items() if run == run_id}
        unchanged |= written
        overwritten = written or _days_of(ctx, str(commit.metadata.get("pipeline", "")), run_id, wanted)
        wanted = {day: run for day, run in wanted.items() if day not in overwritten}
        if not wanted:
            break
    return unchanged


def _days_of(ctx: Context, pipeline: str, run_id: str, wanted: Mapping[date, str]) -> set[date]:
    """Return the days that a run has written; all that are wanted where its record was removed, to be safe."""
    record = RunDocuments(ctx.lake, pipeline).find(run_id, RECORD) if pipeline else None
    return set(wanted) if record is None else {date.fromisoformat(day) for day in record.partitions}


def _verdicts_of(ctx: Context, owner: str, days: OwnerDays) -> dict[date, Verdict]:
    """Return the owner's verdict on each day that still has one."""
    documents = RunDocuments(ctx.lake, owner)
    stored = {run: documents.find(run, DAILY_VERDICTS) or {} for run in {record.run_id for record, _ in days.values()}}
    return {day: stored[record.run_id][day] for day, (record, _) in days.items() if day in stored[record.run_id]}


def _replayed(days: OwnerDays) -> dict[date, ReplayedDay]:
    """Return the repairs with which the owner has cleaned the days."""
    details = {day: record.details_as(CleaningDetails) for day, (record, _) in days.items()}
    return {day: one.replayed[day] for day, one in details.items() if day in one.replayed}


def _adopted(ctx: Context, table: str, owner: str, due: list[Task], equal: OwnerDays) -> AdoptedDays:
    run_id = new_run_id("clean")
    verdicts = _verdicts_of(ctx, owner, equal)
    days = {day: equal[day] for day in verdicts}
    try:
        profiles = ProfileStore(ctx.lake, owner).read_days(
            "table", table, {day: record.measured_by for day, (record, _) in days.items()}
        )
    except InfrastructureError:  # a measurement is missing or corrupt: the cleaning makes a new one
        return AdoptedDays()
    if not days:
        return AdoptedDays()
    ctx.profiles.write("table", table, run_id, profiles)
    ctx.runs.write(run_id, DAILY_VERDICTS, verdicts)
    partitions = {
        str(day): PartitionState(PartitionStatus.PUBLISHED, s.identity, s.counts) for day, (_, s) in days.items()
    }
    counts = row_account(partitions.values())
    record = ctx.record(
        run_id,
        "clean",
        table,
        Interval(min(days), max(days) + timedelta(days=1)),
        RunStatus.DONE,
        partitions=partitions,
        counts=counts,
        verdict=worst(verdicts.values()).summary,
        # The counts of each rule are the owner's: its runs may have other days beside these.
        details=CleaningDetails(
            last_commit=f"clean/{table}",
            rules={"quarantined": {}, "dropped": {}},
            reasons={task.day: task.reason.value for task in due if task.day in days},
            replayed=_replayed(days),
        ),
    )
    ctx.runs.write(run_id, RECORD, record)
    ctx.ledger.append(record)
    sentence = f"{table}: {quantity(len(days), 'day')} as {owner} has cleaned them"
    outcome = StageOutcome("clean", table, run_id, sentence, status=record.status, numbers=dict(counts))
    return AdoptedDays(frozenset(days), outcome)
