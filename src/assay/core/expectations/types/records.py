"""Types that compare the columns of a pair or a list within each row."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from assay.core.expectations.definition.domain import PAIRS, RECORDS, Params, Record
from assay.core.expectations.definition.expectation_type import COMPARED, ColumnTypes
from assay.core.expectations.definition.families import RowWise
from assay.core.expectations.definition.wording import MAX_VALUES_SHOWN, fill, number
from assay.core.expectations.sql.literals import INTEGRAL, NUMERIC, SqlColumn, literal


def _not_above(params: Params) -> str:
    return fill("have {column_A} not " + ("at least" if params.get("or_equal") else "above") + " {column_B}", params)


@RowWise(
    "expect_column_pair_values_a_to_be_greater_than_b", _not_above, domain=PAIRS, takes=["or_equal"], columns=COMPARED
)
def _greater(pair: Record, params: Params) -> str:
    _refuse_strangers(pair)
    # As in Great Expectations, a row with one of the two missing is looked at, and breaks nothing.
    return f"coalesce({pair[0].sql} {'>=' if params.get('or_equal') else '>'} {pair[1].sql}, TRUE)"


def _not_one_of(params: Params) -> str:
    pairs = [f"({number(one)}, {number(two)})" for one, two in params["value_pairs_set"]]
    more = f" and {len(pairs) - MAX_VALUES_SHOWN} more" if len(pairs) > MAX_VALUES_SHOWN else ""
    return f"are not one of {', '.join(pairs[:MAX_VALUES_SHOWN])}{more}"


@RowWise("expect_column_pair_values_to_be_in_set", _not_one_of, domain=PAIRS, needs=["value_pairs_set"])
def _pair_in_set(pair: Record, params: Params) -> str:
    pairs = params["value_pairs_set"]
    if not isinstance(pairs, list) or not pairs or not all(isinstance(p, list | tuple) and len(p) == 2 for p in pairs):
        raise ValueError("its value_pairs_set must be a list of pairs")
    return f"({' OR '.join(f'({_is(pair[0], one)} AND {_is(pair[1], two)})' for one, two in pairs)})"


def _is(column: SqlColumn, value: Any) -> str:
    return f"{column.sql} <=> {'NULL' if value is None else column.literal(value)}"


def _other_sum(params: Params) -> str:
    return fill("have a sum of {column_list} other than ", params) + number(params["sum_total"])


@RowWise(
    "expect_multicolumn_sum_to_equal",
    _other_sum,
    domain=RECORDS,
    needs=["sum_total"],
    columns=ColumnTypes(NUMERIC),
)
def _sum_equals(record: Record, params: Params) -> str:
    for column in record:
        if column.type not in NUMERIC:
            raise ValueError(f"a {column.type} ({column.name}) has no sum")
    whole = "long" if all(column.type in INTEGRAL for column in record) else "double"
    return f"coalesce({' + '.join(map(_summand, record))} = {literal(params['sum_total'], whole)}, TRUE)"


def _summand(column: SqlColumn) -> str:
    value = f"coalesce({column.sql}, 0)"
    # A sum of whole numbers must not wrap around.
    return value if column.type == "double" else f"CAST({value} AS DECIMAL(38, 0))"


@RowWise("expect_column_pair_values_to_be_equal", "have {column_A} other than {column_B}", domain=PAIRS)
@RowWise("expect_multicolumn_values_to_be_equal", "have different values in {column_list}", domain=RECORDS)
def _all_equal(record: Record, _: Params) -> str:
    _refuse_strangers(record)
    return " AND ".join(f"{record[0].sql} <=> {other.sql}" for other in record[1:])


@RowWise(
    "expect_select_column_values_to_be_unique_within_record", "have a value twice in {column_list}", domain=RECORDS
)
def _none_equal(record: Record, _: Params) -> str:
    _refuse_strangers(record)
    return " AND ".join(f"NOT ({one.sql} <=> {other.sql})" for one, other in combinations(record, 2))


def _refuse_strangers(record: Record) -> None:
    """Raise ValueError for two columns with types that Spark cannot compare."""
    first, *others = record
    for other in others:
        if _family(first.type) != _family(other.type):
            raise ValueError(f"a {first.type} ({first.name}) cannot be compared with a {other.type} ({other.name})")


def _family(column_type: str) -> str:
    if column_type in NUMERIC:
        return "number"
    return "time" if column_type in ("date", "timestamp") else column_type
