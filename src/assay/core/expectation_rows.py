"""Row-wise checks: judged from how many rows a check looked at, and how many broke it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assay.core.check import Check, Finding, Status
from assay.core.expectation_words import bounds, found, listing, percent
from assay.core.profile import Counter, TableProfile

Params = Mapping[str, Any]
_SINGULAR = {"are": "is", "do": "does", "match": "matches", "have": "has"}


def _in_set(params: Params) -> str:
    return f"are not one of {listing(params['value_set'])}"


def _pair_greater(params: Params) -> str:
    relation = "at least" if params.get("or_equal") else "above"
    return f"have {params['column_A']} not {relation} {params['column_B']}"


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
}
"""The types that are judged from counters, each with what is said of the rows that break it."""


def judge_rows(check: Check, profile: TableProfile, place: str) -> Finding:
    """The finding of a row-wise check on a profile with rows.

    Passing is `(evaluated - failed) / evaluated >= mostly`, in the same floating-point steps as Great Expectations.
    Where no row was there to look at (all null, or none fits the row condition) it passes there; here it is a warning.
    """
    broken = ROW_TYPES[check.type](check.params)
    mostly = float(check.params.get("mostly", 1.0))
    expected = f"at least {percent(mostly)} hold" if mostly < 1 else "all hold"
    counter = profile.counters.get(check.id)
    if counter is None:
        return found(
            check, Status.FAIL, f"{place}: {check.type} was not measured; validate --rescan does it", expected=expected
        )
    numbers = {"evaluated": counter.evaluated, "failed": counter.failed, "rows": profile.rows}
    if counter.evaluated == 0:
        sentence = f"{place}: none of the {profile.rows} rows has a value to look at"
        return found(check, Status.WARN, sentence, expected=expected, details=numbers)
    passed = (counter.evaluated - counter.failed) / counter.evaluated >= mostly
    return found(
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
