"""The shares of known labels by age, and a label_delay that is too short."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from assay.core.check import Severity, Status
from assay.core.monitoring.service.maturity_curve import (
    LATER_DAYS,
    LabelCount,
    later_days,
    maturity_curve,
    maturity_finding,
)

FIRST, DELAY = date(2024, 3, 1), 3


def counts(rows: dict[int, int], days: int = 4) -> list[LabelCount]:
    """Days with so many labels at each age."""
    return [LabelCount(FIRST + timedelta(days=n), age, number) for n in range(days) for age, number in rows.items()]


def test_the_curve_has_the_share_of_labels_at_each_age() -> None:
    curve = maturity_curve(counts({0: 50, 1: 80, 3: 95, 10: 100}), DELAY)
    assert [(point.age, point.share, point.days) for point in curve.points] == [
        (0, 0.5, 4),
        (1, 0.8, 4),
        (3, 0.95, 4),
        (10, 1.0, 4),
    ]


@pytest.mark.parametrize(("later", "status"), [(100, Status.PASS), (101, Status.PASS), (102, Status.WARN)])
def test_labels_that_come_after_the_delay_warn_from_one_percent_on(later: int, status: Status) -> None:
    curve = maturity_curve(counts({3: 100, 10: later}), DELAY)
    [finding] = maturity_finding(curve, DELAY)
    assert finding.status is status
    assert finding.observed == pytest.approx(1 - 100 / later)
    assert (finding.severity is Severity.WARNING) == (status is Status.WARN)


def test_days_that_were_not_measured_later_show_nothing_about_the_delay() -> None:
    curve = maturity_curve(counts({0: 50, 3: 100, 9: 120}), DELAY)
    assert curve.late is None
    assert not curve.too_short
    assert maturity_finding(curve, DELAY) == []


def test_a_day_whose_labels_are_not_mature_is_left_out() -> None:
    young = [LabelCount(FIRST + timedelta(days=20), 0, 7)]
    assert maturity_curve([*counts({0: 50, 3: 100}), *young], DELAY) == maturity_curve(counts({0: 50, 3: 100}), DELAY)


def test_a_missed_night_counts_from_the_first_mature_age() -> None:
    curve = maturity_curve(counts({0: 50, 5: 90, 12: 100}), DELAY)
    assert curve.late == pytest.approx(0.1)
    assert curve.later_days == 4


def test_days_without_labels_have_no_curve() -> None:
    assert maturity_curve(counts({0: 0, 3: 0, 10: 0}), DELAY).points == ()


def test_fewer_than_four_days_that_were_measured_later_show_nothing() -> None:
    assert maturity_curve(counts({3: 100, 10: 200}, days=3), DELAY).late is None


def test_one_day_in_eight_is_measured_again_and_each_weekday_has_its_turn() -> None:
    nights = [FIRST + timedelta(days=n) for n in range(56)]
    again = [day for night in nights for day in later_days(night, night + timedelta(days=1), DELAY)]
    assert len(again) == 7
    assert {day.weekday() for day in again} == set(range(7))
    assert again == later_days(nights[0], nights[-1] + timedelta(days=1), DELAY)
    assert all(
        (night - day).days == DELAY + LATER_DAYS
        for night in nights
        for day in later_days(night, night + timedelta(days=1), DELAY)
    )
