"""`assay submission`: the end of a submission by its tag, and the command that cancels it."""

from __future__ import annotations

import json

import click

from assay.cli.options import env_option, json_option, pipeline_name
from assay.spec.project import open_project


@click.group("submission")
def submission_group() -> None:
    """Follow or cancel a submission of 'assay submit', by its tag."""


@submission_group.command("status")
@click.argument("tag")
@env_option
@json_option
@click.option("--pipeline", help="The pipeline; optional in a project with only one.")
@click.option("--application", default="", help="The application of YARN. The command waits while it runs.")
@click.option("--newer-than", default="", help="Instead: the newest application of the tag, other than this one.")
@click.option("--attempt", default="", help="The attempt, as 'assay submit --prepare-only' printed it.")
@click.option("--state", default="", help="The end of the application, as the scheduler knows it.")
def submission_status_command(tag: str, env: str, as_json: bool, pipeline: str | None, **known: str) -> int:
    """Show how the submission TAG ended, and exit with its exit code."""
    from assay.connections import lake_of, yarn_of
    from assay.store.ledger.submissions import read_ending

    project, name = open_project(env=env), pipeline_name(pipeline, None, env)
    environment, lake = project.environment, lake_of(project).place
    yarn, newer_than = yarn_of(environment), known.pop("newer_than")
    if environment.on_yarn and not known["application"]:
        known["application"] = yarn.newest(tag, after=newer_than)
    if known["application"]:
        known["state"] = yarn.wait(known["application"]).final_status
    end, document = read_ending(lake, name, tag, **known)
    click.echo(json.dumps(document) if as_json else end.sentence)
    return end.exit_code


@submission_group.command("cancel")
@click.argument("tag")
@env_option
@json_option
def submission_cancel_command(tag: str, env: str, as_json: bool) -> int:
    """Kill the applications of YARN that still run for the submission TAG; the same stage can be run again."""
    from assay.connections import yarn_of

    yarn = yarn_of(open_project(env=env).environment)
    living = [one.id for one in yarn.tagged(tag) if not one.over]
    for name in living:
        yarn.kill(name)
    click.echo(json.dumps({"stopped": living}) if as_json else f"stopped: {', '.join(living) or 'nothing was running'}")
    return 0
