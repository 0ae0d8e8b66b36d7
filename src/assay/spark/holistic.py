"""What only all rows of a day together tell: one job for all duplicates, one for all quantiles, one for all orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from assay.core.expectation_holistic import measurement_of
from assay.core.measurement import Measurement
from assay.core.profile import Holistic, TableProfile
from assay.spark.parse import quoted
from assay.spark.rules import lenient

if TYPE_CHECKING:
    from assay.core.check import Check

Found = dict[tuple[date, int], Holistic]
"""What was found, by day and by the measurement's place in its list."""


def measure_holistic(
    frame: DataFrame,
    partition: str,
    key: Sequence[str],
    checks: Sequence[Check],
    profiles: Mapping[date, TableProfile],
) -> dict[date, TableProfile]:
    """The Profiles with what `checks` need of whole days of `frame`, which should be persisted: it is read once for
    each kind of measurement that is needed, over all days together, and not at all if none is.

    Checks with the same need share it. Every day gets an entry for each, also one without a row to look at.
    """
    wanted = list(dict.fromkeys(need for check in checks if (need := measurement_of(check))))
    found: dict[date, dict[str, Holistic]] = {day: {} for day in profiles}
    with lenient(frame.sparkSession):
        for kinds, measure in _JOBS:
            needs = [need for need in wanted if need.kind in kinds]
            measured = measure(frame, F.col(quoted(partition)), needs, key) if needs else {}
            for day, of_day in found.items():
                of_day.update({need.id: measured.get((day, i)) or Holistic(0) for i, need in enumerate(needs)})
    return {day: replace(profile, holistic=found[day]) for day, profile in profiles.items()}


def _duplicates(frame: DataFrame, day: Column, needs: Sequence[Measurement], _: Sequence[str]) -> Found:
    types = dict(frame.dtypes)
    keys = [F.array(*[_identity(name, types[name]) for name in need.columns]) for need in needs]
    grouped = _stacked(frame, day, needs, keys).groupBy("day", "slot", "value").agg(F.count("*").alias("rows"))
    counted = grouped.groupBy("day", "slot").agg(
        F.sum("rows").alias("evaluated"),
        F.sum(F.when(F.col("rows") > 1, F.col("rows")).otherwise(0)).alias("failed"),
        F.count("*").alias("distinct"),
    )
    return {
        (row.day, row.slot): Holistic(row["evaluated"], row["failed"], row["distinct"]) for row in counted.collect()
    }


def _identity(name: str, kind: str) -> Column:
    """A value as a text that equals another's exactly when the values do: -0.0 is 0.0, and NaN is itself."""
    value = F.col(quoted(name))
    if kind in ("double", "float"):
        return (value + F.lit(0.0)).cast("string")
    # A local time comes twice when the clock is set back, as a text; as a number it does not.
    return (F.unix_micros(value) if kind == "timestamp" else value).cast("string")


def _quantiles(frame: DataFrame, day: Column, needs: Sequence[Measurement], _: Sequence[str]) -> Found:
    values = [F.col(quoted(need.columns[0])).cast("double") for need in needs]
    known = _stacked(frame, day, needs, values).where(~F.isnan("value"))
    grouped = known.groupBy("day", "slot", "value").agg(F.count("*").alias("rows"))
    whole = Window.partitionBy("day", "slot")
    upto = F.sum("rows").over(whole.orderBy("value").rowsBetween(Window.unboundedPreceding, 0))
    ranked = grouped.select("day", "slot", "value", "rows", upto.alias("upto"), F.sum("rows").over(whole).alias("n"))
    asked = F.array(*[F.array(*[F.lit(p) for p in _probabilities(need)]) for need in needs])[F.col("slot")]
    kept = ranked.where(F.exists(asked, lambda p: _covers(F.ceil(p * F.col("n"))) | _covers(_upper(p))))
    rows: dict[tuple[date, int], list[Any]] = {}
    for row in kept.collect():
        rows.setdefault((row.day, row.slot), []).append(row)
    return {(day, slot): _ranks(needs[slot], sorted(of, key=lambda r: r["upto"])) for (day, slot), of in rows.items()}


