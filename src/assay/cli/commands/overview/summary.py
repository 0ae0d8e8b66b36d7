"""`summary`: a scored day for the people who use its scores, from the ledger alone; no JVM, no MLflow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from assay.cli.options import CommandOptions, given_by, json_option, pipeline_options, progress
from assay.connections import refuse_never_begun

if TYPE_CHECKING:
    from assay.stages.reporting.write_summary import WrittenForm

FORMATS = ("text", "html", "csv")


@click.command("summary")
@given_by(pipeline_options, json_option)
@click.option("--date", "day", metavar="YYYY-MM-DD", help="The scored day; by default the newest one.")
@click.option("--format", "form", default="text", show_default=True, type=click.Choice(FORMATS), help="What to print.")
def summary_command(options: CommandOptions, form: str) -> int:
    """Print a scored day for the people who use the scores, and write it as HTML, text and CSV.

    It shows the rows, the scores and the sums of the spec beside the same weekday a week before. It also shows what is
    held, and one sentence on the quality. The files are below report/PIPELINE/summaries of the project's home.
    """
    from assay.report.document import document_of
    from assay.stages.reporting.daily_summary import daily_summary
    from assay.stages.reporting.write_summary import write_summary

    ctx = options.context()
    refuse_never_begun(ctx.pipeline.project)
    summary = daily_summary(ctx, options.date)
    written = write_summary(ctx, summary)
    if options.as_json:
        click.echo(json.dumps({"files": _paths(written), **document_of(summary)}, indent=2))
        return 0
    for one in written:
        if one.form == form:
            click.echo(one.text, nl=False)
    progress(f"written to {', '.join(_paths(written).values())}")
    return 0


def _paths(written: tuple[WrittenForm, ...]) -> dict[str, str]:
    return {one.form.value: str(one.path) for one in written}
