"""`assay put`: bring files to the landing, from a machine without a JVM."""

from __future__ import annotations

import json
from pathlib import Path

import click

from assay.cli.options import date_option, env_option, json_option, pipeline_name
from assay.core.interval import parse_date
from assay.errors import InputError
from assay.spec.project import load_pipeline, open_project
from assay.spec.suggest import did_you_mean
from assay.store.drops import put_drop
from assay.store.place import open_place


@click.command("put")
@click.argument("table")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@date_option("The date that the rows are of.")
@env_option
@json_option
@click.option("--pipeline", help="The pipeline; left out where the project has only one.")
@click.option("--force", is_flag=True, help="Replace a file of that name that holds other bytes.")
def put_command(
    table: str, files: tuple[Path, ...], day: str, env: str, as_json: bool, pipeline: str | None, force: bool
) -> int:
    """Put FILES where TABLE lands: under a temporary name, checked, then renamed."""
    opened = load_pipeline(open_project(env=env), pipeline_name(pipeline, None, env))
    if table not in opened.spec.tables:
        hint = did_you_mean(table, list(opened.spec.tables))
        raise InputError(f"the pipeline {opened.name} has no table '{table}'", code="unknown-table", hint=hint)
    environment = opened.project.environment
    landing = open_place(environment.landing, environment.webhdfs, secured=environment.secured)
    drops = put_drop(landing, opened.spec.tables[table].from_.path, parse_date(day), files, replace=force)
    if as_json:
        click.echo(
            json.dumps([{"place": str(drop.place), "sha256": drop.sha256, "new": not drop.known} for drop in drops])
        )
        return 0
    for drop in drops:
        click.echo(f"{drop.place}  {drop.sha256[:12]}{'  (was there already)' if drop.known else ''}")
    return 0
