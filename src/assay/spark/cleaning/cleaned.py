"""The rows of a cleaned interval, good and refused, in one persisted frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from assay.spark.expressions import column
from assay.spark.landing.row_columns import FILE, QUARANTINE, RAW, REASON, REPLAYED

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema

Counts = dict[str, Any]
"""Of one day: `in` and `out`, and `quarantined` and `dropped` by rule."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The result of cleaning an interval; it stays persisted until the caller calls `forget()`.

    With a cleaning function, `landed` holds the rows that the function was given, `before` their counts, and `function`
    the function's name.
    """

    frame: DataFrame
    columns: tuple[str, ...]
    schema: TableSchema
    partition: str
    landed: DataFrame | None = None
    before: Mapping[date, Counts] | None = None
    function: str = ""

    @property
    def good(self) -> DataFrame:
        """The rows for the table: the schema's columns in order, the partition column, what a function added."""
        return self.frame.where(F.col(REASON).isNull()).select(*[column(name) for name in self.columns])

    @property
    def refused(self) -> DataFrame:
        """The quarantined rows: partition, `reason`, `raw` (the record), `file`."""
        rows = self.frame.where(F.col(REASON).startswith(QUARANTINE))
        return rows.select(
            column(self.partition),
            F.substring(REASON, len(QUARANTINE) + 1, 2**31 - 1).alias("reason"),
            F.col(RAW).alias("raw"),
            F.col(FILE).alias("file"),
        )

    @property
    def replayed(self) -> frozenset[tuple[date, str]]:
        """The dates and ids of the repairs that have replaced a landed record; the others no longer fit."""
        frame = self.frame if self.landed is None else self.landed
        if REPLAYED not in frame.columns:
            return frozenset()
        rows = frame.where(F.col(REPLAYED).isNotNull()).select(column(self.partition), REPLAYED).collect()
        return frozenset((day, name) for day, name in rows)

    def forget(self) -> None:
        """Release the memory of the persisted frames."""
        self.frame.unpersist()
        if self.landed is not None:
            self.landed.unpersist()
