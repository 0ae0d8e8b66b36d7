"""Row-wise expectations as Spark SQL predicates, so that all of them are counted in the one scan that measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assay.quality.patterns import PATTERNS
from assay.quality.records import compile_record
from assay.quality.sql import as_text, literal, quote_name

Params = Mapping[str, Any]
Columns = Mapping[str, str]


def compile_rows(kind: str, column: str | None, params: Params, columns: Columns) -> tuple[str, str]:
    """The predicate that is true for a good row, and the SQL of the rows to look at, of a row-wise `kind`.

    Both are total: never NULL for a row that is looked at, so a counter cannot lose rows. Raises ValueError, in
    words, for parameters that make no sense for the column.
    """
    if column is None:
        return compile_record(kind, params, columns)
    return _single(kind, column, params, columns)


def _single(kind: str, column: str, params: Params, columns: Columns) -> tuple[str, str]:
    name, column_type = quote_name(column), columns[column]
    if kind == "expect_column_values_to_not_be_null":
        return f"{name} IS NOT NULL", "TRUE"
    if kind == "expect_column_values_to_be_null":
        return f"{name} IS NULL", "TRUE"
    return _SINGLE[kind](name, column_type, params), f"{name} IS NOT NULL"


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


def _length_between(name: str, column_type: str, params: Params) -> str:
    return _range(f"length({as_text(name, column_type)})", params, _whole)


def _length_equals(name: str, column_type: str, params: Params) -> str:
    return f"length({as_text(name, column_type)}) = {_whole(params.get('value'))}"


def _whole(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(f"a length is a whole number, not {value!r}")
    return str(int(value))


_SINGLE: Mapping[str, Callable[[str, str, Params], str]] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_distinct_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_value_lengths_to_be_between": _length_between,
    "expect_column_value_lengths_to_equal": _length_equals,
    **PATTERNS,
}
