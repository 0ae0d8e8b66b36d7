"""The commands that only read the ledger: budget and report. They need neither Spark nor MLflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from assay.cli.options import (
    CommandOptions,
    given_by,
    json_option,
    open_context,
    pipeline_options,
)
from assay.connections import refuse_never_begun
from assay.errors import AssayError
from assay.spec.project import Project, open_project
from assay.stages.reviews.budget import budget_document, budget_lines, budget_of


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
    _note_summary(options.pipeline or "", written.summary_error)
    index, _ = write_index(project)
    shown, content = (written.path, written.report) if options.date is None else written.day(options.date)
    return shown, {"report": str(shown), "index": str(index), **document_of(content)}


def _note_summary(pipeline: str, error: AssayError | None) -> None:
    """Print to standard error why the newest day has no daily summary."""
    if error is not None:
        click.echo(f"note: {pipeline} has no daily summary of its newest day: {error.message}", err=True)


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
            _note_summary(name, write_report(open_context(name, options)).summary_error)
        except AssayError as error:
            broken.append(error)
    index, page = write_index(project)
    if broken:
        raise broken[0]
    return index, {"report": str(index), "index": str(index), **document_of(page)}
