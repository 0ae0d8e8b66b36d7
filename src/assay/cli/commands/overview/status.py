"""`status`: the champion, the days of each table and the last runs of a pipeline, or a row for each pipeline."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from assay.cli.commands.overview.all_pipelines import all_pipelines
from assay.cli.options import (
    CommandOptions,
    champion_clause,
    given_by,
    json_option,
    open_context,
    pipeline_names,
    pipeline_options,
)
from assay.cli.terminal.run_cells import short_time, style_of
from assay.cli.terminal.screen import Screen, TextStyle, printable, screen_of
from assay.cli.terminal.table import TableColumn, TableRow, table_lines, wrapped
from assay.connections import refuse_never_begun
from assay.core.text import quantity
from assay.stages.monitoring.status import status_of

YEAR = 366

TABLE_COLUMNS = (
    TableColumn("table", cut=True),
    TableColumn("days", right=True),
    TableColumn("first", drop=1),
    TableColumn("last"),
    TableColumn("held", right=True),
)
RUN_COLUMNS = (
    TableColumn("last"),
    TableColumn("dates"),
    TableColumn("status", cut=True),
    TableColumn("at (UTC)", drop=1),
    TableColumn("run"),
)


@click.command("status")
@given_by(pipeline_options, json_option)
def status(options: CommandOptions) -> int:
    """Show the champion and the challengers, the published and held days, and the last verdicts, newest first.

    Without PIPELINE it shows a row for each pipeline of the project.
    """
    names = pipeline_names(options)
    if len(names) > 1:
        return all_pipelines(names, options)
    ctx = open_context(names[0], options)
    refuse_never_begun(ctx.pipeline.project)
    about = status_of(ctx)
    lines = status_lines(about, screen_of(sys.stdout))
    click.echo(json.dumps(about, indent=2) if options.as_json else "\n".join(lines))
    return 0


def status_lines(about: dict[str, Any], screen: Screen) -> Iterator[str]:
    """Yield the state of one pipeline, the document of `status_of`, as lines."""
    yield screen.styled(f"{about['pipeline']}: {champion_clause(about['champion'])}", TextStyle.BOLD)
    for sentence in _sentences(about):
        yield from wrapped(printable(sentence), screen, indent=2)
    yield ""
    yield from table_lines(TABLE_COLUMNS, list(_table_rows(about)), screen, indent=2)
    yield ""
    if not about["last"]:
        yield "  nothing has run yet"
    yield from table_lines(RUN_COLUMNS, list(_run_rows(about)), screen, indent=2)


def _sentences(about: dict[str, Any]) -> Iterator[str]:
    """Yield what a person has to know first: a pause, an override, challengers, proposals, past requests."""
    if about["paused"]:
        yield f"PAUSED: {about['paused']}"
    if about["override"]:
        yield f"OVERRIDE: {_override(about['override'])}"
    if about["champion_too_old"]:
        yield f"OLD: {about['champion_too_old']}"
    if about["alias_lag"]:
        yield f"aliases: {about['alias_lag']['sentence']}"
    for one in about["challengers"]:
        gain = "" if one["gain"] is None else f", gain {one['gain']:+.3g}"
        looks = f"{one['looks']} of {one['most_looks']} looks"
        yield f"challenger: {one['name']} since {one['from']}: {looks}{gain}"
    for one in about["waits"]:
        yield f"waits: the {one['by']} of {one['date']} proposes a promotion: {one['promote']}"
    for one in about["actions"]:
        yield f"{one['action']}: {_action(one)}"


def _table_rows(about: dict[str, Any]) -> Iterator[TableRow]:
    """Yield a row for each table, for the scores and for the labels, with the days by which each is behind."""
    for name, table in about["tables"].items():
        yield _table_row(name, table["published"], table)
    scored, labels = about["scored"], about["labels"]
    yield _table_row("scores", scored["days"], scored)
    newest = labels["last"] or ""
    behind = _behind(labels) or ("mature and measured" if newest else "none is mature and measured")
    yield TableRow(("labels", "", "", newest, ""), behind)


def _table_row(name: str, days: int, table: dict[str, Any]) -> TableRow:
    held, empty = table["held"], not days
    dates = f"held: {', '.join(held)}" if held else ""
    sentence = "EMPTY" if empty and name != "scores" else _behind(table)
    style = TextStyle.RED if held else TextStyle.YELLOW if empty else None
    cells = (name, f"{days:,}", table["first"] or "", table["last"] or "", f"{len(held):,}" if held else "")
    return TableRow(cells, sentence, (dates,) if held else (), style)


def _run_rows(about: dict[str, Any]) -> Iterator[TableRow]:
    """Yield the last run of each stage, the newest first, with the sentence of its verdict."""
    newest_first = sorted(enumerate(about["last"].items()), key=lambda one: (one[1][1]["at"], one[0]), reverse=True)
    for _, (stage, last) in newest_first:
        dates = (last["from"] or "") if last["from"] == last["to"] else f"{last['from']}..{last['to']}"
        cells = (stage, dates, str(last["status"]), short_time(last["at"]), last["run_id"])
        yield TableRow(cells, details=tuple(filter(None, (last["sentence"],))), style=style_of(last["status"]))


def _action(one: dict[str, Any]) -> str:
    """Return a clause about an action that the monitor requested, and what mature labels showed later."""
    known = f"{one['confirmed']} confirmed by later labels, {one['not_confirmed']} not"
    rest = "".join(f", {one[name]} {text}" for name, text in (("open", "open"), ("waiting", "wait")) if one[name])
    return f"requested {quantity(one['requested'], 'time')}: {known}{rest}"


def _behind(one: dict[str, Any]) -> str:
    """Return a clause about the days by which something is behind; empty for something without a day.

    A lake of old dates, such as the demo's, is behind today by years: its dates are enough.
    """
    today = one["behind_today"]
    parts = {"the scores": one.get("behind_scores"), "today": today if today and today <= YEAR else None}
    return " and ".join(f"{quantity(days, 'day')} behind {what}" for what, days in parts.items() if days)


def _override(one: dict[str, Any]) -> str:
    """Return a line about the override by which the champion serves."""
    until = f"EXPIRED on {one['expires']}" if one["expired"] else f"until {one['expires']}"
    return f"version {one['version']} serves {until}, by {one['who']}: {one['why']}"
