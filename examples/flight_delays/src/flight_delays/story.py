"""The tables at the end of the demo: partitions, contenders, champions and drift, all read from the ledger."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from assay.stages.context import Context
from assay.stages.row_account import row_account


def print_story(ctx: Context, console: Console) -> None:
    """What happened, in four tables."""
    for table in (_partitions(ctx), _contenders(ctx), _champions(ctx), _drift(ctx)):
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
            training = trainings[record.details["training"]]
            names = ", ".join(training.details["contenders"])
            table.add_row(str(record.start), names, record.status, (record.verdict or {})["sentence"])
        elif record.stage == "challenge":
            table.add_row(
                "(shadow)", f"version {record.details['challenger']}", record.status, (record.verdict or {})["sentence"]
            )
    return table


def _champions(ctx: Context) -> Table:
    table = Table("no", "kind", "champion", "challenger", "who", "why", title="Champion over time")
    for p in ctx.promotions.history():
        table.add_row(str(p.number), p.kind, str(p.champion or "-"), str(p.challenger or "-"), p.who, p.why)
    return table


def _drift(ctx: Context) -> Table:
    table = Table("month", "champion", "action", "drifted (PSI)", "verdict", title="Monitoring")
    for record in ctx.ledger.records("monitor"):
        drifted = sorted(record.details["drifted"].items(), key=lambda item: -(item[1] or 0))
        shown = ", ".join(f"{name} {psi:.2f}" for name, psi in drifted[:4] if psi is not None)
        more = f" and {len(drifted) - 4} more" if len(drifted) > 4 else ""
        table.add_row(
            f"{record.start:%Y-%m}", str(record.details["version"]), record.status, shown + more or "none",
            (record.verdict or {})["sentence"],
        )  # fmt: skip
    return table
