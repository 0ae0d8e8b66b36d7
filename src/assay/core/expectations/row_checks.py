"""Row-wise checks: judged from how many rows a check looked at, and how many broke it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assay.core.check import Check, Finding, Status
from assay.core.expectations.wording import MAX_VALUES_SHOWN, bounds, check_finding, listing, number, percent
from assay.core.profiles.table_profile import Counter, TableProfile

Params = Mapping[str, Any]
_SINGULAR = {"are": "is", "do": "does", "match": "matches", "have": "has", "occur": "occurs"}


def _in_set(params: Params) -> str:
    return f"are not one of {listing(params['value_set'])}"


def _pair_greater(params: Params) -> str:
    relation = "at least" if params.get("or_equal") else "above"
    return f"have {params['column_A']} not {relation} {params['column_B']}"


def _columns(params: Params) -> str:
    return ", ".join(params["column_list"])


def _patterns(name: str) -> Callable[[Params], str]:
    return lambda params: f"{params.get('match_on') or 'any'} of the patterns {listing(params[name])}"


def _pairs(params: Params) -> str:
    pairs = [f"({number(one)}, {number(two)})" for one, two in params["value_pairs_set"]]
    return ", ".join(pairs[:MAX_VALUES_SHOWN]) + (
        f" and {len(pairs) - MAX_VALUES_SHOWN} more" if len(pairs) > MAX_VALUES_SHOWN else ""
    )


ROW_TYPES: Mapping[str, Callable[[Params], str]] = {
    "expect_column_values_to_not_be_null": lambda _: "are null",
    "expect_column_values_to_be_null": lambda _: "are not null",
    "expect_column_values_to_be_between": lambda params: f"are not {bounds(params)}",
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": lambda params: f"are one of {listing(params['value_set'])}",
    "expect_column_values_to_match_regex": lambda params: f"do not match the pattern {params['regex']}",
    "expect_column_values_to_not_match_regex": lambda params: f"match the pattern {params['regex']}",
    "expect_column_value_lengths_to_be_between": lambda params: f"are not {bounds(params)} characters long",
    "expect_column_value_lengths_to_equal": lambda params: f"are not {params['value']} characters long",
    "expect_column_distinct_values_to_be_in_set": _in_set,
    "expect_column_pair_values_a_to_be_greater_than_b": _pair_greater,
    "expect_column_pair_values_to_be_equal": lambda p: f"have {p['column_A']} other than {p['column_B']}",
    "expect_column_pair_values_to_be_in_set": lambda params: f"are not one of {_pairs(params)}",
    "expect_column_values_to_match_regex_list": lambda p: f"do not match {_patterns('regex_list')(p)}",
    "expect_column_values_to_not_match_regex_list": lambda p: f"match one of {listing(p['regex_list'])}",
    "expect_column_values_to_match_like_pattern": lambda p: f"are not like {p['like_pattern']}",
    "expect_column_values_to_not_match_like_pattern": lambda p: f"are like {p['like_pattern']}",
    "expect_column_values_to_match_like_pattern_list": lambda p: f"do not match {_patterns('like_pattern_list')(p)}",
    "expect_column_values_to_not_match_like_pattern_list": lambda p: (
        f"are like one of {listing(p['like_pattern_list'])}"
    ),
    "expect_multicolumn_sum_to_equal": lambda p: f"have a sum of {_columns(p)} other than {number(p['sum_total'])}",
    "expect_multicolumn_values_to_be_equal": lambda p: f"have different values in {_columns(p)}",
    "expect_select_column_values_to_be_unique_within_record": lambda p: f"have a value twice in {_columns(p)}",
}
"""The types that are judged from counters, each with what is said of the rows that break it."""


def judge_rows(check: Check, profile: TableProfile, place: str) -> Finding:
    """The finding of a row-wise check on a profile with rows.

    Passing is `(evaluated - failed) / evaluated >= mostly`, in the same floating-point steps as Great Expectations.
    Where no row was there to look at (all null, or none fits the row condition) it passes there; here it is a warning.
    """
    return judge_counter(
        check, profile.counters.get(check.id), ROW_TYPES[check.type](check.params), profile.rows, place
    )


def judge_counter(check: Check, counter: Counter | None, broken: str, rows: int, place: str) -> Finding:
    """The finding on the rows that a check counted; `broken` says what is the matter with those that failed."""
    mostly = float(check.params.get("mostly", 1.0))
    expected = f"at least {percent(mostly)} hold" if mostly < 1 else "all hold"
    if counter is None:
        return check_finding(
            check, Status.FAIL, f"{place}: {check.type} was not measured; validate --rescan does it", expected=expected
        )
    numbers = {"evaluated": counter.evaluated, "failed": counter.failed, "rows": rows}
    if counter.evaluated == 0:
        without = "the one row has no" if rows == 1 else f"none of the {rows} rows has a"
        sentence = f"{place}: {without} value to look at"
        return check_finding(check, Status.WARN, sentence, expected=expected, details=numbers)
    passed = (counter.evaluated - counter.failed) / counter.evaluated >= mostly
    return check_finding(
        check,
        Status.PASS if passed else Status.FAIL,
        f"{place}: {_sentence(check, counter, broken, mostly)}",
        observed=counter.failed / counter.evaluated,
        expected=expected,
        details=numbers,
    )


def _sentence(check: Check, counter: Counter, broken: str, mostly: float) -> str:
    what = "rows" if check.column is None or "null" in check.type else "values"
    verb, rest = broken.split(" ", 1)
    may = "may be" if verb == "are" else "may"
    allowed = f"at most {percent(1 - mostly)} {may}" if mostly < 1 else f"none {may}"
    if counter.failed == 1:
        verb = _SINGULAR[verb]
    if counter.failed == 0:
        return f"none of {counter.evaluated} {what} {_SINGULAR[verb]} {rest}"
    share = percent(counter.failed / counter.evaluated)
    return f"{counter.failed} of {counter.evaluated} {what} ({share}) {verb} {rest}; {allowed}"
