"""The tables at the end of the demo: partitions, contenders, champions, drift and decisions, read from the ledger."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assay.core.decisions.champion_changes import Compared, shown_better, shown_worse
from assay.core.evaluation.constant_baseline import LOSSES, AgainstConstant
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.text import quantity
from assay.stages.monitoring.row_counts import row_account
from assay.stages.monitoring.served_history import months_of_service, service_of
from assay.stages.reviews.decision_review import decision_review, decision_review_sentences
from assay.stages.reviews.hindsight import hindsight
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import GateDetails, MonitoringDetails, TrainingDetails


def print_story(ctx: Context, console: Console) -> None:
    """Print the year in six tables."""
    tables = (_partitions, _contenders, _champions, _drift, _beside_the_base_rate, changes_table)
    for table in tables:
        console.print()
        console.print(table(ctx))


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
    table = Table("month", "champion", "action", "drifted", "verdict", title="Monitoring")
    for record in ctx.ledger.records("monitor"):
        details = record.details_as(MonitoringDetails)
        shown = ", ".join(f"{alarm.column} {alarm.statistic} {alarm.move:+.2f}" for alarm in details.drifted[:4])
        more = f" and {len(details.drifted) - 4} more" if len(details.drifted) > 4 else ""
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


def changes_table(ctx: Context) -> Table:
    """Compare each champion with its alternative on the four weeks that followed, as far as the lake holds both."""
    review, spec = decision_review(ctx, hindsight(ctx)), ctx.pipeline.spec
    metric, loss = METRICS[spec.gate.metric].title, METRICS[LOSSES[spec.label.task]].title
    table = Table(
        "no", "change", "chosen", "against", "by", "days", f"gain in {metric}", f"gain in {loss}",
        title="What the changes of the champion were worth (with 90 % intervals; + where the chosen is better)",
    )  # fmt: skip
    for worth in reversed(review.changes):
        by_metric, change = worth.by_metric, worth.change
        row = [str(change.number), change.kind, str(change.chosen), worth.alternative]
        if isinstance(by_metric, Insufficient):
            table.add_row(*row, "-", "-", f"not known: {escape(by_metric.reason)}", "-")
        else:
            days = str(by_metric.evidence.days)
            table.add_row(*row, worth.source or "-", days, _gain(by_metric), _gain(worth.by_loss))
    table.caption = " ".join(decision_review_sentences(ctx, review))
    return table


def _gain(compared: Compared) -> str:
    if isinstance(compared, Insufficient):
        return "-"
    low, high = compared.interval
    colour = "red" if shown_worse(compared) else "green" if shown_better(compared) else "default"
    return f"[{colour}]{compared.evidence.estimate:+.4f} ({low:+.4f} to {high:+.4f})[/{colour}]"
