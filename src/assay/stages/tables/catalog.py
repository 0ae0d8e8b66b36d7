"""The names under which an environment's catalog knows the lake's tables."""

from __future__ import annotations

from assay.stages.runtime.context import Context
from assay.store.filesystem.storage_path import uri

_TABLE = "clean"


def name_in_catalog(ctx: Context, kind: str, name: str) -> None:
    """Register the table in the environment's catalog; do nothing where the environment has none.

    This is done once per process. The next run does it again, and so mends what this one could not register.
    """
    database = ctx.pipeline.project.environment.database
    if not database or (kind, name) in ctx.named:
        return
    from assay.spark.tables.catalog import name_table

    known = name_of(kind, name)
    folder = ctx.lake / "_assay" / "catalog" / database
    name_table(ctx.spark, database, known, uri(ctx.folder(kind, name)), uri(folder))
    ctx.named.add((kind, name))


def name_of(kind: str, name: str) -> str:
    """Return the table's name within the database.

    >>> name_of("clean", "flights"), name_of("predictions", "flight_delays"), name_of("quarantine", "flights")
    ('flights', 'flight_delays_predictions', 'flights_quarantine')
    """
    return name if kind == _TABLE else f"{name}_{kind}"
