"""Drift over whole weeks: weekdays do not cry, one day asks for nothing, and what lasts is found."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.core.check import Finding, Status
from assay.core.interval import Interval
from assay.core.monitoring.drift import judge_drift
from assay.core.monitoring.pooled_drift import WEEKS, days_to_pool, judge_pooled
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.table_profile import ColumnState, TableProfile, merge_profiles

MONDAY = date(2024, 3, 4)
WEEKDAYS = (0.0, 0.2, 0.5, -0.3, 0.8, -1.0, -1.2)
"""By how many standard deviations of a row the scores of each weekday are higher."""


def scores(chance: np.random.Generator, mean: float, rows: int = 300) -> TableProfile:
    values = 1 / (1 + np.exp(-chance.normal(mean, 1, rows)))
    bins, counts = np.unique(np.floor(values * 4096).astype(int), return_counts=True)
    histogram = Histogram(SCORE_BIN_EXPONENT, dict(zip(bins.tolist(), counts.tolist(), strict=True)))
    state = ColumnState(
        "number", rows, total=float(values.sum()), squares=float((values**2).sum()), histogram=histogram
    )
    return TableProfile(rows, {"score": state})


def served(seed: int, nights: int, shift: float = 0.0, since: int = 0) -> dict[date, TableProfile]:
    """Days of scores with weekdays and small effects of their own, higher by `shift` since one of them."""
    chance = np.random.default_rng(seed)
    means = [WEEKDAYS[n % 7] + chance.normal(0, 0.2) + (shift if n >= since else 0) for n in range(nights)]
    return {MONDAY + timedelta(days=n): scores(chance, mean) for n, mean in enumerate(means)}


def reference(seed: int) -> TableProfile:
    merged = merge_profiles(served(1_000 + seed, 28).values())
    assert merged is not None
    return merged


def judged(days: dict[date, TableProfile], night: date, before: TableProfile) -> Finding | None:
    pool = days_to_pool(days, Interval.of(night))
    pooled_days = {day: days[day] for day in pool}
    findings = judge_pooled(pooled_days, before, floor=0.2, max_false_alarms_per_month=1, columns=["score"])
    return findings[0] if findings else None


def lasts(finding: Finding | None) -> bool:
    return finding is not None and finding.status is Status.WARN and bool(finding.details["lasts"])


def test_no_night_drifts_by_its_weekday_where_every_weekend_did() -> None:
    alone = together = nights = 0
    for seed in range(6):
        before, days = reference(seed), served(seed, 42)
        for night in list(days)[13:]:
            nights += 1
            [single] = judge_drift(before, days[night], floor=0.2, max_false_alarms_per_month=1, columns=["score"])
            alone += single.status is Status.WARN
            pooled = judged(days, night, before)
            assert pooled is not None
            together += pooled.status is Status.WARN
    assert alone > nights / 5, "what pooling is for: a date by itself drifts on many nights"
    assert together == 0


def test_a_shift_that_lasts_is_found_within_ten_days() -> None:
    heard = []
    for seed in range(10):
        days, before = (
            served(50 + seed, 42, shift=1.25, since=21),
            reference(seed),
        )  # one standard deviation of all rows
        nights = list(days)[21:]
        heard.append(next(n for n, night in enumerate(nights, start=1) if lasts(judged(days, night, before))))
    assert max(heard) <= 10
    assert sorted(heard)[5] <= 8


def test_one_day_that_is_like_no_other_is_said_and_asks_for_nothing() -> None:
    days = served(3, 28)
    storm = MONDAY + timedelta(days=20)
    days[storm] = scores(np.random.default_rng(5), 9.0, rows=1_500)
    finding = judged(days, MONDAY + timedelta(days=24), reference(3))
    assert finding is not None
    assert (finding.status, finding.details["lasts"]) == (Status.WARN, False)
    assert str(storm) in finding.sentence


def test_below_a_week_of_service_nothing_is_pooled_and_then_whole_weeks() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(60)]
    sizes = [len(days_to_pool(days[: n + 1], Interval.of(days[n]))) for n in (0, 5, 6, 12, 13, 40)]
    assert sizes == [0, 0, 7, 7, 14, 14]
    assert len(days_to_pool(days, Interval(days[0], days[31]))) == 28, "a month is judged by its newest whole weeks"
    assert days_to_pool([], Interval.of(MONDAY)) == []


def test_a_held_day_is_replaced_by_its_weekday_of_the_week_before() -> None:
    held = MONDAY + timedelta(days=19)
    days = [MONDAY + timedelta(days=n) for n in range(28) if n != 19]
    pool = days_to_pool(days, Interval.of(days[-1]))
    assert held - timedelta(days=7) in pool
    assert held - timedelta(days=14) not in pool or len(pool) == 14


@given(st.sets(st.integers(0, 80)), st.integers(0, 80), st.integers(1, 40))
def test_a_pool_holds_known_days_each_weekday_alike_and_none_after_the_interval(
    served_on: set[int], last: int, length: int
) -> None:
    days = {MONDAY + timedelta(days=n) for n in served_on}
    end = MONDAY + timedelta(days=last + 1)
    pool = days_to_pool(days, Interval(end - timedelta(days=length), end))
    assert set(pool) <= {day for day in days if day < end}
    assert pool == sorted(set(pool))
    assert not pool or len(pool) >= 7
    assert max([sum(day.weekday() == n for day in pool) for n in range(7)], default=0) <= max(WEEKS, 12)


def test_a_column_that_froze_is_found() -> None:
    chance = np.random.default_rng(1)
    before = merge_profiles([scores(chance, 0.0) for _ in range(28)])
    frozen = TableProfile(
        300, {"score": ColumnState("number", 300, total=150.0, histogram=Histogram(-12, {2048: 300}))}
    )
    days = {MONDAY + timedelta(days=n): frozen for n in range(7)}
    assert before is not None
    assert lasts(judged(days, MONDAY + timedelta(days=6), before))
