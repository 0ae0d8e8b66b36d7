"""`check` and `schema`: is what was written right, before anything runs."""

from __future__ import annotations

import json

import click

from assay.cli.options import Given, given_by, json_option, pipeline_options, progress


@click.command("schema")
def schema() -> int:
    """Print the JSON schema of a pipeline's YAML, for editors."""
    from assay.spec.jsonschema import pipeline_json_schema

    click.echo(json.dumps(pipeline_json_schema(), indent=2))
    return 0


@click.command("check")
@given_by(pipeline_options, json_option)
@click.option("--static", is_flag=True, help="Only what needs no Spark.")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="The date to prove the features on; the newest by default.")
def check(given: Given, static: bool) -> int:
    """Check a pipeline: its YAML, its functions, each SQL on its table's schema, and that nothing looks ahead."""
    from assay.stages.check import check_pipeline

    ctx = given.context()
    lines = check_pipeline(ctx, static=static, day=given.date, progress=progress)
    if given.as_json:
        click.echo(json.dumps({"pipeline": ctx.pipeline.name, "checks": lines}, indent=2))
        return 0
    for line in lines:
        click.echo(f"ok    {line}")
    return 0
