"""Types about single values of a column: missing ones, ranges, sets and lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assay.core.expectations.definition.domain import VALUES_AND_NULLS, WHOLE_COLUMN, Params
from assay.core.expectations.definition.expectation_type import COMPARED, RANGE, ColumnTypes, Limits
from assay.core.expectations.definition.families import RowWise
from assay.core.expectations.sql.literals import INTEGRAL, SqlColumn, is_long


@RowWise("expect_column_values_to_not_be_null", "are null", domain=VALUES_AND_NULLS)
def _not_null(column: SqlColumn, _: Params) -> str:
    return f"{column.sql} IS NOT NULL"


@RowWise("expect_column_values_to_be_null", "are not null", domain=VALUES_AND_NULLS)
def _null(column: SqlColumn, _: Params) -> str:
    return f"{column.sql} IS NULL"


@RowWise(
    "expect_column_values_to_be_between",
    "are not {range}",
    takes=RANGE,
    limits=Limits.VALUE,
    columns=ColumnTypes(COMPARED.measured),
)
def _between(column: SqlColumn, params: Params) -> str:
    return _range(column.sql, params, column.literal)


@RowWise(
    "expect_column_value_lengths_to_be_between", "are not {range} characters long", takes=RANGE, limits=Limits.LENGTH
)
def _length_between(column: SqlColumn, params: Params) -> str:
    return _range(f"length({column.text})", params, lambda value: str(int(value)))


@RowWise(
    "expect_column_value_lengths_to_equal", "are not {value} characters long", needs=["value"], limits=Limits.LENGTH
)
def _length_equals(column: SqlColumn, params: Params) -> str:
    return f"length({column.text}) = {int(params['value'])}"


@RowWise("expect_column_values_to_not_be_in_set", "are one of {value_set}", needs=["value_set"], negated=True)
@RowWise("expect_column_values_to_be_in_set", "are not one of {value_set}", needs=["value_set"])
@RowWise(
    "expect_column_distinct_values_to_be_in_set",
    "are not one of {value_set}",
    domain=WHOLE_COLUMN,
    needs=["value_set"],
)
def _in_set(column: SqlColumn, params: Params) -> str:
    # A null in the list would make `IN` neither true nor false and hide every other value: it has no meaning here.
    known = [value for value in params["value_set"] if value is not None]
    if column.type in INTEGRAL:
        # One fraction in the list would make Spark compare all of it as doubles, which hold no whole number past 2^53.
        known = [value for value in known if is_long(value)]
    return f"{column.sql} IN ({', '.join(map(column.literal, known))})" if known else "FALSE"


def _range(sql: str, params: Params, quote: Callable[[Any], str]) -> str:
    low, high = params.get("min_value"), params.get("max_value")
    parts = [f"{sql} {'>' if params.get('strict_min') else '>='} {quote(low)}"] if low is not None else []
    parts += [f"{sql} {'<' if params.get('strict_max') else '<='} {quote(high)}"] if high is not None else []
    return " AND ".join(parts)
