"""The check that an expectation makes sense for its table, made when the suite is read and before a day is judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assay.core.expectations.catalog import EXPECTATION_TYPES, find_type
from assay.core.expectations.definition.expectation_type import BOUNDS, ColumnTypes, Limits
from assay.core.expectations.sql.invalid_expectation import MistakeError
from assay.core.expectations.sql.literals import literal
from assay.core.suggestions import did_you_mean
from assay.quality.argument_limits import check_limits, finite_number, whole_number

Params = Mapping[str, Any]
Columns = Mapping[str, str]

_SWITCHES = ["strict_min", "strict_max", "ties_okay", "strictly", "or_equal"]
_SWITCHES += ["exact_match", "double_sided", "catch_exceptions"]
_COMMON = frozenset({"column", "row_condition", "condition_parser", "result_format", "catch_exceptions", "batch_id"})
_COMMON |= {"meta", "notes", "description", "windows", "severity", "id", "rendered_content"}
_PARSERS = ("spark", "great_expectations", "great_expectations__experimental__")
_TYPES = frozenset(
    f"{name}Type"
    for name in (
        *("Array", "Atomic", "Binary", "Boolean", "Byte", "Char", "Data", "Date", "Datetime", "Decimal", "Double"),
        *("Float", "Fractional", "Integer", "Integral", "Long", "Map", "Null", "Numeric", "Short", "String", "Struct"),
        *("Timestamp", "TimestampNTZ", "Varchar"),
    )
)


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument of an expectation of that `kind`; `column_type` is the type of the expectation's column, if any."""

    kind: str
    name: str
    value: Any
    column_type: str | None
    limits: Limits

    def mistake(self, message: str, hint: str = "") -> MistakeError:
        return MistakeError(message, keyword=self.name, hint=hint)


def check_keywords(kind: str, kwargs: Mapping[str, Any]) -> None:
    """Check that `kwargs` has the keywords of a type that Assay judges, and no others: a misspelt one limits nothing.

    Great Expectations checks the keywords of the other types.

    Raises:
        MistakeError: A keyword is unknown or missing.
    """
    if kind not in EXPECTATION_TYPES:
        return
    needs = EXPECTATION_TYPES[kind].needs
    keywords = {*needs, *EXPECTATION_TYPES[kind].takes}
    for name in kwargs:
        if name not in keywords | _COMMON:
            hint = did_you_mean(name, sorted(keywords))
            raise MistakeError(f"it does not take '{name}'; {hint}", keyword=name)
    for name in sorted(needs):
        if kwargs.get(name) is None:
            raise MistakeError(f"it needs '{name}'", keyword=name)
    if keywords.issuperset(BOUNDS) and all(kwargs.get(name) is None for name in BOUNDS):
        raise MistakeError("it has neither min_value nor max_value", hint="without a limit it can never fail")


def check_sense(kind: str, column: str | None, params: Params, columns: Columns) -> None:
    """Check that the arguments of an expectation fit each other, its type and its columns.

    Arguments of the same name obey the same rule in every type.

    Raises:
        MistakeError: An argument makes no sense.
    """
    column_type = columns.get(column) if column is not None else None
    judged = find_type(kind)
    _check_columns(kind, column, params)
    _check_column_types(judged.columns, column, params, columns)
    for name in _SWITCHES:
        if not isinstance(params.get(name) or False, bool):
            raise MistakeError(f"its {name} is {params[name]!r}, and can be true or false", keyword=name)
    _check_mostly(params.get("mostly", 1.0))
    check_limits(judged.limits, params, column_type)
    for name, check in _CHECKS.items():
        if params.get(name) is not None:
            check(_Argument(kind, name, params[name], column_type, judged.limits))
    _check_condition(params)


def _check_mostly(mostly: Any) -> None:
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        raise MistakeError(f"its mostly is {mostly!r}, and must be a share from 0 to 1", keyword="mostly")


def _check_columns(kind: str, column: str | None, params: Params) -> None:
    single = kind.startswith("expect_column_") and not kind.startswith("expect_column_pair")
    if single and column is None:
        raise MistakeError("lacks 'column'")
    if not single and column is not None and (kind in EXPECTATION_TYPES or kind.startswith(_NO_COLUMN)):
        hint = "it is about the table or several columns"
        raise MistakeError("it does not take 'column'", keyword="column", hint=hint)
    one, two = params.get("column_A"), params.get("column_B")
    if one is not None and one == two:
        hint = "a column always equals itself: name two"
        raise MistakeError(f"its column_A and column_B are both '{one}'", keyword="column_B", hint=hint)


def _check_column_types(types: ColumnTypes, column: str | None, params: Params, columns: Columns) -> None:
    keyword = "column" if column is not None else "column_A"
    for name in (column, params.get("column_A"), params.get("column_B")):
        column_type = columns.get(str(name), "")
        if column_type in types.refused:
            raise MistakeError(types.refusal.format(column_type), keyword=keyword, hint=types.hint)


