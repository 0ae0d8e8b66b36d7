"""Checks of whole columns: judged from the states that a Profile holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

from assay.core.check import Check, Finding, Status
from assay.core.expectations.category_checks import judge_most_common, judge_set
from assay.core.expectations.ranges import judge_range
from assay.core.expectations.wording import check_finding
from assay.core.profiles.required_stats import Selection
from assay.core.profiles.table_profile import ColumnState, TableProfile

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
_FAMILIES = frozenset({"DataType", "AtomicType", "NumericType", "IntegralType", "FractionalType", "DatetimeType"})


def state_suffices(check: Check) -> bool:
    """Whether the column's type is one whose state answers this check, and its row condition one that could be
    measured; True for the type where none was noted."""
    if check.params.get("row_condition") and not check.applies:
        return False
    declared = check.params.get(DECLARED_TYPE)
    if declared is None:
        return check.type not in _OF_TYPE
    if check.type in _OF_TYPE:
        return _FAMILIES.isdisjoint(check.params.get("type_list") or [check.params["type_"]])
    return declared in _ANSWERED_FOR.get(check.type, _SPARK_TYPES)


def selection_of(check: Check) -> Selection | None:
    """What must be measured for the check beside the columns themselves; None where their own states will do."""
    declared = check.params.get(DECLARED_TYPE)
    if check.predicate or check.column is None:
        return None
    if check.type in _CATEGORICAL and (check.applies or declared in ("int", "long", "date")):
        return Selection(check.column, check.applies or "TRUE", "text")
    if check.type in _MEASURES and check.applies:
        kind = "number" if declared in NUMERIC else "date" if declared == "date" else "timestamp"
        return Selection(check.column, check.applies, kind)  # type: ignore[arg-type]
    return None


def judge_state(check: Check, profile: TableProfile, place: str) -> Finding:
    """The finding of a check of a column on a profile with rows. Raises ValueError, saying why, for what the profile
    cannot tell."""
    if check.predicate:
        return _judge_share(check, profile, place)
    selection = selection_of(check)
    state = profile.columns.get(check.column or "") if selection is None else profile.selections.get(selection.id)
    if state is None:
        return check_finding(check, Status.FAIL, f"{place}: the column was not measured; validate --rescan does it")
    if check.type in _MEASURES:
        name, measure = _MEASURES[check.type]
        observed = measure(state)
        if check.type in _EXTREMES and check.params.get(DECLARED_TYPE) == "long":
            _refuse_rounded(observed)
        return judge_range(check, observed, place, name, state.kind if check.type in _EXTREMES else "number")
    if check.type in _CATEGORICAL:
        return _CATEGORICAL[check.type](check, state, place)
    return _judge_type(check, place)


def _judge_share(check: Check, profile: TableProfile, place: str) -> Finding:
    """Of the rows that fit a row condition, the share with a value: that is counted, as no state tells it."""
    counter = profile.counters.get(check.id)
    if counter is None:
        return check_finding(
            check, Status.FAIL, f"{place}: its row condition was not counted; validate --rescan does it"
        )
    share = (counter.evaluated - counter.failed) / counter.evaluated if counter.evaluated else 0.0
    return judge_range(check, share, place, _MEASURES[_NON_NULL][0])


def _total(state: ColumnState) -> float | None:
    infinite = _not_finite(state)
    if infinite is not None:
        return infinite
    return float(state.total) if state.values else None


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
    if state.values < 2 or state.low == state.high:
        return None if state.values < 2 else 0.0
    if variance is None:
        raise ValueError("their spread was not measured; validate --rescan does it")
    return math.sqrt(variance)


def _smallest(state: ColumnState) -> float | None:
    _require_order(state)
    if state.minus_inf:
        return -math.inf
    _refuse_huge(state)
    if state.low is None and state.plus_inf:
        return math.inf
    return math.nan if state.low is None and state.nans else state.low


def _largest(state: ColumnState) -> float | None:
    _require_order(state)
    if state.nans:  # Spark orders NaN above everything
        return math.nan
    if state.plus_inf:
        return math.inf
    _refuse_huge(state)
    return -math.inf if state.high is None and state.minus_inf else state.high


def _refuse_rounded(observed: float | None) -> None:
    """Older Profiles hold the extremes of longs as doubles, and from 2^53 on one of those stands for several longs."""
    if isinstance(observed, float) and math.isfinite(observed) and abs(observed) >= 2**53:
        raise ValueError("it was measured as a double, which is not exact from 2^53 on; validate --rescan measures it")


def _require_order(state: ColumnState) -> None:
    if state.kind not in ("number", "date", "timestamp"):
        raise ValueError(f"the column is a {state.kind}, of which a profile keeps no extremes")


def _judge_type(check: Check, place: str) -> Finding:
    wanted = check.params.get("type_list") or [check.params["type_"]]
    actual = _SPARK_TYPES[check.params[DECLARED_TYPE]]
    good = actual in wanted
    sentence = f"{place}: the type is {actual}, {'as' if good else 'not'} {' or '.join(wanted)}"
    return check_finding(
        check, Status.PASS if good else Status.FAIL, sentence, observed=actual, expected=" or ".join(wanted)
    )


_NON_NULL = "expect_column_proportion_of_non_null_values_to_be_between"
_OF_TYPE = frozenset(
    {"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list", "expect_column_type_to_be"}
)
_EXTREMES: Mapping[str, tuple[str, Callable[[ColumnState], float | None]]] = {
    "expect_column_min_to_be_between": ("the minimum", _smallest),
    "expect_column_max_to_be_between": ("the maximum", _largest),
}
_MEASURES: Mapping[str, tuple[str, Callable[[ColumnState], float | None]]] = {
    **_EXTREMES,
    "expect_column_mean_to_be_between": ("the mean", _mean),
    "expect_column_sum_to_be_between": ("the sum", _total),
    "expect_column_stdev_to_be_between": ("the standard deviation", _deviation),
    _NON_NULL: ("the share of non-null values", lambda state: (state.rows - state.nulls) / state.rows),
}
_CATEGORICAL: Mapping[str, Callable[[Check, ColumnState, str], Finding]] = {
    "expect_column_distinct_values_to_contain_set": judge_set,
    "expect_column_distinct_values_to_equal_set": judge_set,
    "expect_column_most_common_value_to_be_in_set": judge_most_common,
}
_ANSWERED_FOR: Mapping[str, Collection[str]] = {
    **dict.fromkeys(_MEASURES, NUMERIC),
    **dict.fromkeys(_EXTREMES, NUMERIC | {"date", "timestamp"}),
    **dict.fromkeys(_CATEGORICAL, ("string", "boolean", "int", "long", "date")),
    _NON_NULL: tuple(_SPARK_TYPES),
}
STATE_TYPES = frozenset(_MEASURES) | frozenset(_CATEGORICAL) | _OF_TYPE
"""The types that are judged from the states of columns."""
