"""`assay upload` and `assay landing-status`: write files to the landing and list missing drops, without a JVM."""

from __future__ import annotations

import json
from pathlib import Path

import click

from assay.cli.options import (
    CommandOptions,
    date_option,
    env_option,
    given_by,
    json_option,
    known_table,
    pipeline_name,
    pipeline_options,
)
from assay.connections import landing_of
from assay.core.interval import parse_date
from assay.errors import InputError
from assay.spec.project import load_pipeline, open_project
from assay.store.landing.upload import upload_file


@click.command("upload")
@click.argument("table")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@date_option("The date that the rows are of.")
@env_option
@json_option
@click.option("--pipeline", help="The pipeline; optional in a project with only one.")
@click.option("--force", is_flag=True, help="Replace a file of the same name with other bytes.")
def upload_command(
    table: str, files: tuple[Path, ...], day: str, env: str, as_json: bool, pipeline: str | None, force: bool
) -> int:
    """Upload FILES to the landing folder of TABLE: under a temporary name, checked, then renamed."""
    opened = load_pipeline(open_project(env=env), pipeline_name(pipeline, None, env))
    source = opened.spec.tables[known_table(opened, table)].from_
    if source.table is not None:
        raise InputError(
            f"the source of '{table}' is the table {source.table}, and no folder for files",
            code="table-source",
            hint="another job fills that table; Assay only reads it",
        )
    landing = landing_of(opened.project)
    drops = upload_file(landing, source.path, parse_date(day), files, replace=force, file_format=source.file_format)
    if as_json:
        click.echo(
            json.dumps([{"place": str(drop.place), "sha256": drop.sha256, "new": not drop.known} for drop in drops])
        )
        return 0
    for drop in drops:
        click.echo(f"{drop.place}  {drop.sha256[:12]}{'  (was there already)' if drop.known else ''}")
    return 0


@click.command("landing-status")
@given_by(pipeline_options, json_option, date_option("The date to look for."))
def landing_status_command(options: CommandOptions) -> int:
    """Show which tables still wait for their files of a date; exit 4 while one waits."""
    from assay.core.notifications.missing import is_live
    from assay.stages.ingest.sources.day_source import source_of

    ctx, day = options.context(), parse_date(str(options.day))
    needed = {name: source_of(ctx, name) for name, one in ctx.pipeline.spec.tables.items() if one.missing == "fail"}
    dates = {name: source.dates() for name, source in needed.items()}
    missing = sorted(name for name in needed if day not in dates[name])
    newest = max((one for name in missing for one in dates[name]), default=None)
    if options.as_json:
        document: dict[str, object] = {"date": str(day), "landed": sorted({*needed} - {*missing}), "missing": missing}
        # A lake of old dates waits for nothing: a scheduler has to know it from a feed that is late.
        document |= {"newest": newest and str(newest), "live": not missing or is_live(newest, day)}
        click.echo(json.dumps(document))
    else:
        for name, source in needed.items():
            click.echo(f"{name:<12} {f'waits for {source.drop(day)}' if name in missing else f'{day} has landed'}")
    return 4 if missing else 0
