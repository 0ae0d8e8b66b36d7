"""Expectations judged from Profiles: numbers in the sentence, and nothing passes on nothing."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.check import Check, CheckCost, Finding, Severity, Status
from assay.core.expectations.catalog import EXPECTATION_TYPES
from assay.core.expectations.definition.families import RowWise
from assay.core.expectations.judge import cost_of, judge_expectations
from assay.core.profiles.table_profile import ColumnState, Counter, TableProfile
from assay.core.verdict import Action, judge

from ...expect_errors import missing_data
from .column_states import numbers

ROW_TYPES = {name for name, judged in EXPECTATION_TYPES.items() if isinstance(judged, RowWise)}
BETWEEN = "expect_column_values_to_be_between"


def row_check(kind: str = BETWEEN, column: str | None = "air_time", **params: Any) -> Check:
    return Check(kind, column, params or {"min_value": 20, "max_value": 700}, predicate="p", applies="a")


def judged(check: Check, profile: TableProfile) -> Finding:
    (finding,) = judge_expectations([check], profile, table="outcomes")
    json.dumps([finding.observed, dict(finding.details)], allow_nan=False)
    return finding


def counted(check: Check, evaluated: int, failed: int, rows: int = 1_000) -> Finding:
    return judged(check, TableProfile(rows, {}, {check.id: Counter(evaluated, failed)}))


def of_state(kind: str, state: ColumnState, **params: Any) -> Finding:
    return judged(Check(kind, "x", params), TableProfile(state.rows, {"x": state}))


@pytest.mark.parametrize(
    ("check", "evaluated", "failed", "sentence"),
    [
        (
            row_check(min_value=20, max_value=700, mostly=0.999),
            842,
            3,
            "outcomes.air_time: 3 of 842 values (0.36 %) are not between 20 and 700; at most 0.1 % may be",
        ),
        (
            row_check(min_value=0, strict_min=True),
            842,
            1,
            "outcomes.air_time: 1 of 842 values (0.12 %) is not above 0; none may be",
        ),
        (row_check(), 842, 0, "outcomes.air_time: none of 842 values is not between 20 and 700"),
        (
            row_check("expect_column_values_to_not_be_null", "carrier", mostly=1.0),
            4,
            2,
            "outcomes.carrier: 2 of 4 rows (50 %) are null; none may be",
        ),
        (
            row_check("expect_column_values_to_match_regex", "carrier", regex="^[A-Z]+$"),
            10,
            1,
            "outcomes.carrier: 1 of 10 values (10 %) does not match the pattern ^[A-Z]+$; none may",
        ),
        (
            row_check("expect_column_values_to_be_in_set", "origin", value_set=["EWR", "JFK", "LGA"]),
            10,
            2,
            "outcomes.origin: 2 of 10 values (20 %) are not one of 'EWR', 'JFK', 'LGA'; none may be",
        ),
        (
            row_check("expect_column_pair_values_a_to_be_greater_than_b", None, column_A="landed", column_B="left"),
            10,
            2,
            "outcomes.landed and left: 2 of 10 rows (20 %) have landed not above left; none may",
        ),
    ],
)
def test_a_finding_says_where_how_many_and_how_many_may(
    check: Check, evaluated: int, failed: int, sentence: str
) -> None:
    assert counted(check, evaluated, failed).sentence == sentence


@given(st.integers(1, 10**6), st.data(), st.floats(0, 1))
def test_a_row_wise_check_passes_exactly_when_the_share_of_good_rows_reaches_mostly(
    evaluated: int, data: st.DataObject, mostly: float
) -> None:
    failed = data.draw(st.integers(0, evaluated))
    finding = counted(row_check(min_value=1, mostly=mostly), evaluated, failed, rows=evaluated)
    assert (finding.status is Status.PASS) is ((evaluated - failed) / evaluated >= mostly)


@pytest.mark.parametrize("kind", sorted(EXPECTATION_TYPES))
def test_nothing_passes_on_zero_rows(kind: str) -> None:
    params = {"min_value": 0, "value": 0, "value_set": ["a"], "regex": "a", "column_list": [], "column_set": []}
    pair = {"column_A": "x", "column_B": "y", "type_": "StringType", "_type": "string"}
    check = Check(kind, "x", params | pair, predicate="p" if kind in ROW_TYPES else "")
    empty = TableProfile(0, {"x": ColumnState("text")}, {check.id: Counter(0, 0)})
    finding = judged(check, empty)
    assert finding.status is Status.FAIL
    assert finding.observed == 0


@pytest.mark.parametrize("kind", sorted(ROW_TYPES))
def test_a_check_that_was_not_measured_fails_and_says_what_to_do(kind: str) -> None:
    params = {"min_value": 0, "value": 0, "value_set": ["a"], "regex": "a", "column_A": "x", "column_B": "y"}
    lists = {"regex_list": ["a"], "like_pattern": "a", "like_pattern_list": ["a"], "value_pairs_set": [["a", "b"]]}
    others = {"column_list": ["x", "y"], "sum_total": 1, "strftime_format": "%Y", "unexpected_rows_query": "q"}
    check = Check(kind, "x", params | lists | others, predicate="p")
    finding = judged(check, TableProfile(10, {"x": ColumnState("text", 10)}))
    assert finding.status is Status.FAIL
    assert missing_data(finding.sentence, "--rescan") == []


def test_a_check_with_no_value_to_look_at_warns_and_never_passes() -> None:
    finding = counted(row_check(), 0, 0, rows=72)
    assert finding.status is Status.WARN
    assert missing_data(finding.sentence, "outcomes.air_time", 72) == []
    assert judge([finding], when_good=Action.PUBLISH, when_bad=Action.HOLD).action == "publish"


def test_the_severity_of_the_check_decides_whether_a_failure_blocks() -> None:
    checks = [
        Check(BETWEEN, "air_time", {"min_value": 20}, severity, predicate="p")
        for severity in (Severity.WARNING, Severity.CRITICAL)
    ]
    profile = TableProfile(10, {}, {checks[0].id: Counter(10, 1)})
    actions = [
        judge(judge_expectations([check], profile), when_good=Action.PUBLISH, when_bad=Action.HOLD).action
        for check in checks
    ]
    assert actions == ["publish", "hold"]


@pytest.mark.parametrize(
    ("kind", "state", "good"),
    [
        ("mean", numbers(1, 2, 6), True),
        ("mean", numbers(1, 2, 30), False),
        ("mean", numbers(1, 2, nans=1), False),
        ("mean", numbers(1, 2, plus_inf=1), False),
        ("mean", numbers(nulls=3), False),
        ("sum", numbers(1, 2, nulls=3), True),
        ("sum", numbers(1, 2, plus_inf=1, minus_inf=1), False),
        ("sum", numbers(nulls=3), False),
        ("min", numbers(1, 2, nans=1), True),
        ("min", numbers(nans=1), False),
        ("min", numbers(1, minus_inf=1), False),
        ("max", numbers(1, 2), True),
        ("max", numbers(1, 2, nans=1), False),
        ("max", numbers(1, 2, plus_inf=1), False),
        ("stdev", numbers(1, 3), True),
        ("stdev", numbers(1), False),
        ("stdev", numbers(1, 3, plus_inf=1), False),
    ],
)
def test_a_column_is_judged_by_its_state(kind: str, state: ColumnState, good: bool) -> None:
    finding = of_state(f"expect_column_{kind}_to_be_between", state, min_value=0, max_value=9)
    assert (finding.status is Status.PASS) is good


def test_a_range_says_what_was_seen_and_what_was_expected() -> None:
    finding = of_state("expect_column_mean_to_be_between", numbers(1, 2, 30), min_value=-5, max_value=5)
    assert missing_data(finding.sentence, "outcomes.x", "mean", 11, -5, 5) == []
    assert finding.observed == 11
    assert missing_data(str(finding.expected), -5, 5) == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_the_deviation_is_the_sample_deviation(values: list[float]) -> None:
    finding = of_state("expect_column_stdev_to_be_between", numbers(*values), min_value=0)
    exact = statistics.stdev(values)
    assert finding.status is Status.PASS
    assert math.isclose(finding.observed, exact, rel_tol=1e-9, abs_tol=1e-100)


def test_a_deviation_that_an_older_profile_lost_is_not_made_up() -> None:
    state = replace(numbers(1.4e9, 1.4e9 + 1), squares=None)
    finding = of_state("expect_column_stdev_to_be_between", state, min_value=0)
    assert finding.status is Status.FAIL
    assert "validate --rescan" in finding.sentence


@pytest.mark.parametrize("kind", ["mean", "sum", "min", "max", "stdev"])
def test_values_beyond_what_a_profile_sums_fail_and_say_so(kind: str) -> None:
    finding = of_state(f"expect_column_{kind}_to_be_between", numbers(1, 2, huge=1), min_value=0)
    assert finding.status is Status.FAIL
    assert missing_data(finding.sentence, 1, "1e150") == []


def text(other: int = 0, **categories: int) -> ColumnState:
    return ColumnState("text", sum(categories.values()) + other, categories=categories, other=other)


@pytest.mark.parametrize(
    ("kind", "state", "wanted", "status", "named"),
    [
        ("contain", text(a=3, b=1), ["a"], Status.PASS, ["a"]),
        ("contain", text(a=3), ["a", "c"], Status.FAIL, ["c"]),
        ("contain", text(a=3, other=5), ["a"], Status.PASS, []),
        ("contain", text(a=3, other=5), ["c"], Status.FAIL, ["5"]),
        ("equal", text(a=3, b=1), ["b", "a"], Status.PASS, ["b", "a"]),
        ("equal", text(a=3, b=1), ["a"], Status.FAIL, ["b"]),
        ("equal", text(a=3), ["a", "b"], Status.FAIL, ["b"]),
        ("equal", text(a=3, other=1), ["a"], Status.FAIL, ["1"]),
    ],
)
def test_a_set_is_judged_by_the_categories_and_never_by_what_they_leave_out(
    kind: str, state: ColumnState, wanted: list[str], status: Status, named: list[str]
) -> None:
    finding = of_state(f"expect_column_distinct_values_to_{kind}_set", state, value_set=wanted)
    assert finding.status is status
    assert missing_data(finding.sentence, *named) == []


def test_a_column_that_was_not_measured_fails() -> None:
    check = Check("expect_column_mean_to_be_between", "gone", {"min_value": 0})
    finding = judged(check, TableProfile(10, {"x": numbers(1)}))
    assert finding.status is Status.FAIL
    assert missing_data(finding.sentence, "outcomes.gone", "validate --rescan") == []


def test_what_only_great_expectations_can_judge_fails_here() -> None:
    check = Check("expect_column_values_to_be_unique", "x")
    assert cost_of(check) is CheckCost.FALLBACK
    assert judged(check, TableProfile(10, {"x": numbers(1)})).status is Status.FAIL


def test_senseless_parameters_fail_instead_of_raising() -> None:
    check = Check("expect_column_mean_to_be_between", "x", {"min_value": "low"})
    finding = judged(check, TableProfile(1, {"x": numbers(1)}))
    assert finding.status is Status.FAIL
    assert finding.observed is None


def test_an_extreme_of_longs_that_an_older_profile_rounded_is_not_judged() -> None:
    state = ColumnState("number", 2, low=float(2**53), high=float(2**53), total=1.0, squares=1.0)
    kind = "expect_column_max_to_be_between"
    finding = of_state(kind, state, max_value=2**53, _type="long")
    assert finding.status is Status.FAIL
    assert "--rescan" in finding.sentence
    exact = ColumnState("number", 2, low=2**53, high=2**53 + 1, total=1.0, squares=1.0)
    assert of_state(kind, exact, max_value=2**53, _type="long").status is Status.FAIL
    assert of_state(kind, exact, max_value=2**53 + 1, _type="long").status is Status.PASS
