"""Commands that a person can type as they are, for the environment of a pipeline."""

from __future__ import annotations

from datetime import date

from assay.stages.runtime.context import Context

REASON = "--reason '...'"

SCORES = "scores"
"""The name of the scores among the tables with held days."""


def typed(ctx: Context, command: str) -> str:
    """Return a command line with the environment where it is not the default one."""
    name = ctx.pipeline.project.environment.name
    return command if name == "local" else f"{command} --env {name}"


def release_command(ctx: Context, table: str, day: date) -> str:
    """Return the command that releases a held day of a table, or of the scores."""
    what = "--scores" if table == SCORES else table
    return typed(ctx, f"assay release {ctx.pipeline.name} {what} --date {day} {REASON}")
