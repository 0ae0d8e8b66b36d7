"""The commands that only read the ledger: status, explain, budget and report. They need neither Spark nor MLflow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from assay.cli.options import (
    CommandOptions,
    champion_clause,
    env_option,
    given_by,
    json_option,
    open_context,
    pipeline_option,
    pipeline_options,
)
from assay.connections import refuse_never_begun
from assay.core.expectations.definition.wording import example_line
from assay.core.text import quantity
from assay.errors import InputError
from assay.spec.project import open_project
from assay.stages.monitoring.status import status_of
from assay.stages.reviews.budget import budget_document, budget_lines, budget_of
from assay.stages.runtime.context import Context
from assay.store.ledger.footprint import Footprint, RunUse
from assay.store.ledger.run_details import ScoringDetails, TrainingDetails
from assay.store.ledger.run_record import RECORD_FORMAT, RunRecord

YEAR = 366


@click.command("status")
@given_by(pipeline_options, json_option)
def status(options: CommandOptions) -> int:
    """Show the champion and the challengers, the published and held days, and the last verdicts."""
    ctx = options.context()
    refuse_never_begun(ctx.pipeline.project)
    about = status_of(ctx)
    if options.as_json:
        click.echo(json.dumps(about, indent=2))
        return 0
    click.echo(f"{about['pipeline']}: {champion_clause(about['champion'])}")
    if not about["last"]:
        click.echo("  nothing has run yet")
    if about["paused"]:
        click.echo(f"  PAUSED       {about['paused']}")
    if about["override"]:
        click.echo(f"  OVERRIDE     {_override(about['override'])}")
    if about["alias_lag"]:
        click.echo(f"  aliases      {about['alias_lag']['sentence']}")
    for one in about["challengers"]:
        gain = "" if one["gain"] is None else f", gain {one['gain']:+.3g}"
        looks = f"{one['looks']} of {one['most_looks']} looks"
        click.echo(f"  challenger   {one['name']} since {one['from']}: {looks}{gain}")
    for one in about["waits"]:
        click.echo(f"  waits        the {one['by']} of {one['date']} proposes a promotion: {one['promote']}")
    for line in _freshness_lines(about):
        click.echo(f"  {line}")
    for one in about["actions"]:
        click.echo(f"  {one['action']:<12} {_action(one)}")
    for stage, last in about["last"].items():
        dates = (last["from"] or "") if last["from"] == last["to"] else f"{last['from']}..{last['to']}"
        run = f"[{last['run_id']}, run {last['at']}]"
        click.echo(f"  last {stage:<9} {dates:<22} {last['status']:<10} {last['sentence']}  {run}")
    return 0


def _action(one: dict[str, Any]) -> str:
    """Return a line about an action that the monitor requested, and what mature labels showed later."""
    known = f"{one['confirmed']} confirmed by later labels, {one['not_confirmed']} not"
    rest = "".join(f", {one[name]} {text}" for name, text in (("open", "open"), ("waiting", "wait")) if one[name])
    return f"requested {quantity(one['requested'], 'time')}: {known}{rest}"


def _freshness_lines(about: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each table, for the scores and for the labels, with the days by which each is behind."""
    for name, table in about["tables"].items():
        span = f" ({table['first']} to {table['last']}){_behind(table)}" if table["published"] else ": EMPTY"
        yield f"{name:<12} {quantity(table['published'], 'day')} published{span}{_held(table)}"
    scored = about["scored"]
    span = f"{quantity(scored['days'], 'day')} ({scored['first']} to {scored['last']})" if scored["days"] else "none"
    yield f"{'scores':<12} {span}{_behind(scored)}{_held(scored)}"
    newest = about["labels"]["last"]
    yield f"{'labels':<12} {'none' if newest is None else 'to ' + newest} mature and measured{_behind(about['labels'])}"


def _behind(one: dict[str, Any]) -> str:
    """Return a clause about the days by which something is behind; empty for something without a day.

    A lake of old dates, such as the demo's, is behind today by years: its dates are enough.
    """
    today = one["behind_today"]
    parts = {"the scores": one.get("behind_scores"), "today": today if today and today <= YEAR else None}
    words = [f"{quantity(days, 'day')} behind {what}" for what, days in parts.items() if days]
    return f", {' and '.join(words)}" if words else ""


def _held(one: dict[str, Any]) -> str:
    return f", HELD: {', '.join(one['held'])}" if one["held"] else ""


def _override(one: dict[str, Any]) -> str:
    """Return a line about the override by which the champion serves."""
    until = f"EXPIRED on {one['expires']}" if one["expired"] else f"until {one['expires']}"
    return f"version {one['version']} serves {until}, by {one['who']}: {one['why']}"


