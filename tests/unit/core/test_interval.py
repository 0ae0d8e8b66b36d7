"""Intervals of local dates, and the instant at which a date is scored."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.interval import Interval, as_of_instant, parse_date
from assay.errors import InputError

from ...expect_errors import raises_code

NEW_YORK = ZoneInfo("America/New_York")


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 400))
def test_an_interval_holds_exactly_its_dates(start: date, length: int) -> None:
    interval = Interval(start, date.fromordinal(start.toordinal() + length))
    assert len(interval) == len(interval.dates()) == length
    assert start in interval
    assert interval.end not in interval
    assert len(interval.back(7)) == length + 7


def test_an_interval_without_a_date_is_refused() -> None:
    with raises_code(InputError, "empty-interval", "2013-02-01") as caught:
        Interval.parse("2013-02-01", "2013-02-01")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["2013-02-30", "01/02/2013", "20130201", "2013-W05-5", "", " 2013-02-01"])
def test_a_text_that_is_not_a_plain_date_is_refused(text: str) -> None:
    with raises_code(InputError, "bad-date", f"'{text}'"):
        parse_date(text)


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2013, 1, 5), time(0), datetime(2013, 1, 5, 5, tzinfo=UTC)),
        (date(2013, 7, 5), time(0), datetime(2013, 7, 5, 4, tzinfo=UTC)),
        (date(2013, 3, 10), time(2, 30), datetime(2013, 3, 10, 7, 30, tzinfo=UTC)),  # skipped: the offset before
        (date(2013, 11, 3), time(1, 30), datetime(2013, 11, 3, 5, 30, tzinfo=UTC)),  # twice: the first
    ],
)
def test_a_local_time_is_one_instant_also_when_the_clock_changes(day: date, at: time, utc: datetime) -> None:
    assert as_of_instant(day, at, NEW_YORK) == utc


def test_an_interval_reads_as_its_first_and_last_date() -> None:
    assert str(Interval.parse("2013-01-05", "2013-01-08")) == "2013-01-05..2013-01-07"
    assert str(Interval.of(date(2013, 1, 5))) == "2013-01-05"
