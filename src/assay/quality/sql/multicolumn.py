"""Expectations that compare columns within a row, as Spark SQL predicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

from assay.core.expectations.column_checks import NUMERIC
from assay.quality.sql.literals import INTEGRAL, literal, quote_name

Params = Mapping[str, Any]
Columns = Mapping[str, str]


def compile_record(kind: str, params: Params, columns: Columns) -> tuple[str, str]:
    """The predicate that is true for a good row, and the SQL of the rows to look at, of a `kind` that names a pair or
    a list of columns; raises ValueError, in words, for columns or parameters that do not fit each other."""
    if kind in _LISTS:
        names = listed_columns(params)
        return _LISTS[kind](names, params, columns), looked_at(names, params)
    one, two = params.get("column_A"), params.get("column_B")
    if not isinstance(one, str) or not isinstance(two, str):
        raise ValueError("it needs column_A and column_B")
    return _PAIRS[kind](one, two, params, columns), _pair_looked_at(one, two, params)


def listed_columns(params: Params) -> list[str]:
    """The columns of a `column_list`; raises ValueError for fewer than two."""
    names = params.get("column_list")
    if not isinstance(names, list) or len(names) < 2 or not all(isinstance(name, str) for name in names):
        raise ValueError("its column_list must be a list of at least two columns")
    return names


def looked_at(names: Sequence[str], params: Params) -> str:
    """The SQL of the rows that `ignore_row_if` leaves, of an expectation of many columns."""
    known = [f"{quote_name(name)} IS NOT NULL" for name in names]
    return _chosen(
        params.get("ignore_row_if") or "all_values_are_missing",
        {
            "all_values_are_missing": f"({' OR '.join(known)})",
            "any_value_is_missing": f"({' AND '.join(known)})",
            "never": "TRUE",
        },
    )


def _pair_looked_at(one: str, two: str, params: Params) -> str:
    a, b = quote_name(one), quote_name(two)
    return _chosen(
        params.get("ignore_row_if") or "both_values_are_missing",
        {
            "both_values_are_missing": f"NOT ({a} IS NULL AND {b} IS NULL)",
            "either_value_is_missing": f"({a} IS NOT NULL AND {b} IS NOT NULL)",
            "neither": "TRUE",
        },
    )


def _chosen(ignored: Any, applies: Mapping[str, str]) -> str:
    if ignored not in applies:
        raise ValueError(f"its ignore_row_if is {ignored!r}, and can be {', '.join(applies)}")
    return applies[ignored]


def _greater(one: str, two: str, params: Params, columns: Columns) -> str:
    _refuse_strangers([one, two], columns)
    # As in Great Expectations, a row with one of the two missing is looked at, and breaks nothing.
    return f"coalesce({quote_name(one)} {'>=' if params.get('or_equal') else '>'} {quote_name(two)}, TRUE)"


def _equal(one: str, two: str, _: Params, columns: Columns) -> str:
    return _all_equal([one, two], {}, columns)


def _pair_in_set(one: str, two: str, params: Params, columns: Columns) -> str:
    pairs = params.get("value_pairs_set")
    if not isinstance(pairs, list) or not pairs or not all(isinstance(p, list | tuple) and len(p) == 2 for p in pairs):
        raise ValueError("its value_pairs_set must be a list of pairs")
    parts = [f"({_is(one, x, columns)} AND {_is(two, y, columns)})" for x, y in pairs]
    return f"({' OR '.join(parts)})"


def _is(name: str, value: Any, columns: Columns) -> str:
    return f"{quote_name(name)} <=> {'NULL' if value is None else literal(value, columns[name])}"


def _sum_equals(names: Sequence[str], params: Params, columns: Columns) -> str:
    for name in names:
        if columns[name] not in NUMERIC:
            raise ValueError(f"a {columns[name]} ({name}) has no sum")
    parts = [_summand(quote_name(name), columns[name]) for name in names]
    whole = "long" if all(columns[name] in INTEGRAL for name in names) else "double"
    return f"coalesce({' + '.join(parts)} = {literal(params.get('sum_total'), whole)}, TRUE)"


def _summand(name: str, column_type: str) -> str:
    value = f"coalesce({name}, 0)"
    # A sum of whole numbers must not wrap around.
    return value if column_type == "double" else f"CAST({value} AS DECIMAL(38, 0))"


def _all_equal(names: Sequence[str], _: Params, columns: Columns) -> str:
    _refuse_strangers(names, columns)
    first, *others = map(quote_name, names)
    return " AND ".join(f"{first} <=> {other}" for other in others)


def _none_equal(names: Sequence[str], _: Params, columns: Columns) -> str:
    _refuse_strangers(names, columns)
    return " AND ".join(f"NOT ({a} <=> {b})" for a, b in combinations(map(quote_name, names), 2))


def _refuse_strangers(names: Sequence[str], columns: Columns) -> None:
    first = names[0]
    for name in names[1:]:
        if _family(columns[first]) != _family(columns[name]):
            raise ValueError(f"a {columns[first]} ({first}) cannot be compared with a {columns[name]} ({name})")


def _family(column_type: str) -> str:
    if column_type in NUMERIC:
        return "number"
    return "time" if column_type in ("date", "timestamp") else column_type


_PAIRS: Mapping[str, Callable[[str, str, Params, Columns], str]] = {
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_column_pair_values_to_be_in_set": _pair_in_set,
}
_LISTS: Mapping[str, Callable[[Sequence[str], Params, Columns], str]] = {
    "expect_multicolumn_sum_to_equal": _sum_equals,
    "expect_multicolumn_values_to_be_equal": _all_equal,
    "expect_select_column_values_to_be_unique_within_record": _none_equal,
}
