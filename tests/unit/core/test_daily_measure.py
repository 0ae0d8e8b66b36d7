"""The daily statistics of a column: clipped moments, shares, and what is left out."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.core.monitoring.daily.measure import LARGEST, MIN_ROWS, Measure
from assay.core.monitoring.daily.series import DailySeries, StatisticKind
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.table_profile import ColumnState

from .daily_series import dates

EXPONENT = -5
RANDOM = np.random.default_rng(1)
TRAINING = [RANDOM.normal(10, 2, 400) for _ in range(30)]


def number(values: np.ndarray, nulls: int = 0) -> ColumnState:
    return ColumnState("number", len(values) + nulls, nulls, histogram=histogram_of(values, EXPONENT))


def text(counts: dict[str, int], nulls: int = 0) -> ColumnState:
    return ColumnState("text", sum(counts.values()) + nulls, nulls, categories=counts)


def dated(states: list[ColumnState]) -> dict[date, ColumnState]:
    return dict(zip(dates(len(states)), states, strict=True))


def measured(training: list[ColumnState], *served: ColumnState) -> dict[tuple[StatisticKind, str], DailySeries]:
    measure = Measure.of("x", dated(training))
    assert measure is not None
    days = dict(zip(dates(len(training) + len(served)), [*training, *served], strict=True))
    return {(one.name.kind, one.name.category): one for one in measure.series(days)}


def test_mean_and_spread_are_those_of_the_rows_in_units_of_the_training() -> None:
    series = measured([number(values) for values in TRAINING])
    whole = np.concatenate(TRAINING)
    centre, scale = whole.mean(), whole.std()
    means, spreads = series[StatisticKind.MEAN, ""], series[StatisticKind.SPREAD, ""]
    for n, values in enumerate(TRAINING):
        assert means.values[n] == pytest.approx((values.mean() - centre) / scale, abs=0.01)
        assert spreads.values[n] == pytest.approx(math.log(values.std() / scale), abs=0.02)
    assert means.errors[0] == pytest.approx(1 / math.sqrt(400), rel=0.1)
    assert spreads.errors[0] == pytest.approx(1 / math.sqrt(2 * 400), rel=0.1)


@settings(max_examples=30)
@given(st.floats(1e3, 1e12), st.sampled_from([1, -1]))
def test_a_wild_value_moves_a_mean_no_further_than_the_clip(size: float, sign: int) -> None:
    wild = np.append(TRAINING[0], sign * size)
    series = measured([number(values) for values in TRAINING], number(TRAINING[0]), number(wild))
    means = series[StatisticKind.MEAN, ""].values
    assert abs(means[-1] - means[-2]) < 10 / 401


def test_shares_are_on_the_arc_sine_scale_on_which_rows_have_one_variance() -> None:
    rates, rows = RANDOM.uniform(0.02, 0.6, 4_000), 500
    counts = RANDOM.binomial(rows, rates)
    series = measured([text({"a": int(n), "b": rows - int(n), "c": 1}) for n in counts])
    share = series[StatisticKind.CATEGORY, "a"]
    expected = np.arcsin(np.sqrt(rates))
    assert (share.values - expected).std() == pytest.approx(share.errors[0], rel=0.1)
    assert share.effects[0] == pytest.approx(counts[0] / (rows + 1))


def test_the_largest_categories_are_judged_and_one_of_two() -> None:
    many = {f"c{n}": 100 - n for n in range(LARGEST + 5)}
    kinds = [name for name in measured([text(many)]) if name[0] is StatisticKind.CATEGORY]
    assert kinds == [(StatisticKind.CATEGORY, f"c{n}") for n in range(LARGEST)]
    two = [name for name in measured([text({"a": 60, "b": 40})]) if name[0] is StatisticKind.CATEGORY]
    assert two == [(StatisticKind.CATEGORY, "a")], "the share of the other one follows from it"


def test_values_that_training_never_had_are_unseen_and_nulls_are_nulls() -> None:
    series = measured([text({"a": 90, "b": 5, "c": 5})] * 3, text({"a": 80, "z": 10}, nulls=10))
    assert series[StatisticKind.UNSEEN, ""].effects.tolist() == [0, 0, 0, 0.1]
    assert series[StatisticKind.NULLS, ""].effects.tolist() == [0, 0, 0, 0.1]


def test_values_that_are_no_numbers_are_missing_values() -> None:
    state = number(TRAINING[0])
    odd = ColumnState("number", 500, 20, nans=30, plus_inf=50, histogram=state.histogram)
    assert measured([number(values) for values in TRAINING], odd)[StatisticKind.NULLS, ""].effects[-1] == 0.2


def test_a_constant_of_the_training_is_judged_by_its_other_values() -> None:
    series = measured([number(np.full(200, 5.0))] * 3, number(np.repeat([5.0, 7.0], [150, 50])))
    assert (StatisticKind.MEAN, "") not in series
    assert series[StatisticKind.UNSEEN, ""].effects.tolist() == [0, 0, 0, 0.25]


def test_values_where_training_had_none_are_unseen() -> None:
    empty = ColumnState("number", 200, 200, histogram=histogram_of(np.array([]), EXPONENT))
    series = measured([empty] * 3, number(TRAINING[0]))
    assert series[StatisticKind.UNSEEN, ""].effects[-1] == 1
    assert series[StatisticKind.NULLS, ""].effects.tolist() == [1, 1, 1, 0]


def test_a_frozen_sensor_keeps_a_spread_and_a_grade_has_none() -> None:
    series = measured([number(values) for values in TRAINING], number(np.full(400, 10.0)))
    assert series[StatisticKind.SPREAD, ""].values[-1] < -5
    grades = measured([number(RANDOM.integers(1, 6, 400).astype(float)) for _ in range(5)])
    assert set(grades) == {(StatisticKind.MEAN, ""), (StatisticKind.NULLS, "")}


def test_days_with_few_rows_are_left_out() -> None:
    few, enough = number(TRAINING[0][: MIN_ROWS - 1]), number(TRAINING[0][:MIN_ROWS], nulls=5)
    mean = measured([number(values) for values in TRAINING], few, enough)[StatisticKind.MEAN, ""]
    assert mean.days[30:] == (date(2013, 2, 1),)


def test_the_measure_does_not_depend_on_the_order_of_the_days() -> None:
    for states in ([number(values) for values in TRAINING], [text({"a": 3, "b": n}) for n in range(1, 9)]):
        days = dated(states)
        assert Measure.of("x", days) == Measure.of("x", dict(reversed(days.items())))


def test_a_column_without_rows_or_of_dates_is_not_measured() -> None:
    assert Measure.of("x", {}) is None
    assert Measure.of("x", dated([ColumnState("number")])) is None
    assert Measure.of("x", dated([ColumnState("date", 10)])) is None


def test_new_values_are_as_usual_in_training_as_they_are_in_service() -> None:
    shares = 1 / np.arange(1, 3_001)
    draws = [np.unique(RANDOM.choice(3_000, 500, p=shares / shares.sum()), return_counts=True) for _ in range(90)]
    days = [text({f"id{name}": int(count) for name, count in zip(*draw, strict=True)}) for draw in draws]
    unseen = measured(days[:60], *days[60:])[StatisticKind.UNSEEN, ""].effects
    assert unseen[:60].mean() > 0.005
    assert unseen[60:].mean() == pytest.approx(unseen[:60].mean(), rel=0.3)


def test_the_error_of_a_spread_follows_the_tails_of_the_rows() -> None:
    heavy = [RANDOM.laplace(0, 1, 400) for _ in range(200)]
    spread = measured([number(values) for values in heavy])[StatisticKind.SPREAD, ""]
    assert spread.values.std() == pytest.approx(spread.errors[0], rel=0.2)
    assert stats.kurtosis(np.concatenate(heavy)) > 2
