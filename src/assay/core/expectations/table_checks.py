"""Checks of a whole table: how many rows and columns it has, and which."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assay.core.check import Check, Finding, Status
from assay.core.expectations.ranges import within
from assay.core.expectations.wording import bounds, check_finding, listing, number
from assay.core.profiles.table_profile import TableProfile


def judge_table(check: Check, profile: TableProfile, place: str) -> Finding:
    """The finding of a check whose type is one of TABLE_TYPES."""
    return TABLE_TYPES[check.type](check, profile, place)


def _judge_row_count(check: Check, profile: TableProfile, place: str) -> Finding:
    if not check.predicate:
        return _judge_count(check, profile.rows, place, "rows")
    counter = profile.counters.get(check.id)
    if counter is None:
        return check_finding(
            check, Status.FAIL, f"{place}: its row condition was not counted; validate --rescan does it"
        )
    return _judge_count(check, counter.evaluated, place, "rows that fit its row condition")


def _judge_column_count(check: Check, profile: TableProfile, place: str) -> Finding:
    return _judge_count(check, len(profile.columns), place, "columns")


def _judge_count(check: Check, observed: int, place: str, what: str) -> Finding:
    exact = check.params.get("value")
    expected = bounds(check.params) if exact is None else f"exactly {number(exact)}"
    good = within(observed, check.params) if exact is None else observed == exact
    sentence = f"{place}: there are {observed} {what}, {'' if good else 'not '}{expected}"
    return check_finding(check, Status.PASS if good else Status.FAIL, sentence, observed=observed, expected=expected)


def _judge_columns(check: Check, profile: TableProfile, place: str) -> Finding:
    actual = list(profile.columns)
    ordered = "column_list" in check.params
    wanted = list(check.params["column_list"] if ordered else check.params["column_set"])
    missing = [name for name in wanted if name not in actual]
    added = [name for name in actual if name not in wanted] if check.params.get("exact_match", True) else []
    expected = f"the columns {', '.join(wanted)}" + (" in this order" if ordered else "")
    if missing or added:
        parts = [f"lacks {listing(missing)}"] * bool(missing) + [f"has {listing(added)} besides"] * bool(added)
        return check_finding(
            check, Status.FAIL, f"{place}: it {' and '.join(parts)}", observed=actual, expected=expected
        )
    if ordered and actual != wanted:
        sentence = f"{place}: its columns are in another order: {', '.join(actual)}"
        return check_finding(check, Status.FAIL, sentence, observed=actual, expected=expected)
    return check_finding(check, Status.PASS, f"{place}: it has {expected}", observed=actual, expected=expected)


def _judge_existence(check: Check, profile: TableProfile, place: str) -> Finding:
    names = list(profile.columns)
    index = check.params.get("column_index")
    good = check.column in names if not index else names[index : index + 1] == [check.column]
    at = f" at place {index}" if index else ""
    sentence = f"{place}: the column {'is' if good else 'is not'} there{at}"
    return check_finding(
        check, Status.PASS if good else Status.FAIL, sentence, observed=good, expected=f"it is there{at}"
    )


TABLE_TYPES: Mapping[str, Callable[[Check, TableProfile, str], Finding]] = {
    "expect_table_row_count_to_be_between": _judge_row_count,
    "expect_table_row_count_to_equal": _judge_row_count,
    "expect_table_column_count_to_be_between": _judge_column_count,
    "expect_table_column_count_to_equal": _judge_column_count,
    "expect_table_columns_to_match_ordered_list": _judge_columns,
    "expect_table_columns_to_match_set": _judge_columns,
    "expect_column_to_exist": _judge_existence,
}
"""The types that are judged from what a Profile says of its table."""
