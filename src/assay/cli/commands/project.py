"""`profile`, `check` and `schema`: a proposal for a project's files, and the check of those files before a run."""

from __future__ import annotations

import json
from pathlib import Path

import click

from assay.cli.options import CommandOptions, env_option, given_by, json_option, pipeline_options, progress


@click.command("schema")
def schema() -> int:
    """Print the JSON schema of a pipeline's YAML, for editors."""
    from assay.spec.json_schema import pipeline_json_schema

    click.echo(json.dumps(pipeline_json_schema(), indent=2))
    return 0


@click.command("check")
@given_by(pipeline_options, json_option)
@click.option("--static", is_flag=True, help="Only what needs no Spark.")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="The date to prove the features on; the newest by default.")
def check(options: CommandOptions, static: bool) -> int:
    """Check a pipeline: its YAML, its functions, its SQL, the owners of its tables, and the data its features use."""
    from assay.stages.operations.check import check_pipeline

    ctx = options.context()
    lines = check_pipeline(ctx, static=static, day=options.date, progress=progress)
    if options.as_json:
        click.echo(json.dumps({"pipeline": ctx.pipeline.name, "checks": lines}, indent=2))
        return 0
    for line in lines:
        click.echo(f"ok    {line}")
    return 0


@click.command("profile")
@given_by(env_option, json_option)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--table", required=True, help="The name that the schema and the suite get.")
@click.option("--null", "nulls", multiple=True, default=("", "NA"), help="A text that means a missing value.")
@click.option("--write", is_flag=True, help="Write conf/schemas/TABLE.yaml and conf/expectations/TABLE.json.")
def profile(options: CommandOptions, file: Path, table: str, nulls: tuple[str, ...], write: bool) -> int:
    """Propose a schema and a suite from a first CSV FILE: types, grids, categories, columns that are never null."""
    from assay.spec.infer_schema import propose
    from assay.spec.project import open_project
    from assay.store.filesystem.atomic import safe_name

    proposal = propose(file, safe_name(table, "a table"), nulls=nulls)
    suite = json.dumps(proposal.suite, indent=2) + "\n"
    conf = open_project(env=options.env).root / "conf" if write else None
    written = conf and [
        _create(conf / "schemas" / f"{table}.yaml", proposal.schema_yaml),
        _create(conf / "expectations" / f"{table}.json", suite),
    ]
    if options.as_json:
        document = {"schema": proposal.schema_yaml, "suite": proposal.suite, "written": list(map(str, written or []))}
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo("\n".join(map(str, written)) if written else proposal.schema_yaml + suite, nl=bool(written))
    return 0


def _create(path: Path, text: str) -> Path:
    """Write a new file; an existing one, which a person may have corrected, is never overwritten."""
    from assay.errors import InputError

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            f"{path} exists already, and a person may have corrected it",
            code="file-exists",
            hint="leave --write out to see the proposal, or move the file away",
        ) from None
    return path
