"""Columns that have one value a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from assay.core.expectations.sql.literals import quote_name
from assay.spark.expressions import column

SAMPLE_ROWS = 1_000
"""So many rows of one day show that nearly every column varies within it; the others are looked at on all days."""


def one_value_a_day(frame: DataFrame, partition: str, columns: Sequence[str], day: date) -> dict[str, dict[date, Any]]:
    """Return the value by date of each of `columns` that has one value within each date of `frame`.

    The `columns` have no missing values. A sample of the rows of `day` rules out most of the other columns, so that the
    remaining rows are read for few columns.
    """
    seen = frame.where(column(partition) == F.lit(day)).select(*map(quote_name, columns)).limit(SAMPLE_ROWS).collect()
    left = [name for n, name in enumerate(columns) if len({row[n] for row in seen}) <= 1]
    if not left:
        return {}
    ends = [end(quote_name(name)) for name in left for end in (F.min, F.max)]
    values: dict[str, dict[date, Any]] = {name: {} for name in left}
    for row in frame.groupBy(quote_name(partition)).agg(*ends).collect():
        for n, name in enumerate(left):
            low, high = row[1 + 2 * n], row[2 + 2 * n]
            if low == high and name in values:
                values[name][row[0]] = low
            else:
                values.pop(name, None)
    return values