def _probabilities(need: Measurement) -> tuple[float, ...]:
    return need.probabilities or (0.5,)


def _upper(probability: Column) -> Column:
    return F.floor(probability * F.col("n")) + 1


def _covers(rank: Column) -> Column:
    """Whether the rank, of which none is below the first or beyond the last, lies within the row's value."""
    inside = F.greatest(F.least(rank, F.col("n")), F.lit(1))
    return (F.col("upto") - F.col("rows") < inside) & (inside <= F.col("upto"))


def _ranks(need: Measurement, rows: Sequence[Any]) -> Holistic:
    n = rows[0]["n"]

    def at(rank: int) -> float:
        return float(next(row["value"] for row in rows if row["upto"] >= max(min(rank, n), 1)))

    if need.kind == "median":
        return Holistic(n, quantiles=((at(math.ceil(0.5 * n)) + at(math.floor(0.5 * n) + 1)) / 2,))
    return Holistic(n, quantiles=tuple(at(math.ceil(p * n)) for p in need.probabilities))


def _orders(frame: DataFrame, day: Column, needs: Sequence[Measurement], key: Sequence[str]) -> Found:
    seen, sums = [], []
    for i, need in enumerate(needs):
        seen += [F.expr(f"({need.applies})").alias(f"looked_at{i}")]
        seen += [broken_rows(frame, day, key, need).alias(f"broken{i}")]
        sums += [F.count_if(F.col(f"looked_at{i}")).alias(f"n{i}"), F.count_if(F.col(f"broken{i}")).alias(f"failed{i}")]
    rows = frame.select(day.alias("day"), *seen).groupBy("day").agg(*sums).collect()
    return {(row.day, i): Holistic(row[f"n{i}"], row[f"failed{i}"]) for row in rows for i in range(len(needs))}


def broken_rows(frame: DataFrame, day: Column, key: Sequence[str], need: Measurement) -> Column:
    """Whether a row of `frame` repeats what another row of its day has, or is out of order: a window function, to
    select with. Rows that are not looked at, and NaN in an order, break nothing."""
    looked_at = F.expr(f"({need.applies})")
    columns = [F.col(quoted(name)) for name in need.columns]
    if need.kind == "duplicates":
        return looked_at & (F.count_if(looked_at).over(Window.partitionBy(day, *columns)) > 1)
    value = F.when(looked_at, columns[0])
    if dict(frame.dtypes)[need.columns[0]] == "double":
        value = F.when(~F.isnan(value), value)
    ordered = Window.partitionBy(day).orderBy(*[F.col(quoted(name)) for name in key])
    before = F.last(value, ignorenulls=True).over(ordered.rowsBetween(Window.unboundedPreceding, -1))
    kept = {">": value > before, ">=": value >= before, "<": value < before, "<=": value <= before}
    return F.coalesce(~kept[need.direction], F.lit(False))


def _stacked(frame: DataFrame, day: Column, needs: Sequence[Measurement], values: Sequence[Column]) -> DataFrame:
    """One row of `day`, `slot` and `value` per row and measurement that looks at it."""
    looked_at = [
        F.when(F.expr(f"({need.applies})"), F.struct(value.alias("value")))
        for need, value in zip(needs, values, strict=True)
    ]
    exploded = frame.select(day.alias("day"), F.posexplode(F.array(*looked_at)).alias("slot", "entry"))
    return exploded.where(F.col("entry").isNotNull()).select("day", "slot", "entry.value")


_JOBS: Sequence[tuple[tuple[str, ...], Callable[[DataFrame, Column, Sequence[Measurement], Sequence[str]], Found]]] = (
    (("duplicates",), _duplicates),
    (("quantiles", "median"), _quantiles),
    (("order",), _orders),
)
