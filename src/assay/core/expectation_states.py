"""Checks of whole columns and tables: judged from the states that a Profile holds."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

from assay.core.check import Check, Finding, Status
from assay.core.expectation_words import bounds, found, listing, number
from assay.core.profile import ColumnState, TableProfile

DECLARED_TYPE = "_type"
"""The parameter in which a loaded suite notes the type that the schema gives the column."""

NUMERIC = frozenset({"int", "long", "double"})
_SPARK_TYPES = {
    "string": "StringType",
    "int": "IntegerType",
    "long": "LongType",
    "double": "DoubleType",
    "boolean": "BooleanType",
    "date": "DateType",
    "timestamp": "TimestampType",
}


def state_suffices(check: Check) -> bool:
    """Whether the column's type is one whose state answers this check; True where no type was noted."""
    declared = check.params.get(DECLARED_TYPE)
    if declared is None:
        return check.type not in _OF_TYPE
    if check.type in _MEASURES and check.type != _NON_NULL:
        return declared in NUMERIC
    return check.type not in _SETS or declared == "string"


def judge_state(check: Check, profile: TableProfile, place: str) -> Finding:
    """The finding of a check of a column or table on a profile with rows. Raises ValueError, saying why, for what the
    profile cannot tell."""
    if check.type in _TABLE:
        return _TABLE[check.type](check, profile, place)
    state = profile.columns.get(check.column or "")
    if state is None:
        return found(check, Status.FAIL, f"{place}: the column was not measured; validate --rescan does it")
    if check.type in _MEASURES:
        name, measure = _MEASURES[check.type]
        return _judge_range(check, measure(state), place, name)
    if check.type in _SETS:
        return _judge_set(check, state, place)
    return _judge_type(check, place)


def _judge_range(check: Check, observed: float | None, place: str, name: str) -> Finding:
    expected = bounds(check.params)
    if observed is None or math.isnan(observed):
        why = "there is no value to take it of" if observed is None else "the column holds NaN"
        return found(check, Status.FAIL, f"{place}: {name} is undefined, for {why}", expected=expected)
    good = _within(observed, check.params)
    sentence = f"{place}: {name} is {number(observed)}, {'' if good else 'not '}{expected}"
    json_ready = observed if math.isfinite(observed) else str(observed)
    return found(check, Status.PASS if good else Status.FAIL, sentence, observed=json_ready, expected=expected)


def _within(observed: float, params: Mapping[str, Any]) -> bool:
    low, high = params.get("min_value"), params.get("max_value")
    if low is None and high is None:
        raise ValueError("it has neither min_value nor max_value")
    above = low is None or (observed > low if params.get("strict_min") else observed >= low)
    below = high is None or (observed < high if params.get("strict_max") else observed <= high)
    return bool(above and below)


def _total(state: ColumnState) -> float | None:
    infinite = _not_finite(state)
    if infinite is not None:
        return infinite
    return state.total if state.values else None


def _mean(state: ColumnState) -> float | None:
    infinite = _not_finite(state)
    return state.mean if infinite is None else infinite


def _not_finite(state: ColumnState) -> float | None:
    """What a sum over the column is, where NaN and infinities decide it; None where they do not."""
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


def _deviation(state: ColumnState) -> float | None:
    if _not_finite(state) is not None:
        return math.nan
    variance = state.variance
    if variance is None or state.low == state.high:
        return None if variance is None else 0.0
    # A sum of squares loses a small spread around a large mean; what rounding could have made is no measurement.
    rounding = sys.float_info.epsilon * math.sqrt(state.values) * state.squares / (state.values - 1)
    if variance < 100 * rounding:
        raise ValueError("the values differ too little, for their size, to tell their spread from sums")
    return math.sqrt(variance)


def _smallest(state: ColumnState) -> float | None:
    _require_number(state)
    if state.minus_inf:
        return -math.inf
    _refuse_huge(state)
    if state.low is None and state.plus_inf:
        return math.inf
    return math.nan if state.low is None and state.nans else state.low


def _largest(state: ColumnState) -> float | None:
    _require_number(state)
    if state.nans:  # Spark orders NaN above everything
        return math.nan
    if state.plus_inf:
        return math.inf
    _refuse_huge(state)
    return -math.inf if state.high is None and state.minus_inf else state.high


def _require_number(state: ColumnState) -> None:
    if state.kind != "number":
        raise ValueError(f"the column is a {state.kind}, not a number")


