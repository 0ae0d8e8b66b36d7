"""Days of the lake's tables, read and replaced: where they are few rows past Delta's own machinery, else by Delta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval
from assay.core.table_snapshot import Snapshot
from assay.stages.runtime.context import Context
from assay.store.delta.snapshot import read_snapshot
from assay.store.filesystem.storage_path import StoragePath, uri

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def read_days(ctx: Context, kind: str, name: str, interval: Interval, version: int | None = None) -> DataFrame:
    """Return the rows of an interval of a table, as of a version, the newest by default.

    Raises:
        InputError: The table or the version does not exist.
    """
    from assay.spark.session.errors import translate_spark_errors
    from assay.spark.tables.delta_tables import read_table
    from assay.spark.tables.small_tables import read_few

    table = ctx.folder(kind, name)
    snapshot = read_snapshot(table, version)
    if snapshot is not None and snapshot.partition == ctx.partition:
        with translate_spark_errors():
            few = read_few(ctx.spark, uri(table), snapshot, interval)
        if few is not None:
            return few
    return read_table(ctx.spark, table, partition=ctx.partition, interval=interval, version=version)


def replace_by(
    ctx: Context, frame: DataFrame, table: StoragePath, dates: Sequence[date], metadata: Mapping[str, Any]
) -> int:
    """Make `frame` the whole content of the dates in a table, whose lock is held, and return its version.

    The errors are those of `assay.spark.tables.delta_tables.publish`.
    """
    from assay.spark.session.errors import translate_spark_errors
    from assay.spark.tables.delta_tables import guard, kill_points, publish
    from assay.spark.tables.small_tables import collect_few, schema_of
    from assay.store.delta.replace_days import replace_days

    snapshot = _own_snapshot(ctx, table)
    if snapshot is not None and isinstance(table, Path):
        rows = guard(frame, table, ctx.partition, dates, schema_of(snapshot))
        with translate_spark_errors():
            few = collect_few(rows)
        if few is not None:
            return replace_days(table, snapshot, few, dates, metadata, kill_points(table, metadata))
    return publish(frame, table, ctx.partition, dates, metadata)


def empty_dates(ctx: Context, table: StoragePath, dates: Sequence[date], metadata: Mapping[str, Any]) -> int:
    """Empty the dates in a table, whose lock is held, and return its version."""
    from assay.spark.tables.delta_tables import remove
    from assay.store.delta.replace_days import replace_days

    snapshot = _own_snapshot(ctx, table)
    if snapshot is not None and isinstance(table, Path):
        return replace_days(table, snapshot, None, dates, metadata)
    return remove(ctx.spark, table, ctx.partition, dates, metadata)


def _own_snapshot(ctx: Context, table: StoragePath) -> Snapshot | None:
    """Return the newest version of a table that can be written without Delta, None for any other.

    These need Delta: a table on HDFS, where Delta's commits decide who was first; a first write, which makes the table;
    and a table with rules of its own.
    """
    snapshot = read_snapshot(table) if isinstance(table, Path) else None
    usable = snapshot is not None and snapshot.writable and snapshot.partition == ctx.partition
    return snapshot if usable else None
