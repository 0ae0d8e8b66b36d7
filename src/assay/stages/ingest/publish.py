"""One commit per table: the good days to the table, the bad ones to held, the refused rows to quarantine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.profiles.table_profile import TableProfile
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.core.verdict import Verdict, worst
from assay.stages.monitoring.row_counts import account_sentence, row_account
from assay.stages.planning.tasks import Task
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.tables.commit import commit, empty
from assay.store.failpoints import failpoint
from assay.store.landing.table_manifest import LandedDay
from assay.store.ledger.run_details import CleaningDetails, ReplayedDay
from assay.store.ledger.run_documents import DAILY_VERDICTS, RECORD
from assay.store.ledger.run_record import PartitionState, PartitionStatus, RunRecord

if TYPE_CHECKING:
    from assay.spark.cleaning.cleaned import Cleaned


@dataclass(frozen=True, slots=True)
class CleanResult:
    """All results of one cleaning, before any of it is visible."""

    table: str
    run_id: str
    due: list[Task]
    cleaned: Cleaned
    counts: Mapping[date, dict[str, Any]]
    profiles: Mapping[date, TableProfile]
    verdicts: Mapping[date, Verdict]
    manifests: Mapping[date, LandedDay]
    replayed: Mapping[date, ReplayedDay] = field(default_factory=dict)

    @property
    def good(self) -> list[date]:
        """The days that may be published."""
        return [task.day for task in self.due if self.verdicts[task.day].status is not Status.FAIL]

    @property
    def bad(self) -> list[date]:
        """The days that are held."""
        return [task.day for task in self.due if self.verdicts[task.day].status is Status.FAIL]


def publish_clean(ctx: Context, result: CleanResult) -> StageOutcome:
    """Write profiles, verdict and record, then the commits, then the ledger: after a kill anywhere it can be run again.

    The commit to the table (to held when no day is good) comes last and decides. Recovery looks for that one.
    """
    earlier = ctx.ledger.latest("clean", result.table)
    record = _record(ctx, result)
    ctx.profiles.write("table", result.table, result.run_id, dict(result.profiles))
    ctx.runs.write(result.run_id, DAILY_VERDICTS, dict(result.verdicts))
    ctx.runs.write(result.run_id, RECORD, record)
    failpoint("clean:before-tasks")
    _commit(ctx, result, earlier)
    failpoint("clean:after-commit")
    ctx.ledger.append(ctx.with_use(record))
    return _outcome(result, record)


def _commit(ctx: Context, result: CleanResult, earlier: Mapping[date, tuple[RunRecord, PartitionState]]) -> None:
    from pyspark.sql import functions as F

    table = result.table
    metadata = {"run_id": result.run_id, "pipeline": ctx.pipeline.name, "stage": "clean", "subject": table}
    days = [task.day for task in result.due]

    def had(day: date, count: str) -> bool:
        return day in earlier and bool(earlier[day][1].counts.get(count))

    refused = [d for d in days if sum(result.counts[d]["quarantined"].values())]
    once_refused = [d for d in days if had(d, "quarantined")]
    if refused:
        commit(ctx, result.cleaned.refused, ("quarantine", table), sorted({*refused, *once_refused}), metadata)
    elif once_refused:
        empty(ctx, ("quarantine", table), once_refused, metadata)
    good = result.cleaned.good
    if result.bad:
        bad_rows = good.where(F.col(ctx.partition).isin(result.bad))
        commit(ctx, bad_rows, ("held", table), result.bad, metadata)
    if result.good:
        rows = good.where(F.col(ctx.partition).isin(result.good)) if result.bad else good
        commit(ctx, rows, ("clean", table), result.good, metadata)
    once_held = [d for d in result.good if d in earlier and earlier[d][1].state is PartitionStatus.HELD]
    if once_held:
        empty(ctx, ("held", table), once_held, {**metadata, "run_id": ""})


def _record(ctx: Context, result: CleanResult) -> RunRecord:
    days = [task.day for task in result.due]
    last = "clean" if result.good else "held"
    partitions = {
        str(task.day): PartitionState(
            PartitionStatus.PUBLISHED if task.day in result.good else PartitionStatus.HELD,
            task.identity,
            _flat(result.counts[task.day]),
        )
        for task in result.due
    }
    return ctx.record(
        result.run_id,
        "clean",
        result.table,
        Interval(min(days), max(days) + timedelta(days=1)),
        RunStatus.HELD if result.bad else RunStatus.DONE,
        partitions=partitions,
        counts=row_account(partitions.values()),
        verdict=worst(result.verdicts[day] for day in days).summary,
        details=CleaningDetails(
            last_commit=f"{last}/{result.table}",
            rules=_rules(result.counts),
            reasons={task.day: task.reason.value for task in result.due},
            replayed=result.replayed,
        ),
    )


def _flat(counts: Mapping[str, Any]) -> dict[str, int]:
    return {
        "in": counts["in"],
        "out": counts["out"],
        "quarantined": sum(counts["quarantined"].values()),
        "dropped": sum(counts["dropped"].values()),
    }


def _rules(counts: Mapping[date, dict[str, Any]]) -> dict[str, dict[str, int]]:
    rules: dict[str, dict[str, int]] = {"quarantined": {}, "dropped": {}}
    for day in counts.values():
        for kind, by_rule in rules.items():
            for rule, number in day[kind].items():
                by_rule[rule] = by_rule.get(rule, 0) + number
    return rules


def _outcome(result: CleanResult, record: RunRecord) -> StageOutcome:
    numbers = record.counts
    sentence = f"{result.table}: {quantity(len(result.good), 'day')} published ({account_sentence(numbers)})"
    sentence += _replayed_clause(result.replayed)
    if result.bad:
        first = result.bad[0]
        sentence += f"; {len(result.bad)} held, {first}: {result.verdicts[first].sentence}"
    return StageOutcome(
        "clean",
        result.table,
        result.run_id,
        sentence,
        status=record.status,
        exit_code=3 if result.bad else 0,
        numbers=dict(numbers) | _replayed_numbers(result.replayed),
    )


def _replayed_numbers(replayed: Mapping[date, ReplayedDay]) -> dict[str, int]:
    """Return the repaired records that were read, and the repairs without their record, where there were repairs."""
    days = replayed.values()
    return {"replayed": sum(one.rows for one in days), "unfit": sum(one.unfit for one in days)} if days else {}


def _replayed_clause(replayed: Mapping[date, ReplayedDay]) -> str:
    numbers = _replayed_numbers(replayed)
    clause = f"; {quantity(numbers['replayed'], 'repaired record')} replayed" if numbers.get("replayed") else ""
    if unfit := numbers.get("unfit"):
        clause += f"; {quantity(unfit, 'repair')} no longer {'fits' if unfit == 1 else 'fit'}"
    return clause
