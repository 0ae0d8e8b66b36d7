"""JUMP, LEVEL and the change-point: what is heard, what is not, and each day judged without the days after it."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.core.monitoring.daily.change_point import change_point
from assay.core.monitoring.daily.history import bent, history_of, shrunk_weekdays, skewness
from assay.core.monitoring.daily.jump import REFERENCE_DAYS, levels, normal_score
from assay.core.monitoring.daily.jump import find_jumps as every_jump
from assay.core.monitoring.daily.level import LevelCrossing, NotJudged
from assay.core.monitoring.daily.level import find_departure as first_departure
from assay.core.monitoring.daily.series import DailySeries, StatisticKind, StatisticName

from .daily_series import first_days, means, noise

TRAINED = 60
find_jumps = partial(every_jump, statistics=410, budget=0.5)
find_departure = partial(first_departure, statistics=410, budget=0.5)


def jumped(values: np.ndarray, first: int = TRAINED, error: float = 0.03) -> list[int]:
    return [jump.day for jump in find_jumps(means(values, error), first)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(61, 160), st.floats(0.0, 2.0))
def test_a_day_is_judged_without_the_days_after_it(seed: int, until: int, shift: float) -> None:
    values = noise(180, seed)
    values[100:] += shift
    series = means(values)
    then, now = (find_jumps(one, TRAINED) for one in (first_days(series, until), series))
    assert then == [jump for jump in now if jump.day < until]
    before, after = (find_departure(one, TRAINED) for one in (first_days(series, until), series))
    if before is not None:
        assert before == after
    else:
        assert after is None or (isinstance(after, LevelCrossing) and after.day >= until)


def test_a_shift_of_five_deviations_of_days_is_heard_within_three_days() -> None:
    delays = []
    for seed in range(60):
        values = noise(120, seed)
        values[90:] += 5 * 0.25
        delays.append(next(day for day in jumped(values) if day >= 90) - 90)
    assert sum(delay < 3 for delay in delays) >= 52


def test_a_shift_below_the_floor_is_not_heard_at_any_number_of_rows() -> None:
    values = noise(160, 3, deviation=0.001)
    values[90:] += 0.09
    assert jumped(values, error=0.001) == []
    assert find_departure(means(values, 0.001), TRAINED) is None
    values[90:] += 0.02
    assert jumped(values, error=0.001)[0] == 90


def test_a_shift_of_a_fifth_of_a_row_deviation_is_heard_with_a_thousand_rows_within_three_days() -> None:
    heard = 0
    for seed in range(60):
        values = noise(100, seed, deviation=1 / math.sqrt(1_000))
        values[90:] += 0.2
        heard += next(iter(day for day in jumped(values, error=1 / math.sqrt(1_000)) if day >= 90), 999) < 93
    assert heard >= 57


def test_weekends_are_no_alarm() -> None:
    for seed in range(10):
        series = means(noise(150, seed, deviation=0.05))
        weekend = 1.0 * (series.weekdays >= 5)
        assert jumped(series.values + weekend) == []
        assert find_departure(means(series.values + weekend), TRAINED) is None


def test_a_day_with_few_rows_is_judged_by_the_error_of_its_own_rows() -> None:
    values, errors = noise(100, 5, deviation=0.03), np.full(100, 0.03)
    values[80], errors[80] = 0.6, 0.3
    series = means(values)
    rare = DailySeries(series.name, series.days, values, errors, values)
    assert 80 not in [jump.day for jump in find_jumps(rare, TRAINED)]
    assert 80 in jumped(values), "with as many rows as on other days it is one"


def test_a_statistics_own_largest_score_is_its_threshold_from_the_next_week_on() -> None:
    values = noise(150, 6)
    values[70] = values[82] = 2.2
    assert jumped(values) == [70]
    values[82] = 3.0
    assert jumped(values) == [70, 82]


def test_nothing_is_judged_before_four_weeks_of_history() -> None:
    values = noise(60, 7)
    values[20] = 50.0
    assert jumped(values, first=10) == []
    assert isinstance(find_departure(means(values), 10), NotJudged)


def test_the_history_is_at_most_the_newest_days() -> None:
    values = noise(REFERENCE_DAYS + 100, 8)
    wild = values.copy()
    wild[:40] *= 100
    assert jumped(values, REFERENCE_DAYS + 60) == jumped(wild, REFERENCE_DAYS + 60)


def test_a_slow_departure_is_heard_by_level_and_stays_with_its_first_day() -> None:
    values = noise(200, 9)
    values[90:] += np.linspace(0, 0.6, 110)
    away = find_departure(means(values), TRAINED)
    assert isinstance(away, LevelCrossing)
    assert 95 < away.day < 160
    assert 80 < away.since < away.day
    assert away.move > 0.1


def test_days_that_follow_each_other_closely_are_not_compared_with_the_training() -> None:
    walk = np.cumsum(noise(160, 10))
    judged = find_departure(means(walk), TRAINED)
    assert isinstance(judged, NotJudged)
    assert judged.independent_days < 10


def test_a_shares_move_is_in_points() -> None:
    rows = 1_000
    counts = np.random.default_rng(11).binomial(rows, np.where(np.arange(100) < 90, 0.0, 0.02))
    values = np.arcsin(np.sqrt((counts + 0.375) / (rows + 0.75)))
    name = StatisticName("x", StatisticKind.NULLS)
    series = means(values, name=name)
    errors = np.full(100, 0.5 / math.sqrt(rows))
    jumps = find_jumps(DailySeries(name, series.days, values, errors, counts / rows), TRAINED)
    assert jumps[0].day == 90
    assert jumps[0].move == pytest.approx(counts[90] / rows)


@given(st.floats(-12, 12), st.floats(3, 60))
def test_the_normal_score_has_the_tail_of_students_t(t: float, freedom: float) -> None:
    score = normal_score(np.array([t]), freedom)[0]
    assert stats.norm.sf(abs(score)) == pytest.approx(stats.t.sf(abs(t), freedom), rel=1e-6)
    assert score * t >= 0


@given(st.integers(8, 60), st.sampled_from([0.05, 0.2, 0.8]))
def test_the_level_is_the_recursion_of_an_exponentially_weighted_mean(days: int, weight: float) -> None:
    values = noise(days, days)
    level = [float(values[:7].mean())]
    for value in values[:-1]:
        level.append((1 - weight) * level[-1] + weight * float(value))
    assert levels(values, weight) == pytest.approx(np.array(level))


def test_weekday_means_are_shrunk_to_nothing_where_chance_explains_them() -> None:
    series = means(noise(70, 12))
    assert np.abs(shrunk_weekdays(series.values, series.weekdays)).max() < 0.15
    strong = series.values + 2.0 * (series.weekdays == 6)
    effects = shrunk_weekdays(strong, series.weekdays)
    assert effects[6] - effects[:6].mean() == pytest.approx(2.0, abs=0.3)


def test_a_long_side_is_bent_and_the_other_stays_straight() -> None:
    values = np.random.default_rng(13).exponential(1, 400)
    weekdays = np.arange(400) % 7
    history = history_of(values, weekdays, np.full(400, 0.01))
    prepared = history.prepare(values, weekdays)
    assert history.bend > 0
    assert abs(skewness(prepared)) < 0.5 * abs(skewness(values))
    assert skewness(values) == pytest.approx(stats.skew(values))
    assert bent(np.array([-3.0, 3.0]), 0.5)[0] == -3.0
    plain = history_of(values, weekdays, np.full(400, 5.0))
    assert plain.bend == 0, "rows alone explain the spread of these days"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.4]))
def test_the_change_point_is_that_of_generalised_least_squares(seed: int, r: float) -> None:
    values = noise(100, seed)
    for n in range(1, 100):
        values[n] += r * values[n - 1]
    values[80:] += 0.6
    series = means(values)
    point = change_point(series, TRAINED)
    history = history_of(series.values[:TRAINED], series.weekdays[:TRAINED], series.errors[:TRAINED])
    y = history.prepare(series.values, series.weekdays)
    d = y[:TRAINED] - y[:TRAINED].mean()
    raw = float(d[:-1] @ d[1:]) / float(d @ d)
    rho = min(0.9, max(0.0, (TRAINED * raw + 1) / (TRAINED - 4)))
    covariance = rho ** np.abs(np.subtract.outer(np.arange(100), np.arange(100)))
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    ones, left = np.ones(100), []
    for begin in range(TRAINED, 100):
        design = root @ np.stack([ones, np.arange(100) >= begin], axis=1)
        left.append(float(((root @ y - design @ np.linalg.lstsq(design, root @ y, rcond=None)[0]) ** 2).sum()))
    assert series.days.index(point.day) == int(np.argmin(left)) + TRAINED
    assert point.earliest <= point.day <= point.latest
