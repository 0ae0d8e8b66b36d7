"""One fused Spark job measures every column and every check of every partition of a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from assay.core.expectations.catalog import find_type
from assay.core.expectations.definition.expectation_type import DECLARED_TYPE
from assay.core.profiles.histogram import MAX_BIN, propose_bin_exponent
from assay.core.profiles.table_profile import MAX_CATEGORIES, TableProfile
from assay.errors import InputError
from assay.spark.expressions import column
from assay.spark.profiling.collect import (
    HUGE_BIN,
    MINUS_INF_BIN,
    NAN_BIN,
    NULL_BIN,
    PLUS_INF_BIN,
    TEXT_BIN,
    Measured,
    Slot,
    collect,
)
from assay.spark.profiling.collect import empty_profile as empty
from assay.spark.profiling.stacked_rows import packs_of, selections_of, stack

if TYPE_CHECKING:
    from assay.core.check import Check

MAX_MAGNITUDE = 1e150
"""From this size on a finite value is counted, but enters no sum: its square would not be finite."""

_KINDS = {
    "string": "text",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    **dict.fromkeys(("int", "long", "double", "float", "bigint", "smallint", "tinyint", "decimal"), "number"),
}


@dataclass(frozen=True, slots=True)
class MeasuredColumn:
    """A column to measure: its name, its type (the schema's word or Spark's), and its grid's exponent (None: 0)."""

    name: str
    type: str
    bin_exponent: int | None = None

    @property
    def kind(self) -> str:
        """The kind of its state.

        Raises:
            InputError: A column of this type cannot be measured.
        """
        base = self.type.split("(")[0]
        if base not in _KINDS:
            raise InputError(
                f"the column '{self.name}' is a {self.type}, which cannot be measured",
                code="unmeasurable",
                hint="use one of string, int, long, double, boolean, date, timestamp",
            )
        return _KINDS[base]

    @property
    def is_long(self) -> bool:
        """True where the column holds whole numbers that a double cannot."""
        return self.type in ("long", "bigint")


def measure(
    frame: DataFrame, partition: str, columns: Sequence[MeasuredColumn], checks: Sequence[Check]
) -> dict[date, TableProfile]:
    """Return the Profile of each date that has rows, by one Spark job for any number of dates, columns and checks.

    Every row is stacked into one small row per column and pack of checks. Those are grouped once by (date, column, bin
    or text). The cost grows with the data alone. With one aggregate for each number, Spark's code generation would give
    up.

    Of a text column the MAX_CATEGORIES most frequent values leave Spark, and the number of all others. A check counts
    as evaluated the rows for which its `applies` is true and its `predicate` is not NULL. It counts as failed those of
    them where the `predicate` is false.
    """
    return _profiles(_measure(frame, column(partition), columns, checks))


def measure_judged(
    frame: DataFrame, partition: str, columns: Sequence[MeasuredColumn], checks: Sequence[Check], reason: str
) -> Measured:
    """As `measure` of the rows whose `reason` is NULL, and in the same job how many others there are of each reason."""
    return _measure(frame, column(partition), columns, checks, column(reason))


def measure_one(frame: DataFrame, columns: Sequence[MeasuredColumn], checks: Sequence[Check]) -> TableProfile:
    """The Profile of the whole frame, as one partition."""
    whole = date(1970, 1, 1)
    return _profiles(_measure(frame, F.lit(whole), columns, checks)).get(whole) or empty_profile(columns, checks)


def empty_profile(columns: Sequence[MeasuredColumn], checks: Sequence[Check]) -> TableProfile:
    """The Profile of no rows: every column and check is there, and nothing was counted."""
    return empty(_slots(columns, checks))


def feature_columns_of(
    frame: DataFrame, features: Sequence[str], like: TableProfile | None = None
) -> list[MeasuredColumn]:
    """The features with their types, and for each number its grid's exponent: that of `like` where it has the column.

    Otherwise one more job looks at the data: about 256 bins between the 0.5 and 99.5 percent quantiles, which
    no single wild value moves.
    """
    types = dict(frame.dtypes)
    columns = [MeasuredColumn(name, types[name]) for name in features]
    known = {
        name: state.histogram.bin_exponent for name, state in (like.columns.items() if like else ()) if state.histogram
    }
    open_ones = [c for c in columns if c.kind == "number" and c.name not in known]
    proposed = known | (_proposed(frame, open_ones) if open_ones else {})
    return [MeasuredColumn(c.name, c.type, proposed.get(c.name)) for c in columns]


def _proposed(frame: DataFrame, columns: Sequence[MeasuredColumn]) -> dict[str, int]:
    quantiles = []
    for measured in columns:
        value = column(measured.name).cast("double")
        # NaN is larger than everything in Spark, so this leaves it out as well.
        usual = F.when(F.abs(value) < MAX_MAGNITUDE, value)
        quantiles.append(F.percentile_approx(usual, [0.005, 0.995], 1_000))
    row = frame.agg(*[q.alias(f"q{index}") for index, q in enumerate(quantiles)]).collect()[0]
    return {c.name: propose_bin_exponent(*bounds) if (bounds := row[index]) else 0 for index, c in enumerate(columns)}


