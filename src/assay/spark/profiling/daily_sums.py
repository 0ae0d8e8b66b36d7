"""The business sums of the scored rows by day: one aggregate of SQL, over the rows and their scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import IntegralType

from assay.errors import InputError
from assay.spark.expressions import column, lenient

SCORE = "score"
"""The name of the score in the SQL of a sum; a column of the rows that is named like it is hidden."""


def measure_sums(
    rows: DataFrame, scores: DataFrame, *, partition: str, key: Sequence[str], sums: Mapping[str, str]
) -> dict[date, dict[str, float | None]]:
    """Return the value of each sum by date, in one Spark job; a date without scores has no entry.

    `rows` are joined to `scores` by the key, the partition among it. `scores` has the column `score`. Both have one row
    per key. A zero divisor gives NULL, and whole numbers are added as longs. A value that is NULL or not finite is
    None: a ratio without rows is not 0.

    Raises:
        InputError: The SQL of a sum does not run on these columns, or gives no number.
    """
    wide = [
        (column(field.name).cast("bigint") if isinstance(field.dataType, IntegralType) else column(field.name)).alias(
            field.name
        )
        for field in rows.schema
        if field.name != SCORE
    ]
    scored = rows.select(*wide).join(scores.select(*map(column, key), SCORE), list(key))
    with lenient(rows.sparkSession):
        aggregates = [_aggregate(scored, name, sql).alias(f"_sum{n}") for n, (name, sql) in enumerate(sums.items())]
        measured = scored.groupBy(column(partition).alias("_day")).agg(*aggregates).collect()
    return {day: dict(zip(sums, map(_finite, values), strict=True)) for day, *values in measured}


def _aggregate(scored: DataFrame, name: str, sql: str) -> Column:
    """Return a sum as a double; it is analysed here, and runs nothing."""
    try:
        value = F.expr(sql).cast("double")
        scored.agg(value)
    except (AnalysisException, ParseException) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"the sum '{name}' ({sql}) does not run: {reason}",
            code="sum",
            hint="write an aggregate over the columns of the table of rows and score; 'assay check' shows the place",
        ) from error
    return value


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
