"""The options that commands share, and what becomes of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from assay.api import open_pipeline
from assay.core.interval import Interval, parse_date
from assay.errors import InputError
from assay.spec.project import open_project
from assay.stages.context import Context, Outcome, exit_code

Command = Callable[..., Any]


def pipeline_options(command: Command) -> Command:
    """PIPELINE as an argument, or --pipeline as the jobs say it; left out where the project has only one."""
    command = click.option("--env", default="local", show_default=True, help="The file of conf/environments to use.")(
        command
    )
    command = click.option("--pipeline", "named", help="The pipeline, as an option.")(command)
    return click.argument("pipeline", required=False)(command)


def interval_options(command: Command) -> Command:
    """--date, or --from and --to (half-open)."""
    command = click.option("--date", "day", metavar="YYYY-MM-DD", help="One date.")(command)
    command = click.option("--to", "end", metavar="YYYY-MM-DD", help="The first date that is left out.")(command)
    return click.option("--from", "start", metavar="YYYY-MM-DD", help="The first date.")(command)


def work_options(command: Command) -> Command:
    """--force, --wait and --json."""
    command = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)
    command = click.option("--wait", default=0.0, metavar="SECONDS", help="Wait that long for another run to finish.")(
        command
    )
    return click.option("--force", is_flag=True, help="Redo what is already done.")(command)


def interval_of(start: str | None, end: str | None, day: str | None) -> Interval:
    """The interval that the options name; raises InputError when they name none, or two."""
    if day is not None and (start is not None or end is not None):
        raise InputError("--date goes without --from and --to", code="usage", hint="use one or the other")
    if day is not None:
        return Interval.of(parse_date(day))
    if start is None or end is None:
        raise InputError(
            "which dates?", code="usage", hint="say --date 2013-01-31, or --from 2013-01-01 --to 2013-02-01 (half-open)"
        )
    return Interval.parse(start, end)


def pipeline_name(pipeline: str | None, named: str | None, env: str) -> str:
    """The pipeline that was named, or the only one of the project."""
    if pipeline and named and pipeline != named:
        raise InputError(f"two pipelines were named: {pipeline} and {named}", code="usage", hint="name one")
    if pipeline or named:
        return str(pipeline or named)
    names = open_project(env=env).pipelines()
    if len(names) == 1:
        return names[0]
    raise InputError("which pipeline?", code="usage", hint=f"one of: {', '.join(names) or 'none is there yet'}")


def open_context(pipeline: str | None, named: str | None, env: str, **context: Any) -> Context:
    """The context of a command; progress goes to standard error, and only to a terminal."""
    opened = open_pipeline(pipeline_name(pipeline, named, env), env=env, progress=progress, **context)
    return opened.context


def progress(line: str) -> None:
    """One line of progress, dimmed, on standard error; nothing where nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\x1b[2m  {line}\x1b[0m\n")


def show(outcomes: Sequence[Outcome], *, as_json: bool) -> int:
    """Print what the stages did and return the exit code: the worst of them."""
    code = exit_code(outcomes)
    if as_json:
        click.echo(json.dumps({"exit_code": code, "outcomes": [outcome.to_json() for outcome in outcomes]}, indent=2))
    else:
        for outcome in outcomes:
            click.echo(f"{outcome.stage:<9} {outcome.sentence}" + (f"  [{outcome.run_id}]" if outcome.run_id else ""))
    return code
