"""When a version served: stretches without another version inside, and weeks that begin on its first day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from assay.core.monitoring.service.service_periods import WEEK, service_stretches, service_weeks

START = date(2013, 5, 1)
"""A Wednesday."""


def days(first: int, last: int) -> list[date]:
    return [START + timedelta(days=n) for n in range(first, last)]


def test_a_version_that_comes_back_has_two_stretches() -> None:
    served = dict.fromkeys(days(0, 40), 1) | dict.fromkeys(days(10, 20), 2)
    assert service_stretches(served, 1) == [days(0, 10), days(20, 40)]
    assert service_stretches(served, 2) == [days(10, 20)]
    assert service_stretches(served, 3) == []


def test_a_weekend_ends_no_stretch_and_a_week_without_a_score_does() -> None:
    workdays = [day for day in days(0, 28) if day.weekday() < 5]
    assert len(service_stretches(dict.fromkeys(workdays, 1), 1)) == 1
    paused = [*days(0, 5), *days(5 + WEEK, 20)]
    assert service_stretches(dict.fromkeys(paused, 1), 1) == [days(0, 5), days(5 + WEEK, 20)]


def test_the_weeks_begin_on_the_first_day_of_service_whatever_weekday_it_is() -> None:
    [run] = service_weeks(days(0, 21), days(0, 21))
    assert run == [days(0, 7), days(7, 14), days(14, 21)]


def test_a_short_last_week_is_merged_into_the_one_before() -> None:
    [run] = service_weeks(days(0, 16), days(0, 16))
    assert run == [days(0, 7), days(7, 16)]
    [run] = service_weeks(days(0, 18), days(0, 18))
    assert run == [days(0, 7), days(7, 14), days(14, 18)]
    assert service_weeks(days(0, 2), days(0, 2)) == [[days(0, 2)]]


def test_a_week_of_which_nothing_is_judged_breaks_the_line() -> None:
    assert service_weeks(days(0, 21), [*days(0, 7), *days(14, 21)]) == [[days(0, 7)], [days(14, 21)]]


@given(st.dictionaries(st.integers(0, 90), st.integers(1, 3), max_size=60), st.sets(st.integers(0, 90)))
def test_each_served_day_is_in_one_stretch_and_each_judged_one_in_one_week(
    by_offset: dict[int, int], judged_offsets: set[int]
) -> None:
    served = {START + timedelta(days=n): version for n, version in by_offset.items()}
    judged = {START + timedelta(days=n) for n in judged_offsets}
    for version in (1, 2, 3):
        stretches = service_stretches(served, version)
        assert sorted(day for stretch in stretches for day in stretch) == sorted(
            day for day, who in served.items() if who == version
        )
        for stretch in stretches:
            between = [day for day in served if stretch[0] <= day <= stretch[-1]]
            assert {served[day] for day in between} == {version}
            weeks = [week for run in service_weeks(stretch, judged) for week in run]
            assert [day for week in weeks for day in week] == [day for day in stretch if day in judged]
            assert all((week[-1] - week[0]).days < 2 * WEEK for week in weeks)
