"""The expected duration of a stage: exact where past runs lie on a line, and never below 0."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import theilslopes

from assay.core.operations.stage_durations import (
    NEWEST_RUNS,
    ExpectedTime,
    TimedRun,
    expected_seconds,
    expected_time,
    usual_rows_per_second,
)

DAYS = st.integers(1, 400)
SECONDS = st.floats(0.0, 1e5)
RUNS = st.lists(st.builds(TimedRun, DAYS, SECONDS), max_size=NEWEST_RUNS)


@given(RUNS, DAYS, DAYS)
def test_more_days_never_take_less_time_and_none_is_negative(runs: list[TimedRun], one: int, other: int) -> None:
    few, many = sorted((one, other))
    shorter, longer = expected_seconds(runs, few), expected_seconds(runs, many)
    if not runs:
        assert shorter is longer is None
        return
    assert shorter is not None
    assert longer is not None
    assert 0.0 <= shorter <= longer


@given(st.lists(DAYS, min_size=2, max_size=NEWEST_RUNS, unique=True), SECONDS, st.floats(0.0, 1e3), DAYS)
def test_runs_on_a_line_are_continued_exactly(days: list[int], fixed: float, per_day: float, wanted: int) -> None:
    runs = [TimedRun(one, fixed + per_day * one) for one in days]
    assert expected_seconds(runs, wanted) == pytest.approx(fixed + per_day * wanted, rel=1e-6, abs=1e-3)


@given(st.lists(DAYS, min_size=3, max_size=NEWEST_RUNS, unique=True), st.data())
def test_the_seconds_per_day_are_the_slope_of_theil_and_sen_or_those_of_a_line_through_0(
    days: list[int], data: st.DataObject
) -> None:
    runs = [TimedRun(one, data.draw(SECONDS)) for one in days]
    slope = max(0.0, theilslopes([run.seconds for run in runs], days).slope)
    begins = median(run.seconds - slope * run.days for run in runs)
    per_day = slope if begins >= 0 else median(run.seconds / run.days for run in runs)
    first, second = expected_seconds(runs, 10), expected_seconds(runs, 11)
    assert first is not None
    assert second is not None
    assert second - first == pytest.approx(per_day, abs=1e-6)


def test_months_of_nearly_equal_length_do_not_make_a_slope_of_their_noise() -> None:
    """The measured validations of a table by month: a steep line through them would begin far below 0 s."""
    seconds = (0.249, 0.1, 1.264, 0.229, 0.736, 0.629, 0.93, 0.046, 0.135)
    runs = [TimedRun(days, took) for days, took in zip((30, 31, 34, 33, 34, 33, 34, 34, 33), seconds, strict=True)]
    expected = expected_seconds(runs, 43)
    assert expected is not None
    assert 0.046 < expected < 2.0


def test_one_slow_night_does_not_move_the_expectation() -> None:
    assert expected_seconds([*[TimedRun(1, 10.0)] * 8, TimedRun(1, 900.0)], 1) == 10.0


def test_only_the_newest_runs_count() -> None:
    assert expected_seconds([*[TimedRun(1, 500.0)] * 50, *[TimedRun(1, 10.0)] * NEWEST_RUNS], 1) == 10.0


def test_no_days_take_no_time_even_without_history() -> None:
    assert expected_seconds([], 0) == 0.0


def test_tables_are_worked_on_beside_each_other_and_the_rest_after_them() -> None:
    assert expected_time([[3.0], [4.0], [5.0], [1.0]], [10.0], at_once=3) == ExpectedTime(15.0)
    assert expected_time([[3.0, None]], [None], at_once=3) == ExpectedTime(3.0, unknown=2)


def test_runs_without_rows_have_no_rate() -> None:
    assert usual_rows_per_second([TimedRun(1, 3.0), TimedRun(1, 0.0, 10)]) is None
