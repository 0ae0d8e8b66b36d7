"""Who serves: models, promote, rollback, and the release of a held day. None of them starts a JVM but release."""

from __future__ import annotations

import json

import click

from assay.api import open_pipeline
from assay.cli.options import open_context, pipeline_options, progress, show
from assay.core.interval import parse_date
from assay.errors import InputError
from assay.spec.project import open_project
from assay.stages.promote import known_versions, project, promote, rollback
from assay.stages.release import release


@click.command("models")
@pipeline_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def models(pipeline: str | None, named: str | None, env: str, as_json: bool) -> int:
    """List the versions, who serves, and every change of role with its reason."""
    ctx = open_context(pipeline, named, env)
    state, history = ctx.promotions.current(), ctx.promotions.history()
    known = known_versions(state)
    if as_json:
        document = {
            "pipeline": ctx.pipeline.name,
            "champion": state.champion if state else None,
            "challenger": state.challenger if state else None,
            "versions": known,
            "history": [p.to_json() for p in history],
        }
        click.echo(json.dumps(document, indent=2))
        return 0
    for version in sorted(known, key=int):
        role = ""
        if state is not None:
            role = {state.champion: "champion", state.challenger: "challenger"}.get(int(version), "")
        about = known[version]
        click.echo(f"version {version:<4} {about.get('name', ''):<12} {role:<11} {about['digest'][:12]}")
    for p in history:
        click.echo(
            f"{p.number:>4}  {p.at}  {p.kind:<9} champion {p.champion}, challenger {p.challenger}  {p.who}: {p.why}"
        )
    if not history:
        click.echo("no model was promoted yet")
    return 0


@click.command("promote")
@click.argument("names", nargs=-1, required=True, metavar="[PIPELINE] VERSION")
@click.option("--env", default="local", show_default=True)
@click.option("--reason", default="", help="Why; required.")
@click.option("--json", "as_json", is_flag=True)
def promote_command(names: tuple[str, ...], env: str, reason: str, as_json: bool) -> int:
    """Make VERSION the champion, with a reason; effective at once, MLflow's alias follows."""
    if len(names) > 2 or not names[-1].isdigit():
        raise InputError("promote takes a version, or a pipeline and a version", code="usage", hint="assay promote 3")
    ctx = open_context(names[0] if len(names) == 2 else None, None, env, why=reason)
    code = show([promote(ctx, int(names[-1]))], as_json=as_json)
    _follow(project(ctx))
    return code


@click.command("rollback")
@pipeline_options
@click.option("--to", "version", type=int, help="An earlier champion; the one before this by default.")
@click.option("--reason", default="", help="Why; required.")
@click.option("--json", "as_json", is_flag=True)
def rollback_command(
    pipeline: str | None, named: str | None, env: str, version: int | None, reason: str, as_json: bool
) -> int:
    """Give the role of champion back to an earlier version, with a reason; effective at once."""
    ctx = open_context(pipeline, named, env, why=reason)
    code = show([rollback(ctx, version)], as_json=as_json)
    _follow(project(ctx))
    return code


def _follow(warning: str) -> None:
    if warning:
        click.echo(f"warning: {warning}", err=True)


@click.command("release")
@click.argument("names", nargs=-1, required=True, metavar="[PIPELINE] TABLE")
@click.option("--date", "day", required=True, metavar="YYYY-MM-DD", help="The held date.")
@click.option("--env", default="local", show_default=True)
@click.option("--reason", default="", help="Why; required.")
@click.option("--json", "as_json", is_flag=True)
def release_command(names: tuple[str, ...], day: str, env: str, reason: str, as_json: bool) -> int:
    """Publish a held day all the same, with your name and reason on it."""
    if len(names) > 2:
        raise InputError("release takes a table, or a pipeline and a table", code="usage")
    table = names[-1]
    pipeline = names[0] if len(names) == 2 else _pipeline_with(table, env)
    opened = open_pipeline(pipeline, env=env, progress=progress, why=reason)
    return show([release(opened.context, table, parse_date(day))], as_json=as_json)


def _pipeline_with(table: str, env: str) -> str:
    names = open_project(env=env).pipelines()
    having = [name for name in names if table in open_pipeline(name, env=env).context.pipeline.spec.tables]
    if len(having) == 1:
        return having[0]
    what = "no pipeline has" if not having else f"{len(having)} pipelines have"
    raise InputError(f"{what} a table '{table}'", code="unknown-table", hint="assay release PIPELINE TABLE --date ...")
