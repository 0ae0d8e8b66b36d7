"""Types about one number of a column: its mean, sum, spread, extremes, largest z-score, or share of values."""

from __future__ import annotations

import math

from assay.core.check import Check, Finding, Status
from assay.core.expectations.definition.expectation_type import ANY, NUMBERS, ORDERED, Limits
from assay.core.expectations.definition.families import OfColumnState, own_state, statistic
from assay.core.expectations.definition.wording import check_finding, number, pass_or_fail
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


def _spares_no_value(check: Check) -> bool:
    return float(check.params.get("mostly", 1.0)) == 1


@OfColumnState(
    "expect_column_value_z_scores_to_be_less_than",
    needs=["threshold", "double_sided"],
    takes=["mostly"],
    columns=NUMBERS,
    extra_state=own_state,
    answers=_spares_no_value,
)
def _z_scores(check: Check, state: ColumnState, place: str) -> Finding:
    """Return the finding on the z-scores of the extremes, which decide whether any value breaks the check.

    No state holds the number of values that break it.
    """
    both_sides = bool(check.params["double_sided"])
    threshold = abs(check.params["threshold"]) if both_sides else check.params["threshold"]
    expected = f"below {number(threshold)}" + " on both sides" * both_sides
    if state.rows == state.nulls:
        return check_finding(check, Status.WARN, f"{place}: there is no value to look at", expected=expected)
    # As in Great Expectations, a value in a column without any spread has no z-score, and breaks nothing.
    spread = _deviation(state) if state.rows - state.nulls > 1 else None
    if not spread:
        return check_finding(check, Status.PASS, f"{place}: the values have no spread", expected=expected)
    mean, low, high = _mean(state), state.low, state.high
    if mean is None or low is None or high is None or not math.isfinite(spread):
        sentence = f"{place}: its z-scores are undefined, for the column holds NaN or an infinity"
        return check_finding(check, Status.FAIL, sentence, expected=expected)
    largest = max(high - mean, mean - low if both_sides else -math.inf) / spread
    good = largest < threshold
    sentence = f"{place}: the largest z-score is {number(largest)}, {'' if good else 'not '}{expected}"
    return pass_or_fail(check, good, sentence, observed=largest, expected=expected)


def _not_finite(state: ColumnState) -> float | None:
    """Return the sum over the column where NaN or infinities decide it; None where they do not."""
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
