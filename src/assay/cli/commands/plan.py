"""`plan` and `run`: the first shows the steps, the second executes them."""

from __future__ import annotations

import json

import click

from assay.cli.options import (
    CommandOptions,
    concluded,
    given_by,
    interval_options,
    pipeline_options,
    print_outcome,
    reason_option,
    work_options,
)
from assay.connections import refuse_nothing_there
from assay.core.interval import Interval
from assay.errors import VerdictFailed
from assay.stages.operations.run import plan, run, select_stages
from assay.stages.planning.held_days import held_days
from assay.stages.planning.step import Step, reasons
from assay.stages.planning.tasks import Reason
from assay.stages.runtime.context import Context

HELD = VerdictFailed.exit_code


def _plan_json(steps: list[Step]) -> list[dict[str, object]]:
    return [
        {
            "stage": step.stage,
            "subject": step.subject,
            "interval": str(step.interval),
            "due": step.due,
            "note": step.note,
            "partitions": [{"date": str(t.day), "reason": t.reason.value} for t in step.tasks],
            "held": [held.to_json() for held in held_days(step)],
        }
        for step in steps
    ]


def show_plan(ctx: Context, interval: Interval, stages: list[str], *, as_json: bool) -> int:
    """Print the steps of a run with their reasons, and write nothing; return 3 where a day is held, as the run does."""
    refuse_nothing_there(ctx.pipeline)
    steps = plan(ctx, interval, stages)
    if as_json:
        click.echo(json.dumps(_plan_json(steps), indent=2))
    for step in [] if as_json else steps:
        counts = ", ".join(f"{count} {reason.value}" for reason, count in reasons(step).items())
        what = "; ".join(part for part in (counts, step.note) if part) or "nothing to do"
        click.echo(f"{step.stage:<9} {step.subject:<14} {step.interval!s:<24} {what}")
        for held in held_days(step):
            click.echo(f"{'':<9} held {held.day}: {held.sentence}")
            for command in held.commands:
                click.echo(f"{'':<11} {command}")
    return HELD if any(Reason.HELD in reasons(step) for step in steps) else 0


select_option = click.option(
    "--select", "selection", metavar="STAGE[..STAGE]", help="Only these stages, for example clean..gate."
)


@click.command("plan")
@given_by(pipeline_options, interval_options, work_options)
@select_option
def plan_command(options: CommandOptions, selection: str | None) -> int:
    """Show the steps of `run` and why: never run, input, code or spec changed, done already, or held (exit 3)."""
    interval, stages = options.interval, select_stages(selection)
    return show_plan(options.context(), interval, stages, as_json=options.as_json)


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
        return show_plan(options.context(), interval, stages, as_json=options.as_json)
    done = run(options.context(), interval, stages, lambda outcome: print_outcome(outcome, as_json=options.as_json))
    return concluded(done, as_json=options.as_json)
