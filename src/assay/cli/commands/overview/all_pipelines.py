"""A row for each pipeline of a project: its state, its champion, its newest days and its last run."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from assay.cli.options import CommandOptions, open_context
from assay.cli.terminal.run_cells import short_time
from assay.cli.terminal.screen import TextStyle, screen_of
from assay.cli.terminal.table import TableColumn, TableRow, table_lines
from assay.connections import refuse_never_begun
from assay.errors import AssayError
from assay.spec.project import open_project
from assay.stages.monitoring.status import status_of

COLUMNS = (
    TableColumn("pipeline", cut=True),
    TableColumn("state"),
    TableColumn("champion", right=True),
    TableColumn("published to", drop=2),
    TableColumn("scored to"),
    TableColumn("held", right=True),
    TableColumn("last run", drop=1),
    TableColumn("at (UTC)"),
)
STYLES = {"held": TextStyle.RED, "paused": TextStyle.YELLOW, "waits": TextStyle.YELLOW, "new": TextStyle.DIM}


def all_pipelines(names: Sequence[str], options: CommandOptions) -> int:
    """Print a row for each pipeline, the one that ran last first; a broken one does not hide the others.

    The exit code is the highest of the pipelines that could not be read, 0 where all could.
    """
    refuse_never_begun(open_project(env=options.env))
    documents: list[dict[str, Any]] = []
    broken: list[tuple[str, AssayError]] = []
    for name in names:
        try:
            documents.append(status_of(open_context(name, options)))
        except AssayError as error:
            broken.append((name, error))
    if options.as_json:
        errors = [{"pipeline": name, "error": error.code, "message": error.message} for name, error in broken]
        click.echo(json.dumps({"pipelines": [*documents, *errors]}, indent=2))
    else:
        rows = [_row(about) for about in sorted(documents, key=_last_at, reverse=True)]
        rows += [_broken_row(name, error) for name, error in broken]
        click.echo("\n".join(table_lines(COLUMNS, rows, screen_of(sys.stdout))))
    return max((error.exit_code for _, error in broken), default=0)


def _last_at(about: dict[str, Any]) -> str:
    return max((last["at"] for last in about["last"].values()), default="")


def _row(about: dict[str, Any]) -> TableRow:
    tables, scored = about["tables"].values(), about["scored"]
    held = sum(len(table["held"]) for table in tables) + len(scored["held"])
    newest = [table["last"] for table in tables]
    published = min(newest, default="") if all(newest) else "none"
    stage = max(about["last"], key=lambda name: about["last"][name]["at"], default="")
    state = _state(about, held)
    cells = (
        about["pipeline"],
        state,
        "none" if about["champion"] is None else str(about["champion"]),
        published,
        scored["last"] or "none",
        f"{held:,}" if held else "",
        stage,
        short_time(_last_at(about)),
    )
    sentence = about["paused"] or "".join(one["promote"] for one in about["waits"][:1])
    return TableRow(cells, sentence, style=STYLES.get(state))


def _state(about: dict[str, Any], held: int) -> str:
    """Return the state in one word, the most urgent one."""
    if about["paused"]:
        return "paused"
    if held:
        return "held"
    if about["waits"]:
        return "waits"
    return "serves" if about["champion"] is not None else "learns" if about["last"] else "new"


def _broken_row(name: str, error: AssayError) -> TableRow:
    cells = (name, "broken", *[""] * (len(COLUMNS) - 2))
    return TableRow(cells, f"error[{error.code}]: {error}", style=TextStyle.RED)