def _judge_set(check: Check, state: ColumnState, place: str) -> Finding:
    wanted = set(check.params["value_set"])
    present = {name for name, count in state.categories.items() if count}
    whole = check.type == "expect_column_distinct_values_to_equal_set"
    expected = f"{'exactly' if whole else 'at least'} the values {listing(check.params['value_set'])}"
    strange = sorted(present - wanted) if whole else []
    if strange:
        sentence = f"{place}: it holds {listing(strange)}, which the set does not"
        return found(check, Status.FAIL, sentence, observed=strange[:20], expected=expected)
    missing = sorted(wanted - present)
    if state.other and (missing or whole):
        raise ValueError(f"the profile names {len(present)} values and counts {state.other} rows with others")
    if missing:
        sentence = f"{place}: it lacks {listing(missing)}"
        return found(check, Status.FAIL, sentence, observed=missing[:20], expected=expected)
    return found(check, Status.PASS, f"{place}: it holds {expected}", observed=len(present), expected=expected)


def _judge_type(check: Check, place: str) -> Finding:
    wanted = check.params.get("type_list") or [check.params["type_"]]
    actual = _SPARK_TYPES[check.params[DECLARED_TYPE]]
    good = actual in wanted
    sentence = f"{place}: the type is {actual}, {'as' if good else 'not'} {' or '.join(wanted)}"
    return found(check, Status.PASS if good else Status.FAIL, sentence, observed=actual, expected=" or ".join(wanted))


def _judge_row_count(check: Check, profile: TableProfile, place: str) -> Finding:
    return _judge_count(check, profile.rows, place, "rows")


def _judge_column_count(check: Check, profile: TableProfile, place: str) -> Finding:
    return _judge_count(check, len(profile.columns), place, "columns")


def _judge_count(check: Check, observed: int, place: str, what: str) -> Finding:
    exact = check.params.get("value")
    expected = bounds(check.params) if exact is None else f"exactly {number(exact)}"
    good = _within(observed, check.params) if exact is None else observed == exact
    sentence = f"{place}: there are {observed} {what}, {'' if good else 'not '}{expected}"
    return found(check, Status.PASS if good else Status.FAIL, sentence, observed=observed, expected=expected)


def _judge_columns(check: Check, profile: TableProfile, place: str) -> Finding:
    actual = list(profile.columns)
    ordered = "column_list" in check.params
    wanted = list(check.params["column_list"] if ordered else check.params["column_set"])
    missing = [name for name in wanted if name not in actual]
    added = [name for name in actual if name not in wanted] if check.params.get("exact_match", True) else []
    expected = f"the columns {', '.join(wanted)}" + (" in this order" if ordered else "")
    if missing or added:
        parts = [f"lacks {listing(missing)}"] * bool(missing) + [f"has {listing(added)} besides"] * bool(added)
        return found(check, Status.FAIL, f"{place}: it {' and '.join(parts)}", observed=actual, expected=expected)
    if ordered and actual != wanted:
        sentence = f"{place}: its columns are in another order: {', '.join(actual)}"
        return found(check, Status.FAIL, sentence, observed=actual, expected=expected)
    return found(check, Status.PASS, f"{place}: it has {expected}", observed=actual, expected=expected)


def _judge_existence(check: Check, profile: TableProfile, place: str) -> Finding:
    names = list(profile.columns)
    index = check.params.get("column_index")
    good = check.column in names if not index else names[index : index + 1] == [check.column]
    at = f" at place {index}" if index else ""
    sentence = f"{place}: the column {'is' if good else 'is not'} there{at}"
    return found(check, Status.PASS if good else Status.FAIL, sentence, observed=good, expected=f"it is there{at}")


_NON_NULL = "expect_column_proportion_of_non_null_values_to_be_between"
_OF_TYPE = frozenset({"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"})
_SETS = frozenset({"expect_column_distinct_values_to_contain_set", "expect_column_distinct_values_to_equal_set"})
_MEASURES: Mapping[str, tuple[str, Callable[[ColumnState], float | None]]] = {
    "expect_column_mean_to_be_between": ("the mean", _mean),
    "expect_column_sum_to_be_between": ("the sum", _total),
    "expect_column_min_to_be_between": ("the minimum", _smallest),
    "expect_column_max_to_be_between": ("the maximum", _largest),
    "expect_column_stdev_to_be_between": ("the standard deviation", _deviation),
    _NON_NULL: ("the share of non-null values", lambda state: (state.rows - state.nulls) / state.rows),
}
_TABLE: Mapping[str, Callable[[Check, TableProfile, str], Finding]] = {
    "expect_table_row_count_to_be_between": _judge_row_count,
    "expect_table_row_count_to_equal": _judge_row_count,
    "expect_table_column_count_to_be_between": _judge_column_count,
    "expect_table_column_count_to_equal": _judge_column_count,
    "expect_table_columns_to_match_ordered_list": _judge_columns,
    "expect_table_columns_to_match_set": _judge_columns,
    "expect_column_to_exist": _judge_existence,
}
STATE_TYPES = frozenset(_MEASURES) | frozenset(_TABLE) | _SETS | _OF_TYPE
"""The types that are judged from states."""