def _profiles(measured: Measured) -> dict[date, TableProfile]:
    return {day: profile for day, (profile, _) in measured.items()}


def _measure(
    frame: DataFrame,
    partition: Column,
    columns: Sequence[MeasuredColumn],
    checks: Sequence[Check],
    reason: Column | None = None,
) -> Measured:
    slots = _slots(columns, checks)
    stacked = stack(frame, partition, [(c.name, c.kind) for c in columns], checks, reason, slots)
    return collect(_most_frequent(_grouped(stacked, slots)), slots)


def _slots(columns: Sequence[MeasuredColumn], checks: Sequence[Check]) -> list[Slot]:
    """The slot at each position of the stack: the row count, the columns, the packs of checks, the selections."""
    measured = [
        Slot(c.name, c.kind, (c.bin_exponent or 0) if c.kind == "number" else None, whole=c.is_long) for c in columns
    ]
    packs = [Slot("", "checks", 0, tuple(check.id for check in pack)) for pack in packs_of(checks)]
    longs = {find_type(check.type).selection(check) for check in checks if check.params.get(DECLARED_TYPE) == "long"}
    selected = [
        Slot(selection.id, selection.kind, None, selected=True, whole=selection.kind == "number" and selection in longs)
        for selection in selections_of(checks)
    ]
    return [Slot("", "rows", None), *measured, *packs, *selected]


def _grouped(stacked: DataFrame, slots: Sequence[Slot]) -> DataFrame:
    number = F.col("number")
    # The usual value meets one comparison; NaN is larger than all in Spark, and null is not less.
    rare = (
        F.when(number.isNull(), F.when(F.col("text").isNotNull(), F.lit(TEXT_BIN)).otherwise(F.lit(NULL_BIN)))
        .when(F.isnan(number), F.lit(NAN_BIN))
        .when(number == float("inf"), F.lit(PLUS_INF_BIN))
        .when(number == float("-inf"), F.lit(MINUS_INF_BIN))
        .otherwise(F.lit(HUGE_BIN))
    )
    code = F.when(F.abs(number) < MAX_MAGNITUDE, _bin(slots)).otherwise(rare)
    wholes = [F.min("whole").alias("least"), F.max("whole").alias("most")] if "whole" in stacked.columns else []
    binned = stacked.select("*", code.alias("bin"))
    # From a value to the edge of its bin not one digit is lost, and little is left to be rounded away in sums.
    beyond = number - _edge(slots)
    return binned.groupBy("day", "slot", "bin", "text").agg(
        F.count("*").alias("count"),
        *wholes,
        F.min("number").alias("low"),
        F.max("number").alias("high"),
        F.sum(beyond).alias("beyond"),
        F.var_pop(beyond).alias("spread"),
    )


def _edge(slots: Sequence[Slot]) -> Column:
    """The edge of the row's bin on the side of zero, as `edges` has it; 0 where a slot has no grid."""
    widths = [0.0 if slot.bin_exponent is None else math.ldexp(1.0, slot.bin_exponent) for slot in slots]
    if not any(widths):
        return F.lit(0.0)
    steps = F.col("bin") + F.when(F.col("bin") < 0, 1).otherwise(0)
    return steps * F.array(*map(F.lit, widths))[F.col("slot")]


def _bin(slots: Sequence[Slot]) -> Column:
    """The clipped bin: -LIMIT - 1 is the underflow, LIMIT the overflow; always 0 where a slot has no grid."""
    # The factor is applied in two halves, since 2^1074 itself is no double.
    halves = [[_half(slot.bin_exponent, side) for slot in slots] for side in (0, 1)]
    scaled = F.col("number")
    for factors in halves:
        if set(factors) != {1.0}:
            scaled = scaled * F.array(*map(F.lit, factors))[F.col("slot")]
    within = F.greatest(F.least(scaled, F.lit(float(MAX_BIN))), F.lit(-MAX_BIN - 1.0))
    return F.floor(within).cast("int")


def _half(bin_exponent: int | None, side: int) -> float:
    """Two factors whose product is 2^-bin_exponent; the second is 1 for every one that one double can hold."""
    if bin_exponent is None:
        return 0.0 if side == 0 else 1.0
    first = min(max(-bin_exponent, -1_000), 1_000)
    return math.ldexp(1.0, first if side == 0 else -bin_exponent - first)


def _most_frequent(grouped: DataFrame) -> DataFrame:
    """Without the texts beyond the MAX_CATEGORIES most frequent of their column and day: Spark never sends those."""
    ranked = Window.partitionBy("day", "slot", F.col("text").isNotNull()).orderBy(F.desc("count"), "text")
    kept = grouped.withColumn("rank", F.row_number().over(ranked))
    # The first slot's texts are reasons: not one of them may be left out of the account.
    every = F.col("text").isNull() | (F.col("slot") == 0)
    return kept.where(every | (F.col("rank") <= MAX_CATEGORIES)).drop("rank")
