"""No proposed check would have raised more than one false alarm in three months on the days it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.check import Severity
from assay.core.proposals.dated_rows import DatedRows
from assay.core.proposals.suite import MAX_ALARMS_PER_MONTH, ProposedCheck, halves, propose_suite

from .shops import FIRST, NULLS, columns_of, shops

VALUES = "expect_column_values_to_be_between"


def check_of(checks: Sequence[ProposedCheck], kind: str, column: str) -> ProposedCheck | None:
    return next((one for one in checks if one.type == kind and one.arguments.get("column") == column), None)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 10_000), st.integers(30, 120))
def test_every_check_holds_its_promise_on_the_second_half(seed: int, days: int) -> None:
    table = shops(days, seed=seed)
    suite = propose_suite(table, columns_of(table), NULLS)
    for check in suite.checks:
        assert check.alarms_per_month <= MAX_ALARMS_PER_MONTH
        assert check.severity is Severity.WARNING or check.alarms == 0
    assert not set(suite.test.fitted) & set(suite.test.tested)


def test_a_number_that_grows_beyond_every_limit_is_left_out_with_a_line() -> None:
    table = shops()
    suite = propose_suite(table, columns_of(table), NULLS)
    growing = DatedRows(
        ("n",), {FIRST + timedelta(days=n): [(str(10**n),)] for n in range(12)}
    )  # fmt: skip
    left = propose_suite(growing, columns_of(growing), NULLS)
    assert check_of(suite.checks, VALUES, "amount") is not None
    assert check_of(left.checks, VALUES, "n") is None
    assert len(left.left_out) == 1


def test_a_check_that_fails_on_some_days_is_loosened() -> None:
    table = shops(80)
    holes = {day: [(*row[:4], "" if i == 0 and day.day == 3 else row[4], row[5]) for i, row in enumerate(rows)]
             for day, rows in table.days.items()}  # fmt: skip
    spoilt = DatedRows(table.columns, holes)
    suite = propose_suite(spoilt, columns_of(spoilt), NULLS)
    check = check_of(suite.checks, "expect_column_values_to_not_be_null", "amount")
    assert check is None or check.severity is Severity.WARNING


def test_the_first_half_is_fitted_and_a_single_day_is_fitted_alone() -> None:
    dates = shops(5).dates
    assert (len(halves(dates).fitted), len(halves(dates).tested)) == (3, 2)
    assert halves(dates[:1]).tested == ()


def test_categories_of_the_first_half_are_the_set(days: int = 40) -> None:
    table = shops(days)
    columns = {name: replace(column) for name, column in columns_of(table).items()}
    check = check_of(propose_suite(table, columns, NULLS).checks, "expect_column_values_to_be_in_set", "city")
    assert check is not None and check.arguments["value_set"] == ["city0", "city1"]


def test_a_day_without_a_value_counts_as_an_alarm_since_the_check_warns_of_it() -> None:
    rows = {
        FIRST + timedelta(days=n): [("" if n % 5 == 0 else "rain",), ("" if n % 5 == 0 else "fog",)] for n in range(80)
    }
    table = DatedRows(("events",), rows)
    suite = propose_suite(table, columns_of(table), NULLS)
    assert check_of(suite.checks, "expect_column_values_to_be_in_set", "events") is None
    assert any("events" in line for line in suite.left_out)
