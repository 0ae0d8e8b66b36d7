"""`plan` and `run`: the first shows the steps, the second executes them."""

from __future__ import annotations

import json
import sys

import click

from assay.cli.commands.overview.pipeline_ends import broken_exit_code, end_lines, show_broken
from assay.cli.commands.overview.plan_diff import plan_json, plan_lines
from assay.cli.options import (
    CommandOptions,
    all_option,
    concluded,
    each_pipeline,
    every_pipeline,
    given_by,
    interval_options,
    open_contexts,
    pipeline_names,
    pipeline_options,
    print_outcome,
    reason_option,
    work_options,
)
from assay.cli.terminal.live_progress import live_progress
from assay.cli.terminal.screen import TextStyle, screen_of
from assay.connections import refuse_nothing_there
from assay.core.interval import Interval
from assay.errors import VerdictFailed
from assay.stages.operations.run import plan, run, select_stages
from assay.stages.operations.run_all import in_order, links_of, run_all
from assay.stages.planning.expected_duration import RunHistory
from assay.stages.planning.step import reasons
from assay.stages.planning.tasks import Reason
from assay.stages.runtime.context import Context, StageOutcome

HELD = VerdictFailed.exit_code


def show_plans(options: CommandOptions, interval: Interval, stages: list[str], *, ordered: bool = False) -> int:
    """Print the steps of a run with their reasons, and write nothing; return 3 where a day is held, as the run does.

    Without a named pipeline, the plans of all pipelines of the project are printed, `ordered` as `run --all` orders
    them. One that cannot be planned does not hide the others: its error comes at the end, and decides the exit code.
    """
    names = every_pipeline(options) if ordered else pipeline_names(options)
    screen = screen_of(sys.stdout)

    def planned(ctx: Context) -> tuple[int, list[dict[str, object]], list[str]]:
        refuse_nothing_there(ctx.pipeline)
        steps, history = plan(ctx, interval, stages), RunHistory(ctx)
        code = HELD if any(Reason.HELD in reasons(step) for step in steps) else 0
        if options.as_json:
            return code, plan_json(steps, history), []
        return code, [], list(plan_lines(f"{ctx.pipeline.name}, {interval}", steps, history, screen))

    plans, broken = each_pipeline(_ordered(names, options) if ordered else names, options, planned)
    if options.as_json:
        errors = {name: [{"error": error.code, "message": error.message}] for name, error in broken.items()}
        documents = {name: document for name, (_, document, _) in plans.items()}
        click.echo(json.dumps(documents[names[0]] if len(names) == 1 else {**documents, **errors}, indent=2))
    else:
        click.echo("\n\n".join("\n".join(lines) for _, _, lines in plans.values()))
    show_broken(broken)
    return max([broken_exit_code(broken), *(code for code, _, _ in plans.values())])


def _ordered(names: list[str], options: CommandOptions) -> list[str]:
    """Return the names in the order of a run; those that cannot be read come last."""
    contexts, broken = open_contexts(names, options)
    return [*(ctx.pipeline.name for ctx in in_order(contexts, links_of(contexts))), *broken]


select_option = click.option(
    "--select", "selection", metavar="STAGE[..STAGE]", help="Only these stages, for example clean..gate."
)


@click.command("plan")
@given_by(pipeline_options, interval_options, work_options)
@select_option
@all_option
def plan_command(options: CommandOptions, selection: str | None, every: bool) -> int:
    """Show what `run` would do and why, as a diff with the expected time; exit 3 where a day is held.

    \b
    - +  it will be done
    - ~  it is done again, since its input, code or spec changed
    - =  it is done already, or nothing is to do
    - !  it is held

    The time is that of earlier runs. Without PIPELINE it shows the plans of all pipelines, with --all in their order.
    """  # noqa: D301 - click keeps the lines after the character \b
    return show_plans(options, options.interval, select_stages(selection), ordered=every)


@click.command("run")
@given_by(pipeline_options, interval_options, work_options, reason_option)
@select_option
@all_option
@click.option("--dry-run", is_flag=True, help="The same as `plan`.")
def run_command(options: CommandOptions, selection: str | None, every: bool, dry_run: bool) -> int:
    """Land, clean, validate, train, gate, score and monitor an interval.

    A partition that is done already is skipped. With --all it runs every pipeline of the project, each after the owner
    of a table that they share, and after a pipeline whose predictions it reads. A failed one stops only those.
    """
    interval, stages = options.interval, select_stages(selection)
    if dry_run:
        return show_plans(options, interval, stages, ordered=every)
    if every:
        return _run_every(options, interval, stages)
    with live_progress(options.context()) as ctx:
        done = run(ctx, interval, stages, lambda outcome: print_outcome(outcome, as_json=options.as_json))
    return concluded(done, as_json=options.as_json)


def _run_every(options: CommandOptions, interval: Interval, stages: list[str]) -> int:
    """Run all pipelines, print a line for each at the end, and return the worst of their exit codes."""
    contexts, broken = open_contexts(every_pipeline(options), options)
    links = links_of(contexts)

    def run_one(ctx: Context, done: list[StageOutcome]) -> None:
        def note(outcome: StageOutcome) -> None:
            done.append(outcome)
            print_outcome(outcome, as_json=options.as_json)

        if not options.as_json:
            click.echo(screen_of(sys.stdout).styled(f"{ctx.pipeline.name}, {interval}", TextStyle.BOLD))
        with live_progress(ctx):
            run(ctx, interval, stages, note)

    ends = run_all(in_order(contexts, links), links, broken, run_one)
    worst = max((end.exit_code for end in ends), default=0)
    if options.as_json:
        click.echo(json.dumps({"exit_code": worst, "pipelines": [end.to_json() for end in ends]}, indent=2))
    else:
        click.echo("\n".join(["", *end_lines(ends, screen_of(sys.stdout))]))
    return worst
