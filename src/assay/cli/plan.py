"""`plan` and `run`: the same steps, shown or executed."""

from __future__ import annotations

import json

import click

from assay.cli.options import (
    Given,
    given_by,
    interval_options,
    pipeline_options,
    reason_option,
    show,
    work_options,
)
from assay.core.interval import Interval
from assay.stages.context import Context
from assay.stages.run import Step, plan, reasons, run, select_stages


def _plan_json(steps: list[Step]) -> list[dict[str, object]]:
    return [
        {
            "stage": step.stage,
            "subject": step.subject,
            "interval": str(step.interval),
            "due": step.due,
            "note": step.note,
            "partitions": [{"date": str(t.day), "reason": t.reason.value} for t in step.tasks],
        }
        for step in steps
    ]


def show_plan(ctx: Context, interval: Interval, stages: list[str], *, as_json: bool) -> int:
    """Print what a run would do, and why; nothing is written."""
    steps = plan(ctx, interval, stages)
    if as_json:
        click.echo(json.dumps(_plan_json(steps), indent=2))
        return 0
    for step in steps:
        counts = ", ".join(f"{count} {reason.value}" for reason, count in reasons(step).items())
        what = "; ".join(part for part in (counts, step.note) if part) or "nothing to do"
        click.echo(f"{step.stage:<9} {step.subject:<14} {step.interval!s:<24} {what}")
    return 0


select_option = click.option(
    "--select", "selection", metavar="STAGE[..STAGE]", help="Only these stages, for example clean..gate."
)


@click.command("plan")
@given_by(pipeline_options, interval_options, work_options)
@select_option
def plan_command(given: Given, selection: str | None) -> int:
    """Show what `run` would do and why: never run, input, code or spec changed, or already done."""
    interval, stages = given.interval, select_stages(selection)
    return show_plan(given.context(), interval, stages, as_json=given.as_json)


@click.command("run")
@given_by(pipeline_options, interval_options, work_options, reason_option)
@select_option
@click.option("--dry-run", is_flag=True, help="The same as `plan`.")
def run_command(given: Given, selection: str | None, dry_run: bool) -> int:
    """Land, clean, validate, train, gate, score and monitor an interval, and judge the challenger.

    What is done already is not done again.
    """
    interval, stages = given.interval, select_stages(selection)
    if dry_run:
        return show_plan(given.context(), interval, stages, as_json=given.as_json)
    return show(run(given.context(), interval, stages), as_json=given.as_json)