def _check_set(argument: _Argument) -> None:
    known = [value for value in argument.value if value is not None] if isinstance(argument.value, list) else []
    if not known:
        raise argument.mistake(f"its {argument.name} must be a list with at least one value")
    for value in known if argument.column_type is not None else ():
        try:
            literal(value, argument.column_type or "")
        except ValueError as error:
            raise argument.mistake(f"its {argument.name}: {error}") from None


def _check_names(argument: _Argument) -> None:
    names, least = argument.value, 1 if argument.kind.startswith("expect_table") else 2
    if not isinstance(names, list) or len(names) < least or not all(isinstance(one, str) for one in names):
        wanted = "at least two columns" if least == 2 else "columns, and name one"
        raise argument.mistake(f"its {argument.name} must be a list of {wanted}")
    doubled = sorted({one for one in names if names.count(one) > 1})
    if doubled:
        raise argument.mistake(f"its {argument.name} names '{doubled[0]}' twice", "remove one")


def _check_value(argument: _Argument) -> None:
    whole_number(argument.value, argument.name, "a length" if argument.limits is Limits.LENGTH else "a count")


def _check_types(argument: _Argument) -> None:
    """Check that a list of types has one of Spark's; it may also have types of other engines."""
    names = [argument.value] if argument.name == "type_" else argument.value
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise argument.mistake(f"its {argument.name} must name a type, such as IntegerType")
    if _TYPES.isdisjoint(names):
        hint = did_you_mean(names[0], sorted(_TYPES))
        raise argument.mistake(f"its {argument.name} {', '.join(names)} is no type of Spark's", hint)


def _check_quantiles(argument: _Argument) -> None:
    quantile_ranges = argument.value if isinstance(argument.value, Mapping) else {}
    quantiles, ranges = quantile_ranges.get("quantiles"), quantile_ranges.get("value_ranges")
    if not isinstance(quantiles, list) or not isinstance(ranges, list) or len(quantiles) != len(ranges) or not ranges:
        raise argument.mistake(f"its {argument.name} must hold as many quantiles as value_ranges, and at least one")
    for quantile in quantiles:
        if isinstance(quantile, bool) or not isinstance(quantile, int | float) or not 0 <= quantile <= 1:
            raise argument.mistake(f"the quantile {quantile!r} is not a share from 0 to 1")
    for limits in ranges:
        if not isinstance(limits, list) or len(limits) != 2:
            raise argument.mistake(f"the value range {limits!r} is not a pair of a lower and an upper limit")
        low, high = (None if limit is None else finite_number(limit, argument.name) for limit in limits)
        if low is not None and high is not None and low > high:
            raise argument.mistake(f"the value range {limits!r} starts above its end")


def _check_strftime(argument: _Argument) -> None:
    hint = "such as %Y-%m-%d: docs.python.org/3/library/datetime.html lists the directives"
    if not isinstance(argument.value, str) or "%" not in argument.value:
        raise argument.mistake(f"its {argument.name} {argument.value!r} has no directive such as %Y", hint)
    try:
        datetime.strptime(datetime(2013, 1, 31, 6, 7, 8, 9, UTC).strftime(argument.value), argument.value)  # noqa: DTZ007
    except (ValueError, re.error) as error:  # the latter for a directive that occurs twice
        raise argument.mistake(f"its {argument.name} {argument.value!r} cannot be read: {error}", hint) from None


def _check_condition(params: Params) -> None:
    condition, parser = params.get("row_condition"), params.get("condition_parser")
    if condition is None:
        return
    if isinstance(condition, str) and not condition.strip():
        raise MistakeError("its row_condition is empty", keyword="row_condition", hint="leave it out")
    if not isinstance(condition, str | Mapping):
        raise MistakeError("its row_condition must be a text or a condition", keyword="row_condition")
    if isinstance(condition, str) and parser not in _PARSERS:
        message = "it has no condition_parser" if parser is None else f"its condition_parser is {parser!r}"
        raise MistakeError(message, keyword="condition_parser", hint="write 'spark', and the condition as Spark's SQL")


_NO_COLUMN = ("expect_table", "expect_column_pair", "expect_multicolumn")
_CHECKS: Mapping[str, Callable[[_Argument], object]] = {
    "value_set": _check_set,
    "column_list": _check_names,
    "column_set": _check_names,
    "value": _check_value,
    "sum_total": lambda argument: finite_number(argument.value, argument.name),
    "threshold": lambda argument: finite_number(argument.value, argument.name),
    "column_index": lambda argument: whole_number(argument.value, argument.name, "the place of a column"),
    "type_": _check_types,
    "type_list": _check_types,
    "quantile_ranges": _check_quantiles,
    "strftime_format": _check_strftime,
}
