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
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--table", required=True, help="The name that the schema and the suite get.")
@click.option("--null", "nulls", multiple=True, default=("", "NA"), help="A text that means a missing value.")
@click.option("--write", is_flag=True, help="Write conf/schemas/TABLE.yaml and conf/expectations/TABLE.json.")
@click.option("--force", is_flag=True, help="Replace the files that --write finds.")
def profile(options: CommandOptions, files: tuple[Path, ...], table: str, nulls: tuple[str, ...], write: bool) -> int:
    """Propose a schema and a suite from files or folders of many days: types, grids, categories, ranges, nulls.

    Each check is fitted on the first half of the days and back-tested on the second. The suite has its false alarms a
    month, and lists the checks that were left out because they would raise more than one in three months.
    """
    from assay.spec.inference.proposed_table import propose
    from assay.spec.project import open_project
    from assay.store.filesystem.atomic import safe_name

    proposal = propose(files, safe_name(table, "a table"), nulls=nulls)
    suite = json.dumps(proposal.suite, indent=2, ensure_ascii=False) + "\n"
    conf = open_project(env=options.env).root / "conf" if write else None
    targets = {"schemas": (f"{table}.yaml", proposal.schema_yaml), "expectations": (f"{table}.json", suite)}
    written = (
        []
        if conf is None
        else _create({conf / name / file: text for name, (file, text) in targets.items()}, options.force)
    )
    if options.as_json:
        document = {"schema": proposal.schema_yaml, "suite": proposal.suite, "written": list(map(str, written))}
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo("\n".join(map(str, written)) if written else proposal.schema_yaml + suite, nl=bool(written))
    return 0


def _create(texts: dict[Path, str], force: bool) -> list[Path]:
    """Write new files, all or none; existing ones, which a person may have corrected, only with `force`."""
    from assay.errors import InputError
    from assay.store.filesystem.atomic import write_atomically

    existing = [path for path in texts if path.exists()]
    if existing and not force:
        raise InputError(
            f"{existing[0]} exists already, and a person may have corrected it",
            code="file-exists",
            hint="leave --write out to see the proposal, or add --force to replace it",
        )
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    return list(texts)
