"""Row-wise expectations as Spark SQL predicates, so that all of them are counted in the one scan that measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assay.quality.sql.literals import INTEGRAL, as_text, is_long, literal, quote_name
from assay.quality.sql.multicolumn import compile_record
from assay.quality.sql.patterns import PATTERNS

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
    return _range(name, params, lambda value: literal(value, column_type))


def _range(name: str, params: Params, quote: Callable[[Any], str]) -> str:
    low: Any = params.get("min_value")
    high: Any = params.get("max_value")
    parts = []
    if low is not None:
        parts.append(f"{name} {'>' if params.get('strict_min') else '>='} {quote(low)}")
    if high is not None:
        parts.append(f"{name} {'<' if params.get('strict_max') else '<='} {quote(high)}")
    return " AND ".join(parts)


def _in_set(name: str, column_type: str, params: Params) -> str:
    # A null in the list would make `IN` neither true nor false and hide every other value: it has no meaning here.
    known = [value for value in params["value_set"] if value is not None]
    if column_type in INTEGRAL:
        # One fraction in the list would make Spark compare all of it as doubles, which hold no whole number past 2^53.
        known = [value for value in known if is_long(value)]
    return f"{name} IN ({', '.join(literal(value, column_type) for value in known)})" if known else "FALSE"


def _not_in_set(name: str, column_type: str, params: Params) -> str:
    return f"NOT ({_in_set(name, column_type, params)})"


def _length_between(name: str, column_type: str, params: Params) -> str:
    return _range(f"length({as_text(name, column_type)})", params, lambda value: str(int(value)))


def _length_equals(name: str, column_type: str, params: Params) -> str:
    return f"length({as_text(name, column_type)}) = {int(params['value'])}"


_SINGLE: Mapping[str, Callable[[str, str, Params], str]] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_distinct_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_value_lengths_to_be_between": _length_between,
    "expect_column_value_lengths_to_equal": _length_equals,
    **PATTERNS,
}
