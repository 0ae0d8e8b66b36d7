"""Expectations to the SQL that measures them, whatever their class of cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.core.expectations.column_checks import NUMERIC
from assay.core.expectations.partition_checks import HOLISTIC_TYPES
from assay.core.expectations.row_checks import ROW_TYPES
from assay.quality.sql.columns import compile_rows
from assay.quality.sql.invalid_expectation import MistakeError
from assay.quality.sql.literals import quote_name
from assay.quality.sql.multicolumn import listed_columns, looked_at
from assay.quality.sql.row_conditions import condition_sql

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

    Raises MistakeError or ValueError, in words, for parameters that make no sense for the columns.
    """
    selected = _selected(params, columns)
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


def _selected(params: Params, columns: Columns) -> str | None:
    """The SQL of the rows that fit the row condition: empty without one, None for one beyond plain SQL."""
    condition = params.get("row_condition")
    try:
        return condition_sql(condition, params.get("condition_parser"), columns) if condition else ""
    except KeyError as error:
        raise MistakeError(f"its row condition lacks {error}", keyword="row_condition") from None
    except (TypeError, ValueError) as error:
        raise MistakeError(str(error), keyword="row_condition") from None


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
    return f"{quote_name(column)} IS NOT NULL"
