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
@click.option("--ship", is_flag=True, help="Send what a cluster needs, and print what a scheduler has to start.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def submit_command(flags: tuple[str, ...], /, **given: Any) -> int:
    """Submit STAGE with its own options (--date, --from, --to, ...), and exit as it does.

    On a cluster, Spark's jars and the Python environment are put on HDFS once and found there afterwards. A
    submission of the same work that still runs is waited for instead.
    """
    from assay.submission.submit import dry_run, prepare, shipped, submit

    before = dict(os.environ)
    _check_arguments(given["stage"], list(given["arguments"]))
    name = pipeline_name(given["pipeline"], None, given["env"])
    pipeline = load_pipeline(open_project(env=given["env"]), name)
    mode: DeployMode | None = given["deploy_mode"]
    prepared = prepare(pipeline, given["stage"], given["arguments"], mode, flags)
    if given["dry_run"]:
        click.echo(shlex.join(dry_run(prepared)))
        return 0
    if given["ship"]:
        click.echo(json.dumps(shipped(prepared, before, say)))
        return 0
    if prepared.submission.deploy_mode == "cluster":
        tag = prepared.submission.tag
        advise(
            f"what was submitted goes on on the cluster: 'assay stop {tag} --env {given['env']}' ends it, and the same "
            "command again waits for it"
        )
    end = submit(prepared, say)
    if given["as_json"]:
        tag = prepared.submission.tag
        click.echo(json.dumps({"exit_code": end.exit_code, "sentence": end.sentence, "tag": tag}))
    elif prepared.submission.deploy_mode == "cluster" or not end.judged:  # in client mode the driver has said it
        click.echo(f"{given['stage']:<9} {end.sentence}")
    return end.exit_code


@click.command("ended")
@click.argument("tag")
@env_option
@json_option
@click.option("--pipeline", help="The pipeline; left out where the project has only one.")
@click.option("--application", default="", help="The application of YARN; waited for if it still runs.")
@click.option("--after", default="", help="Instead: the newest of that tag, unless it is this one.")
@click.option("--attempt", default="", help="The attempt, as --ship named it.")
@click.option("--state", default="", help="What is known of its end otherwise.")
def ended_command(tag: str, env: str, as_json: bool, pipeline: str | None, **known: str) -> int:
    """Say how the submission TAG ended, and exit as it did."""
    from assay.connections import lake_of, yarn_of
    from assay.store.ledger.submissions import read_ending

    project, name = open_project(env=env), pipeline_name(pipeline, None, env)
    environment, lake = project.environment, lake_of(project).place
    yarn, after = yarn_of(environment), known.pop("after")
    if environment.on_yarn and not known["application"]:
        known["application"] = yarn.newest(tag, after=after)
    if known["application"]:
        known["state"] = yarn.wait(known["application"]).final_status
    end, document = read_ending(lake, name, tag, **known)
    click.echo(json.dumps(document) if as_json else end.sentence)
    return end.exit_code


@click.command("stop")
@click.argument("tag")
@env_option
@json_option
def stop_command(tag: str, env: str, as_json: bool) -> int:
    """End what YARN still runs of the submission TAG; the same stage run again does what is left to do."""
    from assay.connections import yarn_of

    yarn = yarn_of(open_project(env=env).environment)
    living = [one.id for one in yarn.tagged(tag) if not one.over]
    for name in living:
        yarn.kill(name)
    click.echo(json.dumps({"stopped": living}) if as_json else f"stopped: {', '.join(living) or 'nothing was running'}")
    return 0


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
