"""The tables at the end of the demo: partitions, contenders, champions and drift, all read from the ledger."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from assay.core.evaluation.constant_baseline import AgainstConstant
from assay.core.evaluation.metrics import METRICS
from assay.core.text import quantity
from assay.stages.monitoring.row_counts import row_account
from assay.stages.monitoring.served_history import months_of_service, service_of
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import GateDetails, MonitoringDetails, TrainingDetails


def print_story(ctx: Context, console: Console) -> None:
    """Print the year in five tables."""
    for table in (_partitions(ctx), _contenders(ctx), _champions(ctx), _drift(ctx), _beside_the_base_rate(ctx)):
        console.print()
        console.print(table)


def _partitions(ctx: Context) -> Table:
    table = Table(
        "table", "partitions", "rows in", "out", "held", "quarantined", "dropped", "days held once", title="Partitions"
    )
    for name in ctx.pipeline.spec.tables:
        latest = ctx.ledger.latest("clean", name)
        totals = row_account(state for _, state in latest.values())
        held = {day for r in ctx.ledger.records("clean", name) for day, s in r.partitions.items() if s.state == "held"}
        table.add_row(
            name, str(len(latest)), *(f"{totals[key]:,}" for key in totals), ", ".join(sorted(held)) or "none"
        )
    return table


def _contenders(ctx: Context) -> Table:
    table = Table("trained", "contenders", "action", "what was shown", title="Contenders and verdicts", show_lines=True)
    trainings = {record.run_id: record for record in ctx.ledger.records("train")}
    for record in ctx.ledger.records():
        if record.stage == "gate":
            training = trainings[record.details_as(GateDetails).training]
            names = ", ".join(training.details_as(TrainingDetails).contenders)
            table.add_row(str(record.start), names, record.status, record.sentence)
    return table


def _champions(ctx: Context) -> Table:
    table = Table("no", "kind", "champion", "who", "why", title="Champion over time")
    for p in ctx.promotions.history():
        table.add_row(str(p.number), p.kind, str(p.champion or "-"), p.who, p.why)
    return table


def _drift(ctx: Context) -> Table:
    table = Table("month", "champion", "action", "drifted (PSI)", "verdict", title="Monitoring")
    for record in ctx.ledger.records("monitor"):
        details = record.details_as(MonitoringDetails)
        drifted = sorted(details.drifted.items(), key=lambda item: -(item[1] or 0))
        shown = ", ".join(f"{name} {psi:.2f}" for name, psi in drifted[:4] if psi is not None)
        more = f" and {len(drifted) - 4} more" if len(drifted) > 4 else ""
        table.add_row(
            f"{record.start:%Y-%m}", str(details.version), record.status, shown + more or "none",
            record.sentence,
        )  # fmt: skip
    return table


def _beside_the_base_rate(ctx: Context) -> Table:
    """Compare the served scores with the base rate.

    A model may order flights well and still be worse than one number for all: its log loss shows that.
    """
    metric = METRICS[ctx.pipeline.spec.gate.metric]
    table = Table(
        "month", "champion", "flights", "late", metric.title, "log loss", "base rate of its training", "of the month",
        title="Served scores beside the base rate (log loss: lower is better; + where the model is worse)",
    )  # fmt: skip
    months = months_of_service(service_of(ctx))
    for month in months:
        beside = month.beside
        value = "-" if month.value is None else f"{month.value:.3f}"
        losses = ["-"] * 4
        if beside is not None:
            losses = [
                f"{beside.mean:.3f}",
                f"{beside.loss:.3f}",
                _more(beside, beside.training),
                _more(beside, beside.own),
            ]
        table.add_row(f"{month.days[0]:%Y-%m}", str(month.version), f"{month.rows:,}", losses[0], value, *losses[1:])
    known = [month.beside for month in months if month.beside is not None]
    training, own = sum(beside.worse_than_training for beside in known), sum(beside.worse for beside in known)
    lines = quantity(len(known), "line")
    table.caption = (
        f"the model is worse than its training's base rate in {training} of {lines}, than the month's in {own}"
    )
    return table


def _more(beside: AgainstConstant, constant: float | None) -> str:
    if constant is None:
        return "-"
    colour = "red" if beside.loss > constant else "green"
    return f"[{colour}]{constant:.3f} ({beside.loss - constant:+.3f})[/{colour}]"
