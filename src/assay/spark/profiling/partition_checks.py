"""Measurements that need all rows of a day: one job for all duplicates, one for all quantiles, one for all orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from assay.core.expectations.catalog import find_type
from assay.core.profiles.required_stats import Measurement
from assay.core.profiles.table_profile import Holistic, TableProfile
from assay.spark.expressions import column, lenient

if TYPE_CHECKING:
    from assay.core.check import Check

Found = dict[tuple[date, int], Holistic]
"""The results, by day and by the measurement's place in its list."""


def measure_holistic(
    frame: DataFrame,
    partition: str,
    key: Sequence[str],
    checks: Sequence[Check],
    profiles: Mapping[date, TableProfile],
) -> dict[date, TableProfile]:
    """Return the Profiles with the measurements of whole days that `checks` need.

    `frame` should be persisted: it is read once for each kind of measurement that is needed, over all days together,
    and not at all if none is. Checks with the same need share it. Every day gets an entry for each, also one without a
    row to look at.
    """
    wanted = list(dict.fromkeys(need for check in checks if (need := find_type(check.type).measurement(check))))
    holistic_by_day: dict[date, dict[str, Holistic]] = {day: {} for day in profiles}
    with lenient(frame.sparkSession):
        for kinds, measure in _JOBS:
            needs = [need for need in wanted if need.kind in kinds]
            measured = measure(frame, column(partition), needs, key) if needs else {}
            for day, of_day in holistic_by_day.items():
                of_day.update({need.id: measured.get((day, i)) or Holistic(0) for i, need in enumerate(needs)})
    return {day: replace(profile, holistic=holistic_by_day[day]) for day, profile in profiles.items()}


def _duplicates(frame: DataFrame, day: Column, needs: Sequence[Measurement], _: Sequence[str]) -> Found:
    # Each grouped by its columns as they are, and not stacked: keys of one common type would be texts, and far slower.
    parts = [_counted(frame, day, need).withColumn("slot", F.lit(i)) for i, need in enumerate(needs)]
    rows = reduce(DataFrame.union, parts).collect()
    return {(row.day, row.slot): Holistic(row["evaluated"], row["failed"], row["distinct"]) for row in rows}


def _counted(frame: DataFrame, day: Column, need: Measurement) -> DataFrame:
    """Of each day the rows that are looked at, those of them that repeat each other, and how many differ."""
    columns = [column(name).alias(f"value{i}") for i, name in enumerate(need.columns)]
    looked_at = frame.where(F.expr(f"({need.applies})")).select(day.alias("day"), *columns)
    grouped = looked_at.groupBy(*looked_at.columns).agg(F.count("*").alias("rows"))
    return grouped.groupBy("day").agg(
        F.sum("rows").alias("evaluated"),
        F.sum(F.when(F.col("rows") > 1, F.col("rows")).otherwise(0)).alias("failed"),
        F.count("*").alias("distinct"),
    )


def _quantiles(frame: DataFrame, day: Column, needs: Sequence[Measurement], _: Sequence[str]) -> Found:
    known = _stacked(frame, day, needs)
    sizes = known.groupBy("day", "slot").agg(F.count("*").alias("n"))
    # With n at hand each row is kept or left as it passes: a window over whole days would have to hold them.
    ordered = Window.partitionBy("day", "slot", "n").orderBy("value")
    ranked = known.join(F.broadcast(sizes), ["day", "slot"]).withColumn("rank", F.row_number().over(ordered))
    wanted = [F.col("rank").isin(*_ranks(p)) for p in {p for need in needs for p in _probabilities(need)}]
    values: dict[tuple[date, int], dict[int, float]] = {}
    counts: dict[tuple[date, int], int] = {}
    for row in ranked.where(reduce(Column.__or__, wanted)).collect():
        values.setdefault((row.day, row.slot), {})[row["rank"]] = row["value"] + 0.0
        counts[row.day, row.slot] = row["n"]
    return {(day, slot): _holistic(needs[slot], counts[day, slot], of) for (day, slot), of in values.items()}


def _stacked(frame: DataFrame, day: Column, needs: Sequence[Measurement]) -> DataFrame:
    """One row of `day`, `slot` and `value` for each number that a measurement looks at."""
    values = [
        F.when(F.expr(f"({need.applies})"), column(need.columns[0]).cast("double").alias("value")) for need in needs
    ]
    exploded = frame.select(day.alias("day"), F.posexplode(F.array(*values)).alias("slot", "value"))
    return exploded.where(F.col("value").isNotNull() & ~F.isnan("value"))


def _probabilities(need: Measurement) -> tuple[float, ...]:
    return need.probabilities or (0.5,)


def _ranks(probability: float) -> list[Column]:
    """The rank of a quantile among n values, and the one above it that a median is the mean with."""
    share = F.lit(probability) * F.col("n")
    return [F.greatest(F.ceil(share), F.lit(1)), F.least(F.floor(share) + 1, F.col("n"))]


def _holistic(need: Measurement, n: int, values: Mapping[int, float]) -> Holistic:
    if need.kind == "median":
        return Holistic(n, quantiles=((values[(n + 1) // 2] + values[n // 2 + 1]) / 2,))
    return Holistic(n, quantiles=tuple(values[max(math.ceil(p * n), 1)] for p in need.probabilities))


def _orders(frame: DataFrame, day: Column, needs: Sequence[Measurement], key: Sequence[str]) -> Found:
    seen, sums = [], []
    for i, need in enumerate(needs):
        seen += [F.expr(f"({need.applies})").alias(f"looked_at{i}")]
        seen += [broken_rows(frame, day, key, need).alias(f"broken{i}")]
        sums += [F.count_if(F.col(f"looked_at{i}")).alias(f"n{i}"), F.count_if(F.col(f"broken{i}")).alias(f"failed{i}")]
    rows = frame.select(day.alias("day"), *seen).groupBy("day").agg(*sums).collect()
    return {(row.day, i): Holistic(row[f"n{i}"], row[f"failed{i}"]) for row in rows for i in range(len(needs))}


def broken_rows(frame: DataFrame, day: Column, key: Sequence[str], need: Measurement) -> Column:
    """True where a row of `frame` repeats another row of its day, or is out of order.

    It is a window function, to select with. Rows that are not looked at, and NaN in an order, break nothing.
    """
    looked_at = F.expr(f"({need.applies})")
    columns = [column(name) for name in need.columns]
    if need.kind == "duplicates":
        return looked_at & (F.count_if(looked_at).over(Window.partitionBy(day, *columns)) > 1)
    value = F.when(looked_at, columns[0])
    if dict(frame.dtypes)[need.columns[0]] == "double":
        value = F.when(~F.isnan(value), value)
    ordered = Window.partitionBy(day).orderBy(*[column(name) for name in key])
    before = F.last(value, ignorenulls=True).over(ordered.rowsBetween(Window.unboundedPreceding, -1))
    kept = {">": value > before, ">=": value >= before, "<": value < before, "<=": value <= before}
    return F.coalesce(~kept[need.direction], F.lit(False))


_JOBS: Sequence[tuple[tuple[str, ...], Callable[[DataFrame, Column, Sequence[Measurement], Sequence[str]], Found]]] = (
    (("duplicates",), _duplicates),
    (("quantiles", "median"), _quantiles),
    (("order",), _orders),
)
