"""`check` and `schema`: is what was written right, before anything runs."""

from __future__ import annotations

import json

import click

from assay.cli.options import open_context, pipeline_options, progress


@click.command("schema")
def schema() -> int:
    """Print the JSON schema of a pipeline's YAML, for editors."""
    from assay.spec.jsonschema import pipeline_json_schema

    click.echo(json.dumps(pipeline_json_schema(), indent=2))
    return 0


@click.command("check")
@pipeline_options
@click.option("--static", is_flag=True, help="Only what needs no Spark.")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="The date to prove the features on; the newest by default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(pipeline: str | None, named: str | None, env: str, static: bool, day: str | None, as_json: bool) -> int:
    """Check a pipeline: its YAML, its functions, each SQL on its table's schema, and that nothing looks ahead."""
    from assay.core.interval import parse_date
    from assay.stages.check import check_pipeline

    ctx = open_context(pipeline, named, env)
    lines = check_pipeline(ctx, static=static, day=parse_date(day) if day else None, progress=progress)
    if as_json:
        click.echo(json.dumps({"pipeline": ctx.pipeline.name, "checks": lines}, indent=2))
        return 0
    for line in lines:
        click.echo(f"ok    {line}")
    return 0
