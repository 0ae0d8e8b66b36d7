"""The commands that only read the ledger: explain, budget and report. They need neither Spark nor MLflow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from assay.cli.options import (
    CommandOptions,
    env_option,
    given_by,
    json_option,
    open_context,
    pipeline_option,
    pipeline_options,
)
from assay.connections import refuse_never_begun
from assay.core.expectations.definition.wording import example_line
from assay.errors import AssayError, InputError
from assay.spec.project import Project, open_project
from assay.stages.reviews.budget import budget_document, budget_lines, budget_of
from assay.stages.runtime.context import Context
from assay.store.ledger.footprint import Footprint, RunUse
from assay.store.ledger.run_details import ScoringDetails, TrainingDetails
from assay.store.ledger.run_record import RECORD_FORMAT, RunRecord


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
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Print the page of this day instead of the pipeline's.")
@click.option("--open/--no-open", "show", default=False, help="Open it in the browser.")
def report(options: CommandOptions, show: bool) -> int:
    """Write the HTML pages of a pipeline and the index of the project, and print the path of the pipeline's page.

    In a project with several pipelines and without a name it writes the pages of all, and prints the path of the index.
    With --json it prints all that the page shows.
    """
    project = open_project(env=options.env)
    refuse_never_begun(project)
    named = options.pipeline or options.named
    if named or options.day or len(project.pipelines()) < 2:
        page, document = _pipeline_pages(options, project)
    else:
        page, document = _all_pages(options, project)
    click.echo(json.dumps(document, indent=2) if options.as_json else str(page))
    if show:
        click.launch(page.as_uri())
    return 0


def _pipeline_pages(options: CommandOptions, project: Project) -> tuple[Path, dict[str, Any]]:
    """Write the pages of one pipeline; return the place of the page to show, and what it shows."""
    from assay.report.document import document_of
    from assay.stages.reporting.write_report import write_index, write_report

    written = write_report(options.context())
    index, _ = write_index(project)
    shown, content = (written.path, written.report) if options.date is None else written.day(options.date)
    return shown, {"report": str(shown), "index": str(index), **document_of(content)}


def _all_pages(options: CommandOptions, project: Project) -> tuple[Path, dict[str, Any]]:
    """Write the pages of all pipelines; return the place of the index, and what it shows.

    Raises:
        AssayError: A pipeline cannot be read. The pages of the others and the index are written before that.
    """
    from assay.report.document import document_of
    from assay.stages.reporting.write_report import write_index, write_report

    broken: list[AssayError] = []
    for name in project.pipelines():
        try:
            write_report(open_context(name, options))
        except AssayError as error:
            broken.append(error)
    index, page = write_index(project)
    if broken:
        raise broken[0]
    return index, {"report": str(index), "index": str(index), **document_of(page)}
