"""`assay submit`: one stage through spark-submit, on this machine or on a cluster; `spark-submit.sh` comes here."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import Any

import click

from assay.cli.interrupt import advise
from assay.cli.options import env_option, json_option, pipeline_name
from assay.core.operations.submission import JOBS, DeployMode
from assay.spec.project import load_pipeline, open_project


class _WithFlags(click.Command):
    """A command that leaves all that follows `--` to spark-submit."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What is left over, as click wants it."""
        at = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])


@click.command(
    "submit",
    cls=_WithFlags,
    context_settings={"ignore_unknown_options": True},
    epilog="What follows -- goes to spark-submit as it is: ... -- --queue nightly --num-executors 8",
)
@click.argument("stage", type=click.Choice(JOBS))
@env_option
@json_option
@click.option("--pipeline", "pipeline", help="The pipeline; left out where the project has only one.")
@click.option("--deploy-mode", type=click.Choice(["client", "cluster"]), help="Where the driver runs.")
@click.option("--dry-run", is_flag=True, help="Print the exact spark-submit, and submit nothing.")
@click.option("--prepare-only", is_flag=True, help="Send what a cluster needs; print what a scheduler has to start.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def submit_command(flags: tuple[str, ...], /, **options: Any) -> int:
    """Submit STAGE with its own options (--date, --from, --to, ...), and exit as it does.

    On a cluster, Spark's jars and the Python environment are put on HDFS once and found there afterwards. A
    submission of the same work that still runs is waited for instead.
    """
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
    end = submit(prepared, say)
    if options["as_json"]:
        tag = prepared.submission.tag
        click.echo(json.dumps({"exit_code": end.exit_code, "sentence": end.sentence, "tag": tag}))
    elif prepared.submission.deploy_mode == "cluster" or not end.judged:  # in client mode the driver has said it
        click.echo(f"{options['stage']:<9} {end.sentence}")
    return end.exit_code


def say(line: str) -> None:
    """One line of what a submission does, on standard error at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _check_arguments(stage: str, arguments: list[str]) -> None:
    """A stage's own command refuses what it does not know, here and before anything is sent."""
    from assay.cli.main import cli

    command = cli.get_command(click.Context(cli), stage)
    assert command is not None, "a job is a command of the same name"
    command.make_context(stage, list(arguments))
