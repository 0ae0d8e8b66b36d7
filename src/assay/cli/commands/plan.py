"""`plan` and `run`: the first shows the steps, the second executes them."""

from __future__ import annotations

import json
import sys

import click

from assay.cli.commands.overview.plan_diff import plan_json, plan_lines
from assay.cli.options import (
    CommandOptions,
    concluded,
    given_by,
    interval_options,
    open_context,
    pipeline_names,
    pipeline_options,
    print_outcome,
    reason_option,
    work_options,
)
from assay.cli.terminal.live_progress import live_progress
from assay.cli.terminal.screen import screen_of
from assay.connections import refuse_nothing_there
from assay.core.interval import Interval
from assay.errors import VerdictFailed
from assay.stages.operations.run import plan, run, select_stages
from assay.stages.planning.expected_duration import RunHistory
from assay.stages.planning.step import reasons
from assay.stages.planning.tasks import Reason

HELD = VerdictFailed.exit_code


def show_plans(options: CommandOptions, interval: Interval, stages: list[str]) -> int:
    """Print the steps of a run with their reasons, and write nothing; return 3 where a day is held, as the run does.

    Without a named pipeline, the plans of all pipelines of the project are printed.
    """
    names = pipeline_names(options)
    screen, documents, code = screen_of(sys.stdout), dict[str, list[dict[str, object]]](), 0
    for number, name in enumerate(names):
        ctx = open_context(name, options)
        refuse_nothing_there(ctx.pipeline)
        steps, history = plan(ctx, interval, stages), RunHistory(ctx)
        code = max([code, *(HELD for step in steps if Reason.HELD in reasons(step))])
        if options.as_json:
            documents[name] = plan_json(steps, history)
            continue
        lines = plan_lines(f"{name}, {interval}", steps, history, screen)
        click.echo("\n".join([*([""] if number else []), *lines]))
    if options.as_json:
        click.echo(json.dumps(documents[names[0]] if len(names) == 1 else documents, indent=2))
    return code


select_option = click.option(
    "--select", "selection", metavar="STAGE[..STAGE]", help="Only these stages, for example clean..gate."
)


@click.command("plan")
@given_by(pipeline_options, interval_options, work_options)
@select_option
def plan_command(options: CommandOptions, selection: str | None) -> int:
    """Show what `run` would do and why, as a diff with the expected time; exit 3 where a day is held.

    \b
    - +  it will be done
    - ~  it is done again, since its input, code or spec changed
    - =  it is done already, or nothing is to do
    - !  it is held

    The time is that of earlier runs. Without PIPELINE it shows the plans of all pipelines.
    """  # noqa: D301 - click keeps the lines after the character \b
    return show_plans(options, options.interval, select_stages(selection))


@click.command("run")
@given_by(pipeline_options, interval_options, work_options, reason_option)
@select_option
@click.option("--dry-run", is_flag=True, help="The same as `plan`.")
def run_command(options: CommandOptions, selection: str | None, dry_run: bool) -> int:
    """Land, clean, validate, train, gate, score and monitor an interval.

    A partition that is done already is skipped.
    """
    interval, stages = options.interval, select_stages(selection)
    if dry_run:
        return show_plans(options, interval, stages)
    with live_progress(options.context()) as ctx:
        done = run(ctx, interval, stages, lambda outcome: print_outcome(outcome, as_json=options.as_json))
    return concluded(done, as_json=options.as_json)
