"""The rows of the small project's tables, as two runs of the same should leave them."""

from __future__ import annotations

from .conftest import Project


def rows_of(project: Project, kind: str, name: str) -> list[tuple[object, ...]]:
    """Every row of a table that a run would write again in the same way, sorted."""
    ctx = project.context()
    frame = ctx.spark.read.format("delta").load(f"file://{project.lake(kind, name)}")
    kept = [column for column in frame.columns if column not in ("run_id", "scored_at", "file")]
    return sorted(tuple(map(str, row)) for row in frame.select(*kept).collect())
