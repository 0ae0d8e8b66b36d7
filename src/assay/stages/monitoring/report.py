"""report: one page about a pipeline, from the ledger and the stored Profiles; no JVM, no MLflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import assay
from assay.core.check import Finding, Status
from assay.core.evaluation.constant_baseline import CONSTANT_TITLES, LOSSES
from assay.core.evaluation.metrics import METRICS
from assay.core.expectations.definition.wording import example_line
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.errors import InputError
from assay.report.chart import Point, line_chart
from assay.report.page import render
from assay.stages.evaluation.gate_picture import gate_picture
from assay.stages.monitoring.row_counts import row_account
from assay.stages.monitoring.served_history import (
    ServedPeriod,
    Service,
    months_of_service,
    service_of,
    weeks_of_service,
)
from assay.stages.monitoring.status import status_of
from assay.stages.promotion.championship import champion_periods, version_starts
from assay.stages.promotion.promote import known_versions
from assay.stages.reviews.decision_review import (
    decision_review,
    decision_review_document,
    decision_review_sentences,
)
from assay.stages.reviews.hindsight import hindsight, hindsight_document
from assay.stages.reviews.staleness import staleness_document, staleness_of, staleness_sentence
from assay.stages.runtime.context import Context
from assay.store.filesystem.atomic import write_atomically
from assay.store.ledger.run_details import CleaningDetails, MonitoringDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import PartitionStatus, RunRecord
from assay.store.users import now_utc

SCORES = "scores"
"""The name of the scores among the tables with held days."""

AGAIN = {"clean": "cleaned again from a new drop", "score": "scored again"}
"""The end of a hold that no person released, by the stage that held the day."""


def write_report(ctx: Context, page: Mapping[str, Any] | None = None) -> Path:
    """Write the page under the project's home, by default that of `report_page`, and return its path."""
    path = ctx.pipeline.project.home / "report" / f"{ctx.pipeline.name}.html"
    write_atomically(path, render(page or report_page(ctx)).encode())
    return path


def report_page(ctx: Context) -> dict[str, Any]:
    """Return all that the page shows, as plain data."""
    status, spec, service = status_of(ctx), ctx.pipeline.spec, service_of(ctx)
    metric, history = METRICS[spec.gate.metric], ctx.promotions.history()
    known = known_versions(history[-1] if history else None)
    aged = staleness_of(ctx)
    scored = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED).values()
    return {
        "pipeline": ctx.pipeline.name,
        "question": spec.question,
        "owner": spec.owner,
        "version": assay.__version__,
        "at": now_utc(),
        "champion": status["champion"],
        "champion_name": known[status["champion"]].name if status["champion"] in known else "",
        "challengers": status["challengers"],
        "alias_lag": status["alias_lag"],
        "override": status["override"],
        "scored": sum(state.counts.get("rows", 0) for _, state in scored),
        "held": [
            *[f"{name} {day}" for name, table in status["tables"].items() for day in table["held"]],
            *[f"{SCORES} {day}" for day in status["scored"]["held"]],
        ],
        "metric": metric.title,
        "direction": "higher is better" if metric.higher_is_better else "lower is better",
        "limit": metric.limit,
        "floor": spec.gate.limit,
        **_charts(ctx, service),
        "loss": METRICS[LOSSES[spec.label.task]].title,
        "constant": CONSTANT_TITLES[spec.label.task],
        "months": _months(service),
        "age": staleness_document(ctx, aged) | {"sentence": staleness_sentence(ctx, aged)},
        **_reviews(ctx),
        "champions": list(reversed(champion_periods(history))),
        "promotions": list(reversed(history)),
        "gates": _gates(ctx),
        "monitors": _monitors(ctx),
        "tables": _tables(ctx, status),
        "held_history": _held_history(ctx),
    }


def _reviews(ctx: Context) -> dict[str, Any]:
    """Return what the gate's looks and the changes of the champion were worth."""
    looks = hindsight(ctx)
    review = decision_review(ctx, looks)
    sentences = " ".join(decision_review_sentences(ctx, review))
    return {
        "hindsight": hindsight_document(looks),
        "decisions": decision_review_document(ctx, review) | {"sentence": sentences},
    }


def _charts(ctx: Context, service: Service) -> dict[str, Any]:
    """Return the gate's metric by week of service, and below it, over the same days, the loss minus the constant's."""
    weeks, spec = weeks_of_service(service), ctx.pipeline.spec
    floor, marks = spec.gate.limit, _changes(ctx)
    metric: dict[str, list[list[Point]]] = {}
    beside: dict[str, list[list[Point]]] = {}
    for version, runs in weeks.items():
        name = f"version {version}"
        metric[name] = [[_point(week, week.value) for week in run if week.value is not None] for run in runs]
        beside[name] = [[_point(week, -week.beside.gain) for week in run if week.beside is not None] for run in runs]
    days = [day for runs in weeks.values() for run in runs for week in run for day in week.days]
    span = (min(days), max(days)) if days else None
    levels = {} if floor is None else {"floor": floor}
    by = METRICS[spec.gate.metric].title
    return {
        "chart": line_chart(metric, title=f"{by} by week", marks=marks, levels=levels, span=span),
        "beside_chart": line_chart(
            beside, title="loss minus the constant's by week", marks=marks, levels={"even": 0.0}, span=span
        ),
    }


