"""`doctor` and `preflight`: the checks of what a run needs, before it starts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable

import click

from assay.cli.options import CommandOptions, env_option, given_by, json_option, pipeline_options
from assay.connections import lake_of, landing_of, yarn_of
from assay.errors import AssayError
from assay.spec.project import Pipeline, load_pipeline, open_project
from assay.store.filesystem.atomic import create_exclusively


@click.command("preflight")
@given_by(pipeline_options, json_option)
def preflight_command(options: CommandOptions) -> int:
    """Check the packages and the code of an executor, and write to the lake from it; `doctor` submits this."""
    from assay.stages.runtime.preflight import preflight

    ctx = options.context()
    lines = preflight(ctx.pipeline, ctx.lake, ctx.spark, again=True)
    outcomes = [{"stage": "preflight", "sentence": line} for line in lines]
    click.echo(json.dumps({"exit_code": 0, "outcomes": outcomes}, indent=2) if options.as_json else "\n".join(lines))
    return 0


@click.command("doctor")
@env_option
@json_option
@click.option("--pipeline", help="The pipeline whose code is checked; the first of the project by default.")
def doctor_command(env: str, as_json: bool, pipeline: str | None) -> int:
    """Check Java, the lake, the landing, MLflow, YARN, an executor and the channels; print a sentence for each."""
    project = open_project(env=env)
    opened = load_pipeline(project, pipeline or next(iter(project.pipelines()), ""))
    worst, checks = 0, {}
    for title, check in _CHECKS.items():
        code, sentence = _looked(check, opened)
        worst = max(worst, code)
        checks[title] = {"exit_code": code, "sentence": sentence}
        if not as_json:
            click.echo(f"{title:<10} {'FAILED ' if code else 'ok     '} {sentence}")
    if as_json:
        click.echo(json.dumps({"exit_code": worst, "checks": checks}, indent=2))
    return worst


def _looked(check: Callable[[Pipeline], str], pipeline: Pipeline) -> tuple[int, str]:
    """Return the exit code of a check, and its sentence."""
    try:
        return 0, check(pipeline)
    except AssayError as error:
        return error.exit_code, error.message + (f" ({error.hint})" if error.hint else "")


def _java(_: Pipeline) -> str:
    from assay.spark.session.jars import installed_jars
    from assay.spark.session.java import find_java

    home, jars = find_java(), installed_jars()
    return f"{home}, Delta's jars " + (f"in {jars[0].parent}" if jars else "with Spark's own")


def _lake(pipeline: Pipeline) -> str:
    lake = lake_of(pipeline.project).place
    trial = lake / "_assay" / "preflight" / f"trial-{secrets.token_hex(6)}.json"
    create_exclusively(trial, b"{}")
    trial.unlink()
    return f"{lake} can be written without a JVM"


def _landing(pipeline: Pipeline) -> str:
    landing = landing_of(pipeline.project)
    there = [name for name, table in pipeline.spec.tables.items() if (landing / table.from_.path).is_dir()]
    return f"{landing}: {len(there)} of {len(pipeline.spec.tables)} sources have landed something"


def _mlflow(pipeline: Pipeline) -> str:
    from assay.models.mlflow.client import mlflow_errors, open_client, shown

    address = pipeline.project.environment.mlflow_tracking
    client = open_client(address)
    with mlflow_errors(address, "be asked"):
        client.search_experiments(max_results=1)
    return shown(address)


def _yarn(pipeline: Pipeline) -> str:
    environment = pipeline.project.environment
    if not environment.on_yarn:
        return f"none: the master is {environment.master}"
    yarn_of(environment).tagged("assay-doctor")
    return ", ".join(environment.resource_manager)


def _worker(pipeline: Pipeline) -> str:
    if not pipeline.project.environment.on_yarn:
        return "none: tasks run in this machine's processes"
    from assay.cli.commands.submit import say
    from assay.errors import InfrastructureError
    from assay.submission.submit import prepare, submit

    end = submit(prepare(pipeline, "preflight", (), "client", ()), say)
    if end.exit_code != 0:
        raise InfrastructureError(end.sentence, code="preflight")
    return end.sentence


def _notifications(pipeline: Pipeline) -> str:
    from assay.stages.notifications.state import channels_state

    return channels_state(pipeline)


_CHECKS = {
    "java": _java,
    "lake": _lake,
    "landing": _landing,
    "mlflow": _mlflow,
    "yarn": _yarn,
    "executors": _worker,
    "channels": _notifications,
}
