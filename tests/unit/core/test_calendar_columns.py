"""Columns of the calendar are known by their rule; a column that is merely alike within a day is not one."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from assay.core.monitoring.calendar_columns import calendar_rule, is_one_value
from assay.core.profiles.table_profile import ColumnState

DAYS = [date(2024, 1, 9) + timedelta(days=n) for n in range(60)]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (lambda day: f"{day:%a}", "weekday"),
        (lambda day: day.isoweekday(), "weekday"),
        (lambda day: day.weekday() >= 5, "weekday"),
        (lambda day: math.sin(2 * math.pi * day.weekday() / 7), "weekday"),
        (lambda day: day.day, "day of month"),
        (lambda day: day.month, "month"),
        (lambda day: float(day.month), "month"),
        (lambda day: f"{day:%b}", "month"),
        (lambda day: day.isocalendar().week, "week"),
        (lambda day: day.timetuple().tm_yday, "date"),
        (lambda day: day.toordinal() * 86_400.0, "date"),
        (lambda day: (day - date(2020, 1, 1)).days / 7, "date"),
        (lambda day: math.cos(2 * math.pi * day.timetuple().tm_yday / 366), "season"),
    ],
)
def test_what_the_date_alone_says_is_of_the_calendar(value: Callable[[date], Any], rule: str) -> None:
    assert calendar_rule({day: value(day) for day in DAYS}) == rule


@pytest.mark.parametrize(
    "value",
    [
        lambda _: 4.5,
        lambda day: float(np.random.default_rng(day.toordinal()).normal()),
        lambda day: day.toordinal() + float(np.random.default_rng(day.toordinal()).normal()),
        lambda day: bool(np.random.default_rng(day.toordinal()).random() < 0.05),
        lambda day: float(np.random.default_rng(day.isocalendar().week).normal()),
        lambda day: 4.5 if day < date(2024, 2, 1) else 4.7,
        lambda day: "old" if day < date(2024, 2, 1) else "new",
    ],
    ids=["constant", "daily price", "noisy trend", "rare event", "weekly price", "new tariff", "new name"],
)
def test_what_is_alike_within_a_day_for_another_reason_is_judged(value: Callable[[date], Any]) -> None:
    assert calendar_rule({day: value(day) for day in DAYS}) is None


def test_three_weeks_are_needed_to_believe_a_rule() -> None:
    assert calendar_rule({day: day.weekday() for day in DAYS[:20]}) is None
    assert calendar_rule({day: day.weekday() for day in DAYS[:21]}) == "weekday"


def test_one_value_means_all_rows() -> None:
    assert is_one_value(ColumnState("number", rows=3, low=2.0, high=2.0))
    assert not is_one_value(ColumnState("number", rows=3, low=2.0, high=2.5))
    assert not is_one_value(ColumnState("number", rows=3, nulls=1, low=2.0, high=2.0))
    assert is_one_value(ColumnState("text", rows=3, categories={"Mon": 3}))
    assert not is_one_value(ColumnState("text", rows=3, categories={"Mon": 2}, other=1))
    assert not is_one_value(ColumnState("text"))
