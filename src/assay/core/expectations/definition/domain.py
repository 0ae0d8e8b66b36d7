"""The domain of an expectation: the columns that it compares within a row, and the rows that it looks at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.core.check import Check
from assay.core.expectations.sql.literals import SqlColumn

Params = Mapping[str, Any]
Record = Sequence[SqlColumn]


@dataclass(frozen=True, slots=True)
class WrittenExpectation:
    """An expectation as it is in a suite, with the schema type of every column of its table.

    The SQL of its row condition is `selected`: empty without a condition, None for one beyond plain SQL.
    """

    column: str | None
    params: Params
    columns: Mapping[str, str]
    selected: str | None


def named_columns(named: WrittenExpectation | Check) -> Sequence[str]:
    """Return the columns that the keywords of an expectation name."""
    if named.column is not None:
        return [named.column]
    return named.params.get("column_list") or [named.params["column_A"], named.params["column_B"]]


@dataclass(frozen=True, slots=True)
class Domain:
    """The columns of an expectation, the SQL of the rows that it looks at, and the keywords that decide both.

    The word for the counted things is `noun`. A row that breaks a check is shown with its values of `names`.
    """

    rows: Callable[[Any, Params], str]
    noun: str = "rows"
    needs: Collection[str] = ()
    takes: Collection[str] = ()
    names: Callable[[WrittenExpectation | Check], Sequence[str]] = named_columns


def _known(column: SqlColumn, _: Params) -> str:
    return f"{column.sql} IS NOT NULL"


def _pair_rows(pair: Record, params: Params) -> str:
    a, b = (column.sql for column in pair)
    either_known, both_known = f"NOT ({a} IS NULL AND {b} IS NULL)", f"({a} IS NOT NULL AND {b} IS NOT NULL)"
    return _not_ignored(
        params, both_values_are_missing=either_known, either_value_is_missing=both_known, neither="TRUE"
    )


def _record_rows(record: Record, params: Params) -> str:
    known = [_known(column, params) for column in record]
    any_known, all_known = f"({' OR '.join(known)})", f"({' AND '.join(known)})"
    return _not_ignored(params, all_values_are_missing=any_known, any_value_is_missing=all_known, never="TRUE")


def _not_ignored(params: Params, **rows: str) -> str:
    """Return the SQL of the rows that `ignore_row_if` leaves; the first of `rows` is the default."""
    ignored = params.get("ignore_row_if") or next(iter(rows))
    if ignored not in rows:
        raise ValueError(f"its ignore_row_if is {ignored!r}, and can be {', '.join(rows)}")
    return rows[ignored]


WHOLE_COLUMN = Domain(_known, "values")
VALUES = Domain(_known, "values", takes=["mostly"])
VALUES_AND_NULLS = Domain(lambda *_: "TRUE", takes=["mostly"])
PAIRS = Domain(_pair_rows, needs=["column_A", "column_B"], takes=["ignore_row_if", "mostly"])
RECORDS = Domain(_record_rows, needs=["column_list"], takes=["ignore_row_if", "mostly"])
