"""Change rows so that code which reads them gives another result, and compare the results before and after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    FloatType,
    NumericType,
    StringType,
    TimestampType,
)

from assay.spark.expressions import column

_ROUNDING = {pa.float64(): 1e-9, pa.float32(): 1e-6}
"""By how much of their size two doubles, or two floats, may differ."""

_NOISE = 1e-12
"""By how much of the column's median size besides: a sum of terms that cancel keeps the rounding of the terms."""

_COPY, _CHANGE = "_assay_copy", "_assay_change"


def perturb(frame: DataFrame, hidden: Column, *, keep: Collection[str]) -> DataFrame:
    """`frame` with the `hidden` rows changed: a third removed, a third in new values, a third so and doubled.

    Numbers become -3x - 17, texts run backwards, booleans flip, dates move on, NULL becomes a value. The columns of
    `keep` stay as they are, so that a reader who joins by them still finds the row. Other rows keep place and order.
    """
    chosen = F.coalesce(hidden, F.lit(True))
    parts = [column(name).cast("string") for name in frame.columns]
    third = F.pmod(F.xxhash64(*parts), F.lit(3))
    copies = F.when(~chosen | (third == 1), F.sequence(F.lit(1), F.lit(1)))
    copies = copies.when(third == 2, F.sequence(F.lit(1), F.lit(2)))
    marked = frame.select("*", chosen.alias(_CHANGE), F.explode(copies).alias(_COPY))
    return marked.select(
        *[
            column(field.name)
            if field.name in keep
            else F.when(F.col(_CHANGE), _changed(column(field.name), field.dataType))
            .otherwise(column(field.name))
            .alias(field.name)
            for field in frame.schema.fields
        ]
    )


def _changed(value: Column, kind: DataType) -> Column:
    if isinstance(kind, DoubleType | FloatType):
        number = F.when(F.isnan(value), F.lit(17.0)).otherwise(-3.0 * value.cast("double") - 17.0)
        return F.coalesce(number, F.lit(17.0)).cast(kind)
    if isinstance(kind, NumericType):
        # try_cast, since a number near the end of its type has no -3x.
        number = (-3.0 * value.cast("double") - 17.0).try_cast(kind)
        return F.coalesce(number, F.lit(17).try_cast(kind), F.lit(0).cast(kind))
    if isinstance(kind, StringType):
        return F.coalesce(F.concat(F.reverse(value), F.lit("~")), F.lit("~"))
    if isinstance(kind, BooleanType):
        return F.coalesce(~value, F.lit(True))
    if isinstance(kind, DateType):
        return F.coalesce(F.date_add(value, 1), F.lit("2001-01-01").cast("date"))
    if isinstance(kind, TimestampType):
        return F.coalesce(value + F.expr("INTERVAL 1 DAY"), F.timestamp_micros(F.lit(0)))
    return F.lit(None).cast(kind)


@dataclass(frozen=True, slots=True)
class FeatureDifference:
    """A feature that two computations disagree on: one example, and of how many rows."""

    column: str
    key: str
    before: str
    after: str
    rows: int


def differences(before: pa.Table, after: pa.Table, identity: Sequence[str]) -> list[FeatureDifference]:
    """Per feature that differs, the first example; `[]` if the two tables hold the same.

    Rows are matched by `identity`. Doubles may differ by 1e-9 of their size, floats by 1e-6, both by 1e-12 of the
    column's median size besides; all else must be equal. NaN equals NaN and NULL equals NULL. If the rows themselves
    differ, that is the only difference, under the name "(rows)".
    """
    order = [(name, "ascending") for name in identity]
    one, two = before.sort_by(order), after.sort_by(order)
    keys = [name for name in identity if not one.column(name).equals(two.column(name))]
    if keys or one.num_rows != two.num_rows:
        return [
            FeatureDifference("(rows)", "the date", f"{one.num_rows} rows", f"{two.num_rows} rows or other keys", 0)
        ]
    feature_differences = []
    for name in one.column_names:
        differ = np.zeros(0, dtype=bool) if name in identity else _differ(one.column(name), two.column(name))
        if differ.any():
            first = int(np.argmax(differ))
            key = ", ".join(f"{part}={one.column(part)[first]}" for part in identity)
            was, now = one.column(name)[first].as_py(), two.column(name)[first].as_py()
            feature_differences.append(FeatureDifference(name, key, str(was), str(now), int(differ.sum())))
    return feature_differences


def _differ(one: pa.ChunkedArray, two: pa.ChunkedArray) -> np.ndarray:
    if one.type != two.type:
        return np.ones(len(one), dtype=bool)
    missing = one.is_null().to_numpy(), two.is_null().to_numpy()
    if pa.types.is_floating(one.type):
        a = pc.fill_null(one, 0.0).to_numpy().astype(np.float64)
        b = pc.fill_null(two, 0.0).to_numpy().astype(np.float64)
        # Not bit for bit: a sum of doubles depends on the order in which tasks end, and a leak moves far more.
        with np.errstate(invalid="ignore"):
            size = np.maximum(np.abs(a), np.abs(b))
            usual = size[np.isfinite(size) & (size > 0)]
            noise = _NOISE * np.median(usual) if usual.size else 0.0
            near = np.isfinite(size) & (np.abs(a - b) <= _ROUNDING.get(one.type, 0.0) * size + noise)
        same = (a == b) | near | (np.isnan(a) & np.isnan(b))
    else:
        same = pc.fill_null(pc.equal(one, two), False).to_numpy()
    differ: np.ndarray = (missing[0] != missing[1]) | (~missing[0] & ~missing[1] & ~same)
    return differ
