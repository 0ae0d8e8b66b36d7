"""Commits to a table, one at a time for all runs: the files of a local Delta log do not decide races."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.stages.runtime.context import Context
from assay.stages.tables.catalog import name_in_catalog
from assay.stages.tables.days import empty_dates, replace_by
from assay.store.locks.locks import hold

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LOCK_TIMEOUT_SECONDS = 600.0
"""Seconds to wait for another run's commit to the same table: each takes seconds, and what was computed is worth it."""


def commit(
    ctx: Context, frame: DataFrame, place: tuple[str, str], dates: Sequence[date], metadata: Mapping[str, Any]
) -> int:
    """Make `frame` the whole content of the dates in the table at `place` (its kind and name); return the new version.

    Runs of other dates may compute at the same time: only their commits take turns.
    """
    kind, name = place
    with hold(ctx.lake, f"{kind}/{name}.commit", None, wait=LOCK_TIMEOUT_SECONDS):
        version = replace_by(ctx, frame, ctx.folder(kind, name), dates, metadata)
    name_in_catalog(ctx, kind, name)
    return version


def empty(ctx: Context, place: tuple[str, str], dates: Sequence[date], metadata: Mapping[str, Any]) -> int:
    """Empty the dates in the table at `place`, and return the new version."""
    kind, name = place
    with hold(ctx.lake, f"{kind}/{name}.commit", None, wait=LOCK_TIMEOUT_SECONDS):
        return empty_dates(ctx, ctx.folder(kind, name), dates, metadata)
