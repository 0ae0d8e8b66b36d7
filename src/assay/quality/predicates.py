"""Row-wise expectations as Spark SQL predicates, so that all of them are counted in the one scan that measures."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from assay.core.expectation_rows import ROW_TYPES
from assay.core.expectation_states import NUMERIC
from assay.quality.conditions import condition_sql
from assay.quality.sql import literal, quote_name

Params = Mapping[str, Any]
Columns = Mapping[str, str]
_BROKEN_EVERYWHERE = ("missing ), ", "unbalanced parenthesis", "unterminated character set", "nothing to repeat")


def compile_rows(kind: str, column: str | None, params: Params, columns: Columns) -> tuple[str, str] | None:
    """The predicate that is true for a good row, and the SQL of the rows to look at; None if `kind` is not row-wise or
    its row condition is beyond plain SQL.

    Both are total: never NULL for a row that is looked at, so a counter cannot lose rows. Raises ValueError, in
    words, for parameters that make no sense for the column.
    """
    if kind not in ROW_TYPES:
        return None
    applies, predicate = _pair(kind, params, columns) if column is None else _single(kind, column, params, columns)
    condition = params.get("row_condition")
    if condition:
        sql = condition_sql(condition, params.get("condition_parser"), columns)
        if sql is None:
            return None
        applies = sql if applies == "TRUE" else f"{sql} AND {applies}"
    return predicate, applies


def _single(kind: str, column: str, params: Params, columns: Columns) -> tuple[str, str]:
    name, column_type = quote_name(column), columns[column]
    if kind == "expect_column_values_to_not_be_null":
        return "TRUE", f"{name} IS NOT NULL"
    if kind == "expect_column_values_to_be_null":
        return "TRUE", f"{name} IS NULL"
    return f"{name} IS NOT NULL", _SINGLE[kind](name, column_type, params)


def _between(name: str, column_type: str, params: Params) -> str:
    if column_type == "boolean":
        raise ValueError("a boolean has no order; use expect_column_values_to_be_in_set")
    return _range(name, params, lambda value: literal(value, column_type))


def _range(name: str, params: Params, quote: Callable[[Any], str]) -> str:
    low: Any = params.get("min_value")
    high: Any = params.get("max_value")
    if low is None and high is None:
        raise ValueError("it has neither min_value nor max_value")
    if low is not None and type(low) is type(high) and low > high:
        raise ValueError(f"its min_value {low!r} is greater than its max_value {high!r}")
    parts = []
    if low is not None:
        parts.append(f"{name} {'>' if params.get('strict_min') else '>='} {quote(low)}")
    if high is not None:
        parts.append(f"{name} {'<' if params.get('strict_max') else '<='} {quote(high)}")
    return " AND ".join(parts)


def _in_set(name: str, column_type: str, params: Params) -> str:
    values = params.get("value_set")
    # A null in the list would make `IN` neither true nor false and hide every other value: it has no meaning here.
    known = [value for value in values if value is not None] if isinstance(values, list) else []
    if not known:
        raise ValueError("its value_set must be a list with at least one value")
    return f"{name} IN ({', '.join(literal(value, column_type) for value in known)})"


def _not_in_set(name: str, column_type: str, params: Params) -> str:
    return f"NOT ({_in_set(name, column_type, params)})"


def _matches(name: str, column_type: str, params: Params) -> str:
    pattern = params.get("regex")
    if not isinstance(pattern, str):
        raise ValueError("its regex must be a text")
    _refuse_broken(pattern)
    return f"{_as_text(name, column_type)} RLIKE {literal(pattern, 'string')}"


def _matches_not(name: str, column_type: str, params: Params) -> str:
    return f"NOT ({_matches(name, column_type, params)})"


def _refuse_broken(pattern: str) -> None:
    """Java compiles the pattern, in the middle of the job; what is broken in every dialect is said now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern)
        except re.error as error:
            if error.msg.startswith(_BROKEN_EVERYWHERE):
                raise ValueError(f"its regex {pattern!r} is not a pattern: {error.msg}") from None


def _length_between(name: str, column_type: str, params: Params) -> str:
    return _range(f"length({_as_text(name, column_type)})", params, _whole)


def _length_equals(name: str, column_type: str, params: Params) -> str:
    return f"length({_as_text(name, column_type)}) = {_whole(params.get('value'))}"


def _whole(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(f"a length is a whole number, not {value!r}")
    return str(int(value))


def _as_text(name: str, column_type: str) -> str:
    return name if column_type == "string" else f"CAST({name} AS STRING)"


def _pair(kind: str, params: Params, columns: Columns) -> tuple[str, str]:
    one, two = params.get("column_A"), params.get("column_B")
    if not isinstance(one, str) or not isinstance(two, str):
        raise ValueError("it needs column_A and column_B")
    if _family(columns[one]) != _family(columns[two]):
        raise ValueError(f"a {columns[one]} ({one}) cannot be compared with a {columns[two]} ({two})")
    a, b = quote_name(one), quote_name(two)
    if kind == "expect_column_pair_values_to_be_equal":
        predicate = f"{a} <=> {b}"
    else:
        # As in Great Expectations, a row with one of the two missing is looked at, and breaks nothing.
        predicate = f"coalesce({a} {'>=' if params.get('or_equal') else '>'} {b}, TRUE)"
    ignored = params.get("ignore_row_if") or "both_values_are_missing"
    applies = {
        "both_values_are_missing": f"NOT ({a} IS NULL AND {b} IS NULL)",
        "either_value_is_missing": f"({a} IS NOT NULL AND {b} IS NOT NULL)",
        "neither": "TRUE",
    }
    if ignored not in applies:
        raise ValueError(f"its ignore_row_if is {ignored!r}, and can be {', '.join(applies)}")
    return applies[ignored], predicate


def _family(column_type: str) -> str:
    if column_type in NUMERIC:
        return "number"
    return "time" if column_type in ("date", "timestamp") else column_type


_SINGLE: Mapping[str, Callable[[str, str, Params], str]] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_distinct_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_match_regex": _matches,
    "expect_column_values_to_not_match_regex": _matches_not,
    "expect_column_value_lengths_to_be_between": _length_between,
    "expect_column_value_lengths_to_equal": _length_equals,
}
