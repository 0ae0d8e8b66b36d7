"""`assay submit`: one stage through spark-submit, on this machine or on a cluster; `spark-submit.sh` runs this."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import dataclass
from typing import Any

import click

from assay.cli.commands.overview.pipeline_ends import end_lines, show_broken
from assay.cli.interrupt import advise
from assay.cli.options import CommandOptions, all_option, env_option, json_option, open_contexts, pipeline_name
from assay.cli.pending_notifications import remember
from assay.cli.terminal.screen import screen_of
from assay.core.operations.submission import JOBS, DeployMode
from assay.errors import InfrastructureError, InputError
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context, StageOutcome


class _WithFlags(click.Command):
    """A command that passes all arguments after `--` to spark-submit."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Store the arguments after `--` for spark-submit, and return those that click leaves over of the rest."""
        at = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])


@click.command(
    "submit",
    cls=_WithFlags,
    context_settings={"ignore_unknown_options": True},
    epilog="Arguments after -- are passed to spark-submit unchanged: ... -- --queue nightly --num-executors 8",
)
@click.argument("stage", type=click.Choice(JOBS))
@env_option
@json_option
@click.option("--pipeline", "pipeline", help="The pipeline; optional in a project with only one.")
@all_option
@click.option("--deploy-mode", type=click.Choice(["client", "cluster"]), help="Where the driver runs.")
@click.option("--dry-run", is_flag=True, help="Print the exact spark-submit command, and submit nothing.")
@click.option("--prepare-only", is_flag=True, help="Send what a cluster needs; print what a scheduler needs.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def submit_command(flags: tuple[str, ...], /, **options: Any) -> int:
    """Submit STAGE with its own options (--date, --from, --to, ...), and exit with its exit code.

    On a cluster, Spark's jars and the Python environment are written to HDFS once and used again later. If a submission
    of the same work still runs, the command waits for that one instead. 'run --all' submits every pipeline of the
    project in the order of 'assay run --all', each when the one before has ended.
    """
    from assay.submission.submit import dry_run, prepare, prepare_for_scheduler, submit

    before = dict(os.environ)
    _check_arguments(options["stage"], list(options["arguments"]))
    if options["every"]:
        return _submit_every(_EveryPipeline.of(options, flags))
    name = pipeline_name(options["pipeline"], None, options["env"])
    pipeline = load_pipeline(open_project(env=options["env"]), name)
    mode: DeployMode | None = options["deploy_mode"]
    prepared = prepare(pipeline, options["stage"], options["arguments"], mode, flags)
    if options["dry_run"]:
        click.echo(shlex.join(dry_run(prepared)))
        return 0
    if options["prepare_only"]:
        click.echo(json.dumps(prepare_for_scheduler(prepared, before, say)))
        return 0
    if prepared.submission.deploy_mode == "cluster":
        tag = prepared.submission.tag
        advise(
            f"what was submitted goes on on the cluster: 'assay submission cancel {tag} --env {options['env']}' ends "
            "it, and the same command again waits for it"
        )
    remember(Context(pipeline))  # a driver on the cluster may have no secret of a channel
    end = submit(prepared, say)
    if options["as_json"]:
        tag = prepared.submission.tag
        click.echo(json.dumps({"exit_code": end.exit_code, "sentence": end.sentence, "tag": tag}))
    elif prepared.submission.deploy_mode == "cluster" or not end.judged:  # in client mode the driver has said it
        click.echo(f"{options['stage']:<9} {end.sentence}")
    return end.exit_code


@dataclass(frozen=True, slots=True)
class _EveryPipeline:
    """The submissions of all pipelines: the options of `run`, the environment, the mode, and the flags."""

    arguments: tuple[str, ...]
    env: str
    mode: DeployMode | None
    flags: tuple[str, ...]
    dry_run: bool
    as_json: bool

    @classmethod
    def of(cls, options: dict[str, Any], flags: tuple[str, ...]) -> _EveryPipeline:
        """Return what the options mean.

        Raises:
            InputError: They name a pipeline, another stage than `run`, or --prepare-only.
        """
        if options["pipeline"] or options["stage"] != "run" or options["prepare_only"]:
            hint = "--all goes with 'run' alone, without --pipeline and --prepare-only"
            raise InputError(f"--all does not go with this submission of '{options['stage']}'", code="usage", hint=hint)
        mode: DeployMode | None = options["deploy_mode"]
        return cls(
            tuple(options["arguments"]), options["env"], mode, flags, options["dry_run"], bool(options["as_json"])
        )


def _submit_every(every: _EveryPipeline) -> int:
    """Submit all pipelines, print a line for each at the end, and return the worst of their exit codes.

    A pipeline whose submission fails (exit 2 or 4) stops those that depend on it; a verdict of no (exit 3) does not.
    """
    from assay.stages.operations.run_all import in_order, links_of, run_all
    from assay.submission.submit import dry_run, prepare, submit

    contexts, broken = open_contexts(open_project(env=every.env).pipelines(), CommandOptions(env=every.env))
    links = links_of(contexts)
    ordered = in_order(contexts, links)
    if every.dry_run:
        for ctx in ordered:
            click.echo(shlex.join(dry_run(prepare(ctx.pipeline, "run", every.arguments, every.mode, every.flags))))
        show_broken(broken)
        return max((error.exit_code for error in broken.values()), default=0)

    def run_one(ctx: Context, done: list[StageOutcome]) -> None:
        say(f"{ctx.pipeline.name}: run {' '.join(every.arguments)}")
        end = submit(prepare(ctx.pipeline, "run", every.arguments, every.mode, every.flags), say)
        hint = f"'assay runs {ctx.pipeline.name}' and the lines above show why"
        if end.exit_code == 2:
            raise InputError(end.sentence, code="submission-failed", hint=hint)
        if end.exit_code not in (0, 3):
            raise InfrastructureError(end.sentence, code="submission-failed", hint=hint)
        done.append(StageOutcome("run", ctx.pipeline.name, None, end.sentence, exit_code=end.exit_code))

    ends = run_all(ordered, links, broken, run_one)
    worst = max((end.exit_code for end in ends), default=0)
    if every.as_json:
        click.echo(json.dumps({"exit_code": worst, "pipelines": [end.to_json() for end in ends]}, indent=2))
    else:
        click.echo("\n".join(end_lines(ends, screen_of(sys.stdout))))
    return worst


def say(line: str) -> None:
    """Write one line about a submission to standard error, and flush it."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _check_arguments(stage: str, arguments: list[str]) -> None:
    """Check the arguments with the stage's own command, before anything is sent to the cluster."""
    from assay.cli.main import cli

    command = cli.get_command(click.Context(cli), stage)
    assert command is not None, "a job is a command of the same name"
    command.make_context(stage, list(arguments))
