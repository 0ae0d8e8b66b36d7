"""`assay submit`: one stage through spark-submit, on this machine or on a cluster; `spark-submit.sh` runs this."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import Any

import click

from assay.cli.interrupt import advise
from assay.cli.options import env_option, json_option, pipeline_name
from assay.cli.pending_notifications import remember
from assay.core.operations.submission import JOBS, DeployMode
from assay.spec.project import load_pipeline, open_project


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
@click.option("--deploy-mode", type=click.Choice(["client", "cluster"]), help="Where the driver runs.")
@click.option("--dry-run", is_flag=True, help="Print the exact spark-submit command, and submit nothing.")
@click.option("--prepare-only", is_flag=True, help="Send what a cluster needs; print what a scheduler needs.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def submit_command(flags: tuple[str, ...], /, **options: Any) -> int:
    """Submit STAGE with its own options (--date, --from, --to, ...), and exit with its exit code.

    On a cluster, Spark's jars and the Python environment are written to HDFS once and used again later. If a submission
    of the same work still runs, the command waits for that one instead.
    """
    from assay.stages.runtime.context import Context
    from assay.submission.submit import dry_run, prepare, prepare_for_scheduler, submit

    before = dict(os.environ)
    _check_arguments(options["stage"], list(options["arguments"]))
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
