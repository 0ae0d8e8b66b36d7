"""Who serves: models, promote, rollback, and the release of a held day. None of them starts a JVM but release."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import click

from assay.cli.options import (
    Given,
    date_option,
    env_option,
    given_by,
    json_option,
    open_context,
    pipeline_options,
    show,
)
from assay.core.interval import parse_date
from assay.errors import InputError
from assay.spec.project import open_project
from assay.stages.promote import known_versions, project, promote, rollback
from assay.stages.release import release

why_option = click.option("--reason", default="", help="Why; required.")


@click.command("models")
@given_by(pipeline_options, json_option)
def models(given: Given) -> int:
    """List the versions, who serves, and every change of role with its reason."""
    ctx = given.context()
    state, history = ctx.promotions.current(), ctx.promotions.history()
    known = known_versions(state)
    if given.as_json:
        document = {
            "pipeline": ctx.pipeline.name,
            "champion": state.champion if state else None,
            "challenger": state.challenger if state else None,
            "versions": known,
            "history": [asdict(p) for p in history],
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
@given_by(env_option, why_option, json_option)
@click.argument("names", nargs=-1, required=True, metavar="[PIPELINE] VERSION")
def promote_command(given: Given, names: tuple[str, ...]) -> int:
    """Make VERSION the champion, with a reason; effective at once, MLflow's alias follows."""
    if len(names) > 2 or not names[-1].isdigit():
        raise InputError("promote takes a version, or a pipeline and a version", code="usage", hint="assay promote 3")
    ctx = replace(given, pipeline=names[0] if len(names) == 2 else None).context()
    code = show([promote(ctx, int(names[-1]))], as_json=given.as_json)
    _follow(project(ctx))
    return code


@click.command("rollback")
@given_by(pipeline_options, why_option, json_option)
@click.option("--to", "version", type=int, help="An earlier champion; the one before this by default.")
def rollback_command(given: Given, version: int | None) -> int:
    """Give the role of champion back to an earlier version, with a reason; effective at once."""
    ctx = given.context()
    code = show([rollback(ctx, version)], as_json=given.as_json)
    _follow(project(ctx))
    return code


def _follow(warning: str) -> None:
    if warning:
        click.echo(f"warning: {warning}", err=True)


@click.command("release")
@given_by(env_option, why_option, json_option, date_option("The held date."))
@click.argument("names", nargs=-1, required=True, metavar="[PIPELINE] TABLE")
def release_command(given: Given, names: tuple[str, ...]) -> int:
    """Publish a held day all the same, with your name and reason on it."""
    if len(names) > 2:
        raise InputError("release takes a table, or a pipeline and a table", code="usage")
    table, day = names[-1], parse_date(str(given.day))
    pipeline = names[0] if len(names) == 2 else _pipeline_with(table, given)
    return show([release(open_context(pipeline, given), table, day)], as_json=given.as_json)


def _pipeline_with(table: str, given: Given) -> str:
    names = open_project(env=given.env).pipelines()
    having = [name for name in names if table in open_context(name, given).pipeline.spec.tables]
    if len(having) == 1:
        return having[0]
    what = "no pipeline has" if not having else f"{len(having)} pipelines have"
    raise InputError(f"{what} a table '{table}'", code="unknown-table", hint="assay release PIPELINE TABLE --date ...")
