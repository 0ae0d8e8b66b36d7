"""The rows of one date of a Delta table at one version, read on the driver and without a JVM."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval
from assay.errors import InfrastructureError
from assay.store.delta.snapshot import read_snapshot
from assay.store.filesystem.storage_path import StoragePath

if TYPE_CHECKING:
    import pyarrow as pa


def read_day(table: StoragePath, day: date, version: int | None = None) -> pa.Table | None:
    """Return the rows of a date, the partition column last; None without the table, the version or rows of the date.

    Timestamps are instants of UTC in microseconds. It is for single days: all their rows come to the driver.

    Raises:
        InfrastructureError: A file of the date is gone.
    """
    import pyarrow as pa

    snapshot = read_snapshot(table, version)
    files = snapshot.within(Interval.of(day)) if snapshot is not None else []
    if snapshot is None or not files:
        return None
    parts = []
    for one in files:
        try:
            with (table / one.path).open("rb") as file:
                parts.append(_rows_of(file, snapshot.partition))
        except FileNotFoundError as error:
            raise InfrastructureError(
                f"version {snapshot.version} of {table} can no longer be read: {one.path} is gone",
                code="version-gone",
                hint="old versions are kept for as long as the spec's retention keeps them (docs/maintenance.md)",
            ) from error
    rows = pa.concat_tables(parts, promote_options="permissive")
    return rows.append_column(snapshot.partition, pa.array([day] * rows.num_rows, pa.date32()))


def _rows_of(file: Any, partition: str) -> pa.Table:
    """Return the rows of a file without the partition column, which the file's folder decides.

    Spark may write instants as INT96, which has nanoseconds and no time zone.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.ParquetFile(file).read()
    rows = rows.drop_columns([name for name in rows.column_names if name == partition])
    for place, column in enumerate(rows.schema):
        if pa.types.is_timestamp(column.type):
            instants = pc.cast(rows[place], pa.timestamp("us", column.type.tz), safe=False)
            utc = (
                pc.assume_timezone(instants, "UTC")
                if column.type.tz is None
                else pc.cast(instants, pa.timestamp("us", "UTC"))
            )
            rows = rows.set_column(place, column.name, utc)
    return rows