def _point(week: ServedPeriod, value: float) -> Point:
    first, last = week.days[0], week.days[-1]
    counted = f"{quantity(len(week.days), 'day')}, {quantity(week.rows, 'row')}"
    title = f"version {week.version}, {first} to {last}: {value:.3f} ({counted}{', few' if week.few else ''})"
    return Point(week.middle, value, title, week.few)


def _months(service: Service) -> list[dict[str, Any]]:
    """Return a row per month and version: the metric, and the loss beside the two constants."""
    return [
        {
            "month": f"{month.days[0]:%Y-%m}",
            "version": month.version,
            "days": len(month.days),
            "rows": month.rows,
            "value": month.value,
            "few": month.few,
            "beside": month.beside,
        }
        for month in months_of_service(service)
    ]


def _changes(ctx: Context) -> dict[date, str]:
    """Return the first day that each champion scored after another one."""
    return {start.day: f"version {start.version} serves from {start.day}" for start in version_starts(ctx)}


def _gates(ctx: Context) -> list[dict[str, Any]]:
    gates = []
    for record in reversed(ctx.ledger.records()):
        if record.stage != "gate":
            continue
        findings = _findings(ctx, record)
        gates.append(
            {
                "picture": gate_picture(findings, f"gate of {record.subject} {record.start}"),
                "day": record.start,
                "subject": record.subject,
                "action": record.status,
                "sentence": record.sentence,
                "findings": findings,
            }
        )
    return gates


def _findings(ctx: Context, record: RunRecord) -> Sequence[Finding]:
    try:
        return ctx.runs.read(record.run_id, VERDICT).findings
    except InputError:
        return []


def _monitors(ctx: Context) -> list[dict[str, Any]]:
    monitored = [(record, record.details_as(MonitoringDetails)) for record in reversed(ctx.ledger.records("monitor"))]
    return [
        {
            "interval": f"{record.start} to {record.end - timedelta(days=1)}",
            "version": details.version,
            "action": record.status,
            "sentence": record.sentence,
            "drifted": [asdict(alarm) for alarm in details.drifted],
        }
        for record, details in monitored
    ]


def _tables(ctx: Context, status: Mapping[str, Any]) -> list[dict[str, Any]]:
    tables = []
    for name in ctx.pipeline.spec.tables:
        latest = ctx.ledger.latest("clean", name)
        counts = row_account(state for _, state in latest.values())
        rules: dict[str, int] = {}
        for record in {id(record): record for record, _ in latest.values()}.values():
            by_kind = record.details.rules if isinstance(record.details, CleaningDetails) else {}
            for by_rule in by_kind.values():
                for rule, number in by_rule.items():
                    rules[rule] = rules.get(rule, 0) + number
        held = status["tables"][name]["held"]
        tables.append(
            {"name": name, "days": len(latest), "counts": counts, "rules": sorted(rules.items()), "held": held}
        )
    return tables


def _held_history(ctx: Context) -> list[dict[str, Any]]:
    state_changes = []
    held: set[tuple[str, str]] = set()
    for record in [*ctx.ledger.records("clean"), *ctx.ledger.records("score")]:
        for day, state in record.partitions.items():
            where = (record.subject if record.stage == "clean" else SCORES, day)
            broken: list[dict[str, Any]] = []
            if state.state is PartitionStatus.HELD:
                held.add(where)
                why, broken = record.sentence, _broken(ctx, record, day)
            elif where in held:
                held.discard(where)
                why = record.why if record.status is RunStatus.RELEASED else AGAIN[record.stage]
            else:
                continue
            state_changes.append(
                {
                    "table": where[0],
                    "day": day,
                    "state": state.state,
                    "who": str(record.actor),
                    "why": why,
                    "broken": broken,
                }
            )
    return state_changes


def _broken(ctx: Context, record: RunRecord, day: str) -> list[dict[str, Any]]:
    """Return what failed on a held day, each with the rows that break it."""
    try:
        verdict = ctx.runs.read(record.run_id, DAILY_VERDICTS)[date.fromisoformat(day)]
    except (InputError, KeyError):
        return []
    return [
        {"sentence": finding.sentence, "examples": list(map(example_line, finding.details.get("examples", [])))}
        for finding in verdict.findings
        if finding.status is Status.FAIL
    ]
