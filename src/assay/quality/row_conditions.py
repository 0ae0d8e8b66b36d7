"""Row conditions of Great Expectations as Spark SQL, for the forms that plain SQL can express."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.core.expectations.sql.invalid_expectation import MistakeError
from assay.core.expectations.sql.literals import literal, quote_name
from assay.core.suggestions import did_you_mean

_OPERATORS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SETS = {"IN": "IN", "NOT_IN": "NOT IN"}
_KNOWN = (*_OPERATORS, *_SETS)


def selected_rows(params: Mapping[str, Any], columns: Mapping[str, str]) -> str | None:
    """Return the SQL of the rows that fit the row condition: empty without a condition, None for one beyond plain SQL.

    Raises:
        MistakeError: The condition names an unknown column, or compares one with a value that does not fit.
    """
    condition = params.get("row_condition")
    try:
        return condition_sql(condition, params.get("condition_parser"), columns) if condition else ""
    except KeyError as error:
        raise MistakeError(f"its row condition lacks {error}", keyword="row_condition") from None
    except (TypeError, ValueError) as error:
        raise MistakeError(str(error), keyword="row_condition") from None


def condition_sql(condition: Any, parser: str | None, columns: Mapping[str, str]) -> str | None:
    """Return the SQL that is true for the rows to look at; None for a form that only Great Expectations understands.

    Raises:
        ValueError: A column is unknown, or a value does not fit its column.
    """
    if isinstance(condition, str):
        return f"({condition})" if parser == "spark" else None
    if not isinstance(condition, Mapping):
        return None
    kind = condition.get("type")
    if kind == "pass_through":
        return f"({condition['pass_through_filter']})"
    if kind in ("and", "or"):
        parts = [condition_sql(part, parser, columns) for part in condition["conditions"]]
        known = [part for part in parts if part is not None]
        return "(" + f" {kind.upper()} ".join(known) + ")" if known and len(known) == len(parts) else None
    if kind == "nullity":
        return f"({_column(condition, columns)} IS {'' if condition['is_null'] else 'NOT '}NULL)"
    if kind == "comparison":
        return _comparison(condition, columns)
    return None


def _comparison(condition: Mapping[str, Any], columns: Mapping[str, str]) -> str | None:
    name, operator, value = _column(condition, columns), condition["operator"], condition["parameter"]
    column_type = columns[condition["column"]["name"]]
    if operator in _SETS:
        if not isinstance(value, list) or not value:
            raise ValueError(f"the {operator} of its row condition needs a list with at least one value")
        return f"({name} {_SETS[operator]} ({', '.join(literal(item, column_type) for item in value)}))"
    if operator not in _OPERATORS:
        raise ValueError(f"its row condition has the operator {operator!r}, and can have {', '.join(_KNOWN)}")
    return f"({name} {_OPERATORS[operator]} {literal(value, column_type)})"


def _column(condition: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    name = condition["column"]["name"]
    if name not in columns:
        raise ValueError(
            f"its row condition uses '{name}', which the table does not have: " + did_you_mean(name, columns)
        )
    return quote_name(name)
