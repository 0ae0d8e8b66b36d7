"""`explain`: a run, a date, a table or a version from what is stored; one prediction by its key, which needs Spark."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from assay.cli.options import (
    CommandOptions,
    env_option,
    given_by,
    json_option,
    known_table,
    open_context,
    pipeline_name,
    pipeline_option,
)
from assay.cli.terminal.screen import printable
from assay.connections import refuse_never_begun
from assay.core.interval import parse_date
from assay.core.model_versions import ModelVersion
from assay.errors import InputError
from assay.report.content.explanation import Account
from assay.spec.project import Project, open_project
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import RunRecord

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Explained:
    """The answer of the command: the account as a page, as JSON, and as lines of text."""

    ctx: Context
    account: Account
    document: Mapping[str, Any]
    lines: tuple[str, ...]


@click.command("explain")
@given_by(env_option, pipeline_option, json_option)
@click.option("--version", metavar="N", type=int, help="A model version.")
@click.option("--key", "pairs", multiple=True, metavar="COLUMN=VALUE", help="With --date: the prediction of this key.")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="A date; with --key, that of the prediction.")
@click.option("--html", "as_page", is_flag=True, help="Write a page of the report, and print its path.")
@click.argument("names", nargs=-1, metavar="[PIPELINE] [WHAT]")
def explain(
    options: CommandOptions, names: tuple[str, ...], version: int | None, pairs: tuple[str, ...], *, as_page: bool
) -> int:
    """Explain WHAT: a run, a date or a table; or a model version, or one prediction by its key.

    A prediction is shown with what each feature adds, with the rows that it rests on, and with who promoted its model.
    """
    project = open_project(env=options.env)
    refuse_never_begun(project)
    explained = _explained(project, options, names, version, pairs)
    if as_page:
        from assay.stages.explanation.write_account import write_account

        page = write_account(explained.ctx, explained.account)
        shown = json.dumps({"page": str(page), **explained.document}, indent=2, default=str)
        click.echo(shown if options.as_json else str(page))
    elif options.as_json:
        click.echo(json.dumps(explained.document, indent=2, default=str))
    else:
        click.echo("\n".join(printable(line) for line in explained.lines))
    return 0


def _explained(
    project: Project, options: CommandOptions, names: tuple[str, ...], version: int | None, pairs: tuple[str, ...]
) -> Explained:
    by_option = [version is not None, bool(pairs) or options.day is not None]
    if len(names) > 2 or sum(by_option) > 1 or (any(by_option) and len(names) > 1):
        hint = "assay explain PIPELINE RUN|DATE|TABLE, or PIPELINE --version N, or PIPELINE --key COLUMN=VALUE --date D"
        raise InputError("explain takes one thing", code="usage", hint=hint)
    if version is not None:
        return _version(_context(options, names), ModelVersion(version))
    if pairs:
        if options.day is None:
            raise InputError("the prediction of which date?", code="usage", hint="add --date 2013-01-31")
        return _prediction(_context(options, names), pairs, options.day)
    if options.day is not None:
        return _day(_context(options, names), options.day)
    if not names:
        raise InputError("explain what?", code="usage", hint="name a run, a date or a table, or add --version or --key")
    return _named(project, options, names)


def _context(options: CommandOptions, names: tuple[str, ...]) -> Context:
    return open_context(pipeline_name(names[0] if names else None, options.named, options.env), options)


def _named(project: Project, options: CommandOptions, names: tuple[str, ...]) -> Explained:
    """Return the account of what a word names: a date, a table of the pipeline, else a run."""
    *before, what = names
    if before or options.named or len(project.pipelines()) == 1:
        ctx = _context(options, tuple(before))
        if _DATE.fullmatch(what):
            return _day(ctx, what)
        if what in ctx.pipeline.spec.tables:
            return _table(ctx, what)
        if not re.search(r"\d", what):  # every run has a date in its name
            known_table(ctx.pipeline, what)
    elif _DATE.fullmatch(what) or what in project.pipelines():
        pipeline_name(None, None, options.env)
    ctx, record = _find(project, what, [*before] or ([options.named] if options.named else []), options)
    return _run(ctx, record)


def _find(project: Project, run_id: str, names: list[str], options: CommandOptions) -> tuple[Context, RunRecord]:
    missing: InputError | None = None
    for name in names or project.pipelines():
        ctx = open_context(name, options)
        try:
            return ctx, ctx.ledger.record(run_id)
        except InputError as error:
            missing = error
    raise missing or InputError(
        "this project has no pipeline", code="no-pipeline", hint="write conf/pipelines/NAME.yaml"
    )


def _run(ctx: Context, record: RunRecord) -> Explained:
    from assay.stages.explanation.run import run_account, run_document, run_text

    return Explained(ctx, run_account(ctx, record), run_document(ctx, record), tuple(run_text(ctx, record)))


def _day(ctx: Context, text: str) -> Explained:
    from assay.stages.explanation.day import day_account, explain_day

    ctx = ctx.with_fixed_ledger()
    page = explain_day(ctx, parse_date(text))
    return _of(ctx, day_account(ctx, page), page)


def _table(ctx: Context, table: str) -> Explained:
    from assay.stages.explanation.table import explain_table, table_account

    ctx = ctx.with_fixed_ledger()
    made = explain_table(ctx, table)
    return _of(ctx, table_account(ctx, made), made)


def _version(ctx: Context, version: ModelVersion) -> Explained:
    from assay.stages.explanation.version import explain_version, version_account

    ctx = ctx.with_fixed_ledger()
    made = explain_version(ctx, version)
    return _of(ctx, version_account(ctx, made), made)


def _prediction(ctx: Context, pairs: tuple[str, ...], day: str) -> Explained:
    from assay.stages.explanation.prediction import explain_prediction
    from assay.stages.explanation.prediction_page import prediction_account

    ctx = ctx.with_fixed_ledger()
    made = explain_prediction(ctx, pairs, parse_date(day))
    return _of(ctx, prediction_account(made), made)


def _of(ctx: Context, account: Account, made: Any) -> Explained:
    from assay.report.document import document_of

    return Explained(ctx, account, document_of(made), tuple(account.lines()))
