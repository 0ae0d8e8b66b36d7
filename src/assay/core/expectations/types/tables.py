"""Types about a table and its schema: the number of rows and columns, the names and the types of the columns."""

from __future__ import annotations

from functools import partial

from assay.core.check import Check, Finding
from assay.core.expectations.definition.expectation_type import BOUNDS, DECLARED_TYPE, RANGE, Limits, not_measured
from assay.core.expectations.definition.families import NOT_COUNTED, OfColumnState, TableWise
from assay.core.expectations.definition.findings import within
from assay.core.expectations.definition.wording import bounds, listing, number, pass_or_fail
from assay.core.profiles.table_profile import ColumnState, TableProfile


@TableWise("expect_table_row_count_to_be_between", takes=RANGE, limits=Limits.COUNT, counts="TRUE")
@TableWise("expect_table_row_count_to_equal", needs=["value"], limits=Limits.COUNT, counts="TRUE")
def _row_count(check: Check, profile: TableProfile, place: str) -> Finding:
    if not check.predicate:
        return _judge_count(check, profile.rows, place, "rows")
    counter = profile.counters.get(check.id)
    if counter is None:
        return not_measured(check, place, NOT_COUNTED)
    return _judge_count(check, counter.evaluated, place, "rows that fit its row condition")


@TableWise("expect_table_column_count_to_be_between", takes=BOUNDS, limits=Limits.COUNT)
@TableWise("expect_table_column_count_to_equal", needs=["value"], limits=Limits.COUNT)
def _column_count(check: Check, profile: TableProfile, place: str) -> Finding:
    return _judge_count(check, len(profile.columns), place, "columns")


def _judge_count(check: Check, observed: int, place: str, what: str) -> Finding:
    exact = check.params.get("value")
    expected = bounds(check.params) if exact is None else f"exactly {number(exact)}"
    good = within(observed, check.params) if exact is None else observed == exact
    sentence = f"{place}: there are {observed} {what}, {'' if good else 'not '}{expected}"
    return pass_or_fail(check, good, sentence, observed=observed, expected=expected)


@TableWise("expect_table_columns_to_match_ordered_list", needs=["column_list"])
@TableWise("expect_table_columns_to_match_set", needs=["column_set"], takes=["exact_match"])
def _columns_match(check: Check, profile: TableProfile, place: str) -> Finding:
    actual = list(profile.columns)
    ordered = "column_list" in check.params
    wanted = list(check.params["column_list"] if ordered else check.params["column_set"])
    missing = [name for name in wanted if name not in actual]
    added = [name for name in actual if name not in wanted] if check.params.get("exact_match", True) else []
    expected = f"the columns {', '.join(wanted)}" + (" in this order" if ordered else "")
    problems = [f"lacks {listing(missing)}"] * bool(missing) + [f"has {listing(added)} besides"] * bool(added)
    sentence = f"{place}: it {' and '.join(problems) or 'has ' + expected}"
    if ordered and not problems and actual != wanted:
        problems, sentence = ["order"], f"{place}: its columns are in another order: {', '.join(actual)}"
    return pass_or_fail(check, not problems, sentence, observed=actual, expected=expected)


@TableWise("expect_column_to_exist", takes=["column_index"])
def _column_exists(check: Check, profile: TableProfile, place: str) -> Finding:
    names = list(profile.columns)
    index = check.params.get("column_index")
    good = check.column in names if not index else names[index : index + 1] == [check.column]
    at = f" at place {index}" if index else ""
    sentence = f"{place}: the column {'is' if good else 'is not'} there{at}"
    return pass_or_fail(check, good, sentence, observed=good, expected=f"it is there{at}")


_FAMILIES = frozenset({"DataType", "AtomicType", "NumericType", "IntegralType", "FractionalType", "DatetimeType"})


def _spark_type(declared: str) -> str:
    return "IntegerType" if declared == "int" else f"{declared.title()}Type"


def _wanted(check: Check) -> list[str]:
    return check.params.get("type_list") or [check.params["type_"]]


def _names_no_family(check: Check) -> bool:
    return DECLARED_TYPE in check.params and _FAMILIES.isdisjoint(_wanted(check))


_of_type = partial(OfColumnState, answers=_names_no_family)


@_of_type("expect_column_type_to_be", needs=["type_"])
@_of_type("expect_column_values_to_be_of_type", needs=["type_"], takes=["mostly"])
@_of_type("expect_column_values_to_be_in_type_list", needs=["type_list"], takes=["mostly"])
def _has_type(check: Check, _: ColumnState, place: str) -> Finding:
    wanted, actual = _wanted(check), _spark_type(check.params[DECLARED_TYPE])
    good, expected = actual in wanted, " or ".join(wanted)
    sentence = f"{place}: the type is {actual}, {'as' if good else 'not'} {expected}"
    return pass_or_fail(check, good, sentence, observed=actual, expected=expected)