@click.command("explain")
@given_by(env_option, pipeline_option, json_option)
@click.argument("run_id", metavar="RUN")
def explain(options: CommandOptions, run_id: str) -> int:
    """Show what a run did: who, when, why, on which data, the findings and the action."""
    ctx, record = _find(run_id, options)
    verdict = _verdict(ctx, record)
    if options.as_json:
        click.echo(json.dumps({"record": RECORD_FORMAT.fields(record), "verdict": verdict}, indent=2))
        return 0
    click.echo(f"{record.run_id}: {record.stage} of {record.subject}, {record.start} to {record.end} (left out)")
    click.echo(f"  {record.at} by {record.actor}" + (f", because: {record.why}" if record.why else ""))
    counts = ", ".join(f"{name} {value:,}" for name, value in record.counts.items())
    click.echo(f"  status {record.status}" + (f"; {counts}" if counts else ""))
    if record.verdict:
        click.echo(f"  verdict {record.verdict.status}: {record.verdict.sentence}")
    training = record.details if isinstance(record.details, TrainingDetails) else None
    if isinstance(record.details, ScoringDetails):
        click.echo(f"  scored by version {record.details.version}, whose bundle is {record.details.digest[:12]}")
    if isinstance(record.details, TrainingDetails | ScoringDetails):
        for name, read in record.details.read.items():
            click.echo(f"  read {name} at version {read.version}, {read.start} to {read.end}")
    for line in (*_use_lines(record.use), *_footprint_lines(record.footprint)):
        click.echo(f"  {line}")
    for note in training.notes if training else ():
        click.echo(f"  note: {note}")
    for line in _finding_lines(verdict):
        click.echo(f"    {line}")
    return 0


def _use_lines(use: RunUse | None) -> Iterator[str]:
    """Yield the line about the resources that the run used on the machine on which it was started."""
    if use is None:
        return
    beside = " (with other tables beside it)" if use.shared else ""
    parts = [f"took {use.duration_seconds:,.1f} s"]
    if use.cpu_seconds is not None:
        parts.append(f"{use.cpu_seconds:,.1f} s of CPU{beside}")
    if use.rows_per_second is not None:
        parts.append(f"{use.rows_per_second:,.0f} rows per second")
    if use.peak_memory is not None:
        parts.append(f"at most {use.peak_memory / 1e6:,.0f} MB of memory")
    yield ", ".join(parts)


def _footprint_lines(taken: Footprint | None) -> Iterator[str]:
    """Yield the lines about the resources that the run used on its cluster."""
    if taken is None:
        return
    use = taken.application
    if use is not None:
        yield f"application {use.application}" + (f" in the queue {use.queue}" if use.queue else "")
        yield (
            f"took {use.vcore_seconds:,} vcore-seconds, {use.megabyte_seconds:,} MB-seconds, {use.shuffled:,} bytes "
            f"shuffled, at most {use.peak_memory:,} bytes of heap in one executor"
        )
    results = f"{use.collected if use else 0:,} bytes of results to the driver"
    yield f"left the cluster: {results}; {taken.sent:,} bytes sent to HDFS and {taken.received:,} read over HTTP"


def _find(run_id: str, options: CommandOptions) -> tuple[Context, RunRecord]:
    project = open_project(env=options.env)
    refuse_never_begun(project)
    names = [options.named] if options.named else project.pipelines()
    missing: InputError | None = None
    for name in names:
        ctx = open_context(name, options)
        try:
            return ctx, ctx.ledger.record(run_id)
        except InputError as error:
            missing = error
    raise missing or InputError(
        "this project has no pipeline", code="no-pipeline", hint="write conf/pipelines/NAME.yaml"
    )


def _verdict(ctx: Context, record: RunRecord) -> dict[str, Any]:
    try:
        return ctx.runs.read_fields(record.run_id, "verdict")
    except InputError:
        return {}


def _finding_lines(verdict: dict[str, Any]) -> Iterator[str]:
    """Yield the findings as lines, each followed by the rows that break its check.

    A verdict for each day has only its findings that did not pass, with the day first. A single verdict has all.
    """
    of_days = {"": verdict} if "findings" in verdict else verdict
    for day, of_day in of_days.items():
        for finding in of_day.get("findings", []):
            if day and finding["status"] == "pass":
                continue
            yield f"{day + '  ' if day else ''}{finding['status']:<5} {finding['sentence']}"
            for example in finding["details"].get("examples", []):
                yield f"    {example_line(example)}"


@click.command("budget")
@given_by(pipeline_options, json_option)
@click.option(
    "--date", "day", metavar="YYYY-MM-DD", help="The balance on this date; by default on that of the last gate."
)
def budget_command(options: CommandOptions) -> int:
    """Show the account of error of the gate: what is spent and left, the open pairs, and when each look can come."""
    ctx = options.context()
    refuse_never_begun(ctx.pipeline.project)
    budget = budget_of(ctx, options.date)
    if options.as_json:
        click.echo(json.dumps(budget_document(ctx.pipeline.name, budget), indent=2))
    else:
        click.echo("\n".join(budget_lines(ctx.pipeline.name, budget)))
    return 0


@click.command("report")
@given_by(pipeline_options, json_option)
@click.option("--open/--no-open", "show", default=False, help="Open it in the browser.")
def report(options: CommandOptions, show: bool) -> int:
    """Write the HTML report of a pipeline and print its path.

    With --json it prints too what the looks of the gate and the changes of the champion were worth.
    """
    from assay.stages.monitoring.report import report_page, write_report

    ctx = options.context()
    refuse_never_begun(ctx.pipeline.project)
    page = report_page(ctx)
    path = write_report(ctx, page)
    reviews = {name: page[name] for name in ("hindsight", "decisions")}
    document = {"pipeline": ctx.pipeline.name, "report": str(path), **reviews}
    click.echo(json.dumps(document, indent=2) if options.as_json else str(path))
    if show:
        click.launch(path.as_uri())
    return 0
