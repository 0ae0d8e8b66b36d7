"""`lineage`: the OpenLineage events of past runs, printed or sent; no JVM, no MLflow."""

from __future__ import annotations

import json

import click

from assay.cli.options import CommandOptions, given_by, interval_options, json_option, pipeline_options
from assay.connections import refuse_never_begun
from assay.core.interval import Interval
from assay.core.text import quantity
from assay.errors import InfrastructureError, InputError
from assay.lineage.events import event_json, events_of, require_client
from assay.stages.lineage.send import LineageSending, runs_of, send_again, send_new
from assay.stages.runtime.context import Context

STEP_SECONDS = 20.0
"""Seconds that each step of a connection may take, where a person or a scheduler waits."""


@click.command("lineage")
@given_by(pipeline_options, interval_options, json_option)
@click.option("--print", "printed", is_flag=True, help="Print the events, a line of JSON each; this is the default.")
@click.option("--send", "sends", is_flag=True, help="Send the events to the file or the server of the environment.")
def lineage_command(options: CommandOptions, printed: bool, sends: bool) -> int:
    """Print or send the OpenLineage events of past runs, from the ledger alone; exit 4 when one could not be sent.

    With dates, the runs whose dates overlap them. Without dates, --print takes all runs, and --send those that were not
    sent yet.
    """
    if printed and sends:
        raise InputError("--print goes without --send", code="usage", hint="use one or the other")
    ctx, interval = options.context(), _interval(options)
    refuse_never_begun(ctx.pipeline.project)
    if not sends:
        return _print(ctx, interval)
    if interval is not None:
        sending = send_again(ctx, interval, timeout=STEP_SECONDS)
    else:
        sending = send_new(ctx, timeout=STEP_SECONDS, wait=STEP_SECONDS)
    click.echo(_document(sending) if options.as_json else _line(sending))
    return InfrastructureError.exit_code if sending.code else 0


def _interval(options: CommandOptions) -> Interval | None:
    dates = (options.day, options.start, options.end)
    return None if dates == (None, None, None) else options.interval


def _print(ctx: Context, interval: Interval | None) -> int:
    require_client()
    for run in runs_of(ctx, interval):
        for event in events_of(run):
            click.echo(event_json(event))
    return 0


def _document(sending: LineageSending) -> str:
    return json.dumps({"sent": sending.sent, "waiting": sending.waiting, "code": sending.code}, indent=2)


def _line(sending: LineageSending) -> str:
    waiting = f", {quantity(sending.waiting, 'run')} not sent ({sending.code})" if sending.code else ""
    return f"sent the lineage of {quantity(sending.sent, 'run')}{waiting}"
