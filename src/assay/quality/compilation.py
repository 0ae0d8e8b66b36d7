"""Expectations to the SQL that measures them, whatever their class of cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.core.expectation_holistic import HOLISTIC_TYPES
from assay.core.expectation_rows import ROW_TYPES
from assay.core.expectation_states import NUMERIC
from assay.quality.conditions import condition_sql
from assay.quality.predicates import compile_rows
from assay.quality.records import listed_columns, looked_at
from assay.quality.sql import quote_name

Params = Mapping[str, Any]
Columns = Mapping[str, str]
NOT_COMPILED = ("", "")

_RANKED = ("expect_column_median_to_be_between", "expect_column_quantile_values_to_be_between")
_ORDERED = ("expect_column_values_to_be_increasing", "expect_column_values_to_be_decreasing")
_COUNTED = {
    "expect_column_proportion_of_non_null_values_to_be_between": "{column} IS NOT NULL",
    "expect_table_row_count_to_be_between": "TRUE",
    "expect_table_row_count_to_equal": "TRUE",
}


def compile_check(kind: str, column: str | None, params: Params, columns: Columns) -> tuple[str, str]:
    """The predicate of a good row and the SQL of the rows to look at, as `Check` has them; NOT_COMPILED where only
    Great Expectations itself knows how, or nothing but the columns' own states is needed.

    Raises ValueError, in words, for parameters that make no sense for the columns.
    """
    condition = params.get("row_condition")
    selected = condition_sql(condition, params.get("condition_parser"), columns) if condition else ""
    if kind in ROW_TYPES:
        predicate, applies = compile_rows(kind, column, params, columns)
    elif kind in HOLISTIC_TYPES:
        predicate, applies = "", _holistic(kind, column, params, columns)
        if not applies:
            return NOT_COMPILED
    elif kind in _COUNTED and selected:
        predicate, applies = _COUNTED[kind].format(column=quote_name(column or "")), "TRUE"
    else:
        return "", selected or ""
    if selected is None:
        return NOT_COMPILED
    return predicate, _both(selected, applies)


def _both(selected: str, applies: str) -> str:
    if not selected:
        return applies
    return selected if applies == "TRUE" else f"{selected} AND {applies}"


def _holistic(kind: str, column: str | None, params: Params, columns: Columns) -> str:
    """The rows that a holistic measurement looks at; empty for a column that Assay does not rank or compare."""
    if column is None:
        return looked_at(listed_columns(params), params)
    if kind in _RANKED and columns[column] not in NUMERIC:
        return ""
    if kind in _ORDERED and columns[column] not in NUMERIC | {"date", "timestamp"}:
        return ""
    if kind == "expect_column_quantile_values_to_be_between":
        _refuse_ranges(params["quantile_ranges"])
    return f"{quote_name(column)} IS NOT NULL"


def _refuse_ranges(asked: Any) -> None:
    quantiles, ranges = (asked.get(name) if isinstance(asked, Mapping) else None for name in _QUANTILE_KEYS)
    if not isinstance(quantiles, list) or not isinstance(ranges, list) or len(quantiles) != len(ranges) or not ranges:
        raise ValueError("its quantile_ranges must hold as many quantiles as value_ranges, and at least one")
    for quantile in quantiles:
        if isinstance(quantile, bool) or not isinstance(quantile, int | float) or not 0 <= quantile <= 1:
            raise ValueError(f"the quantile {quantile!r} is not a share from 0 to 1")
    for limits in ranges:
        if not isinstance(limits, list) or len(limits) != 2:
            raise ValueError(f"the value range {limits!r} is not a pair of a lower and an upper limit")


_QUANTILE_KEYS = ("quantiles", "value_ranges")
