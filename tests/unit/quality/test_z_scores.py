"""The largest z-score of a column is judged from its state, without a look at a single row."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.core.check import Check, CheckCost, Finding, Status
from assay.core.expectations.judge import cost_of, judge_expectations
from assay.core.profiles.table_profile import ColumnState, TableProfile

from .column_states import numbers

KIND = "expect_column_value_z_scores_to_be_less_than"


def judged(state: ColumnState, threshold: float = 3, double_sided: bool = True) -> Finding:
    check = Check(KIND, "x", {"threshold": threshold, "double_sided": double_sided})
    return judge_expectations([check], TableProfile(state.rows, {"x": state}))[0]


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=30), st.floats(-4, 4), st.booleans())
def test_the_verdict_is_that_of_every_single_value(values: list[int], threshold: float, double_sided: bool) -> None:
    mean, spread = statistics.fmean(values), statistics.stdev(values)
    assume(spread > 0)
    scores = [(value - mean) / spread for value in values]
    largest = max(map(abs, scores)) if double_sided else max(scores)
    limit = abs(threshold) if double_sided else threshold
    assume(abs(largest - limit) > 1e-9)
    finding = judged(numbers(*map(float, values)), threshold, double_sided)
    assert (finding.status is Status.PASS) is (largest < limit)
    assert finding.observed == pytest.approx(largest)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (numbers(7.0, 7.0, 7.0), Status.PASS),
        (numbers(7.0, nulls=3), Status.PASS),
        (numbers(nulls=3), Status.WARN),
        (numbers(1.0, 2.0, nans=1), Status.FAIL),
        (numbers(1.0, 2.0, plus_inf=1), Status.FAIL),
        (numbers(1.0, 2.0, huge=1), Status.FAIL),
    ],
)
def test_a_column_without_spread_passes_and_one_without_a_finite_mean_fails(state: ColumnState, status: Status) -> None:
    assert judged(state).status is status


def test_how_many_values_are_too_far_is_left_to_great_expectations() -> None:
    params = {"threshold": 3, "double_sided": True, "_type": "double"}
    assert cost_of(Check(KIND, "x", {**params, "mostly": 1.0})) is CheckCost.PROFILE
    assert cost_of(Check(KIND, "x", {**params, "mostly": 0.9})) is CheckCost.FALLBACK
