"""A line for each pipeline after a command over all of them: its end, or the error for which it could not be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from assay.cli.terminal.screen import Screen, TextStyle
from assay.cli.terminal.table import TableColumn, TableRow, table_lines
from assay.errors import AssayError
from assay.stages.operations.run_all import PipelineEnd, PipelineState

COLUMNS = (TableColumn("pipeline", cut=True), TableColumn("end"), TableColumn("exit", right=True))
STYLES = {PipelineState.FAILED: TextStyle.RED, PipelineState.NOT_RUN: TextStyle.YELLOW}


def end_lines(ends: Sequence[PipelineEnd], screen: Screen) -> Iterator[str]:
    """Yield a line for each pipeline in the order of the run: its end, its exit code, and a sentence."""
    rows = [
        TableRow(
            (end.pipeline, end.state.value, str(end.exit_code)),
            end.sentence,
            style=STYLES.get(end.state) or (TextStyle.RED if end.exit_code else None),
        )
        for end in ends
    ]
    yield from table_lines(COLUMNS, rows, screen)


def show_broken(broken: Mapping[str, AssayError]) -> None:
    """Print the errors of pipelines that hide no other one, each after the name of its pipeline."""
    for name, error in broken.items():
        click.echo(f"{name}: {error.render()}", file=sys.stderr)


def broken_documents(broken: Mapping[str, AssayError]) -> list[dict[str, Any]]:
    """Return the errors as plain JSON types."""
    return [{"pipeline": name, "error": error.code, "message": error.message} for name, error in broken.items()]


def broken_exit_code(broken: Mapping[str, AssayError]) -> int:
    """Return the worst of the exit codes, 0 without an error."""
    return max((error.exit_code for error in broken.values()), default=0)
