"""Tables, held days, monitorings and gates as rows, from the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

from assay.core.check import Finding, Status
from assay.core.expectations.definition.wording import example_line
from assay.core.run_status import RunStatus
from assay.stages.evaluation.gate_picture import gate_picture
from assay.stages.monitoring.row_counts import row_account
from assay.stages.reporting.links import day_page, decision_page
from assay.stages.reporting.state import held_by_table
from assay.stages.runtime.context import Context
from assay.stages.runtime.typed_commands import SCORES
from assay.store.ledger.run_details import CleaningDetails, DriftAlarm, MonitoringDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import PartitionStatus, RunRecord

AGAIN = {"clean": "cleaned again from a new drop", "score": "scored again"}
"""The end of a hold that no person released, by the stage that held the day."""


@dataclass(frozen=True, slots=True)
class TableSummary:
    """The rows of a table by where they went, over all days, the rules that took rows, and the days held now."""

    name: str
    days: int
    rows: Mapping[str, int]
    rules: tuple[tuple[str, int], ...]
    held: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check that failed on a held day, with rows that break it as lines."""

    sentence: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldDayEvent:
    """A day that was held, or whose hold ended: who did it and why."""

    table: str
    day: date
    state: str
    who: str
    why: str
    failed: tuple[FailedCheck, ...]
    link: str


@dataclass(frozen=True, slots=True)
class MonitoringRow:
    """A monitoring: its days, the version, the action, the sentence, and the statistics that drifted."""

    run_id: str
    first: date
    last: date
    version: int
    action: str
    sentence: str
    drifted: tuple[DriftAlarm, ...]
    link: str


@dataclass(frozen=True, slots=True)
class GateRow:
    """A decision of the gate; `picture` is the SVG of its comparisons, empty without one."""

    run_id: str
    subject: str
    day: date
    at: str
    action: str
    sentence: str
    who: str
    why: str
    findings: tuple[Finding, ...]
    picture: str
    link: str


def table_summaries(ctx: Context) -> tuple[TableSummary, ...]:
    """Return a summary of each table."""
    held = held_by_table(ctx)
    summaries = []
    for name in ctx.pipeline.spec.tables:
        latest = ctx.ledger.latest("clean", name)
        rules: dict[str, int] = {}
        for record in {record.run_id: record for record, _ in latest.values()}.values():
            by_kind = record.details.rules if isinstance(record.details, CleaningDetails) else {}
            for by_rule in by_kind.values():
                for rule, number in by_rule.items():
                    rules[rule] = rules.get(rule, 0) + number
        account = row_account(state for _, state in latest.values())
        summaries.append(TableSummary(name, len(latest), account, tuple(sorted(rules.items())), tuple(held[name])))
    return tuple(summaries)


def held_history(ctx: Context) -> tuple[HeldDayEvent, ...]:
    """Return each hold of a day and its end, in the order of the ledger."""
    events = []
    held: set[tuple[str, str]] = set()
    for record in sorted([*ctx.ledger.records("clean"), *ctx.ledger.records("score")], key=attrgetter("number")):
        for text, state in record.partitions.items():
            where = (record.subject if record.stage == "clean" else SCORES, text)
            failed: tuple[FailedCheck, ...] = ()
            day = date.fromisoformat(text)
            if state.state is PartitionStatus.HELD:
                held.add(where)
                why, failed = record.sentence, failed_checks(day_findings(ctx, record, day))
            elif where in held:
                held.discard(where)
                why = record.why if record.status is RunStatus.RELEASED else AGAIN[record.stage]
            else:
                continue
            events.append(HeldDayEvent(where[0], day, state.state, str(record.actor), why, failed, day_page(day)))
    return tuple(events)


def failed_checks(findings: Sequence[Finding]) -> tuple[FailedCheck, ...]:
    """Return the checks that failed, each with the rows that break it."""
    return tuple(
        FailedCheck(finding.sentence, tuple(map(example_line, finding.details.get("examples", []))))
        for finding in findings
        if finding.status is Status.FAIL
    )


def day_findings(ctx: Context, record: RunRecord, day: date) -> tuple[Finding, ...]:
    """Return the findings of a run about one day; none where they are no longer kept."""
    verdicts = ctx.runs.find(record.measured_by, DAILY_VERDICTS) or {}
    return tuple(verdicts[day].findings) if day in verdicts else ()


def run_findings(ctx: Context, record: RunRecord) -> tuple[Finding, ...]:
    """Return the findings of a run's one verdict; none where they are no longer kept."""
    verdict = ctx.runs.find(record.run_id, VERDICT)
    return tuple(verdict.findings) if verdict is not None else ()


def monitoring_rows(ctx: Context) -> tuple[MonitoringRow, ...]:
    """Return the monitorings, the newest first."""
    rows = []
    for record in reversed(ctx.ledger.records("monitor")):
        details, last = record.details_as(MonitoringDetails), record.end - timedelta(days=1)
        rows.append(
            MonitoringRow(
                record.run_id, record.start, last, details.version, record.status, record.sentence, details.drifted,
                day_page(last),
            )
        )  # fmt: skip
    return tuple(rows)


def gate_rows(ctx: Context) -> tuple[GateRow, ...]:
    """Return the decisions of the gate, the newest first."""
    rows = []
    for record in reversed(ctx.ledger.records("gate")):
        findings = run_findings(ctx, record)
        picture = gate_picture(findings, f"gate of {record.subject} {record.start}")
        rows.append(
            GateRow(
                record.run_id, record.subject, record.start, record.at, record.status, record.sentence,
                str(record.actor), record.why, findings, picture, decision_page(record.run_id),
            )
        )  # fmt: skip
    return tuple(rows)
