"""Types about one number of a column: its mean, sum, spread, extremes, or share of values."""

from __future__ import annotations

import math

from assay.core.expectations.definition.expectation_type import ANY, ORDERED, Limits
from assay.core.expectations.definition.families import statistic
from assay.core.profiles.table_profile import ColumnState


@statistic(
    "expect_column_proportion_of_non_null_values_to_be_between",
    "the share of non-null values",
    columns=ANY,
    limits=Limits.SHARE,
    counts="{column} IS NOT NULL",
)
def _share_of_values(state: ColumnState) -> float:
    return (state.rows - state.nulls) / state.rows if state.rows else 0.0


@statistic("expect_column_sum_to_be_between", "the sum")
def _total(state: ColumnState) -> float | None:
    infinite = _not_finite(state)
    if infinite is not None:
        return infinite
    return float(state.total) if state.values else None


@statistic("expect_column_mean_to_be_between", "the mean")
def _mean(state: ColumnState) -> float | None:
    infinite = _not_finite(state)
    return state.mean if infinite is None else infinite


@statistic("expect_column_stdev_to_be_between", "the standard deviation", limits=Limits.SPREAD)
def _deviation(state: ColumnState) -> float | None:
    if _not_finite(state) is not None:
        return math.nan
    variance = state.variance
    if state.values < 2 or state.low == state.high:
        return None if state.values < 2 else 0.0
    if variance is None:
        raise ValueError("their spread was not measured; validate --rescan does it")
    return math.sqrt(variance)


@statistic("expect_column_min_to_be_between", "the minimum", columns=ORDERED, limits=Limits.VALUE)
def _smallest(state: ColumnState) -> float | None:
    _require_order(state)
    if state.minus_inf:
        return -math.inf
    _refuse_huge(state)
    if state.low is None and state.plus_inf:
        return math.inf
    return math.nan if state.low is None and state.nans else state.low


@statistic("expect_column_max_to_be_between", "the maximum", columns=ORDERED, limits=Limits.VALUE)
def _largest(state: ColumnState) -> float | None:
    _require_order(state)
    if state.nans:  # Spark orders NaN above everything
        return math.nan
    if state.plus_inf:
        return math.inf
    _refuse_huge(state)
    return -math.inf if state.high is None and state.minus_inf else state.high


def _not_finite(state: ColumnState) -> float | None:
    """Return what a sum over the column is where NaN and infinities decide it; None where they do not."""
    if state.kind != "number":
        raise ValueError(f"the column is a {state.kind}, not a number")
    if state.nans or (state.plus_inf and state.minus_inf):
        return math.nan
    if state.plus_inf or state.minus_inf:
        return math.inf if state.plus_inf else -math.inf
    _refuse_huge(state)
    return None


def _refuse_huge(state: ColumnState) -> None:
    if state.huge:
        raise ValueError(f"{state.huge} values lie beyond 1e150, where the profile keeps no sum and no extremes")


def _require_order(state: ColumnState) -> None:
    if state.kind not in ("number", "date", "timestamp"):
        raise ValueError(f"the column is a {state.kind}, of which a profile keeps no extremes")
