"""The distribution of a day's scores against NumPy, and the comparison with the week before."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.model_versions import ModelVersion
from assay.core.monitoring.service.day_comparison import ComparedFigure, ScoredDay, compare_days
from assay.core.monitoring.service.score_distribution import (
    PERCENTS,
    ScoreDistribution,
    ScoreQuantile,
    bin_edges,
    distribution_of,
    edge_text,
)
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.table_profile import ColumnState

DAY = date(2024, 2, 8)
EXPONENT = -12
WIDTH = 2.0**EXPONENT
PROBABILITIES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=80)


def state_of(scores: list[float], exponent: int = EXPONENT) -> ColumnState:
    values = np.array(scores)
    low, high = float(values.min()), float(values.max())
    histogram = histogram_of(values, exponent)
    return ColumnState("number", len(scores), low=low, high=high, total=math.fsum(scores), histogram=histogram)


def distribution(scores: list[float], exponent: int = EXPONENT) -> ScoreDistribution:
    made = distribution_of(state_of(scores, exponent))
    assert made is not None
    return made


@given(PROBABILITIES)
def test_a_quantile_is_that_of_numpy_up_to_the_width_of_a_bin(scores: list[float]) -> None:
    made = distribution(scores)
    for percent in PERCENTS:
        exact = float(np.percentile(scores, percent, method="inverted_cdf"))
        assert made.quantile(percent) == pytest.approx(exact, abs=WIDTH * 1.001)


@given(PROBABILITIES)
def test_quantiles_rise_between_the_least_and_the_largest_score(scores: list[float]) -> None:
    made = distribution(scores)
    values = [made.least, *(one.value for one in made.quantiles), made.largest]
    assert values == sorted(values)


@given(PROBABILITIES, st.floats(0.0, 1.0))
def test_a_share_counts_all_rows_but_those_of_the_bin_in_which_the_threshold_lies(
    scores: list[float], threshold: float
) -> None:
    values = np.array(scores)
    near = int(((values > threshold - WIDTH) & (values < threshold + WIDTH)).sum()) + int((values == threshold).sum())
    exact = float((values >= threshold).mean())
    assert distribution(scores).share_from(threshold) == pytest.approx(exact, abs=near / len(scores) + 1e-9)


def test_scores_of_exactly_1_and_a_single_score_have_their_place() -> None:
    ones = distribution([1.0, 1.0, 0.5, 0.25])
    assert ones.share_from(0.999) == 0.5
    assert ones.share_from(-math.inf) == 1.0
    assert distribution([0.3] * 5).quantile(50) == 0.3


def test_scores_beyond_the_grid_of_a_regression_are_kept() -> None:
    made = distribution([-90_000.0, 0.0, 90_000.0], 0)
    assert made.rows == 3
    assert (made.least, made.largest) == (-90_000.0, 90_000.0)


@pytest.mark.parametrize("state", [ColumnState("number"), ColumnState("number", 3, nulls=3), ColumnState("text", 3)])
def test_without_a_finite_score_there_is_no_distribution(state: ColumnState) -> None:
    assert distribution_of(state) is None


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30), st.integers(2, 30))
def test_edges_rise_and_hold_the_middle_of_the_scores(scores: list[float], bins: int) -> None:
    made = distribution(scores, 18)
    edges = bin_edges([made], bins)
    assert list(edges) == sorted(set(edges))
    slack = 1e-5 * max(1.0, abs(made.largest), abs(made.least))
    assert edges[0] <= made.quantile(1) + slack
    assert edges[-1] >= made.quantile(99) - slack
    assert len(edges) <= bins + 3


@given(PROBABILITIES, PROBABILITIES)
def test_the_bins_hold_each_row_of_both_days_once(scores: list[float], then: list[float]) -> None:
    day = ScoredDay(DAY, len(scores), ModelVersion(2), distribution(scores))
    before = ScoredDay(DAY - timedelta(days=7), len(then), ModelVersion(1), distribution(then))
    compared = compare_days(day, before)
    assert sum(one.share for one in compared.bins) == pytest.approx(1)
    assert sum(one.before or 0.0 for one in compared.bins) == pytest.approx(1)
    shares = [one.share for one in compared.shares]
    assert shares == sorted(shares, reverse=True)


@given(st.floats(-1e9, 1e9), st.floats(0.0, 100.0))
def test_no_two_edges_have_one_text(low: float, width: float) -> None:
    made = ScoreDistribution(2, low, low, low + width, (ScoreQuantile(1, low), ScoreQuantile(99, low + width)), ())
    edges = bin_edges([made])
    assert [float(edge_text(edge)) for edge in edges] == list(edges)


def test_sums_are_in_the_order_of_the_spec_and_one_that_was_not_measured_is_none() -> None:
    day = ScoredDay(DAY, 3, ModelVersion(1), None, {"cost": 12.0, "infinite": None})
    before = ScoredDay(DAY - timedelta(days=7), 4, ModelVersion(1), None, {"cost": 10.0})
    compared = compare_days(day, before, ("infinite", "cost", "new"))
    assert [(one.name, one.value, one.before) for one in compared.sums] == [
        ("infinite", None, None),
        ("cost", 12.0, 10.0),
        ("new", None, None),
    ]
    assert compared.sums[1].relative_change == pytest.approx(0.2)
    assert compared.rows.change == -1


@pytest.mark.parametrize(
    ("value", "before", "relative"), [(1.0, 0.0, None), (1.0, None, None), (None, 1.0, None), (-3.0, -2.0, -0.5)]
)
def test_a_relative_change_needs_both_days_and_no_zero(
    value: float | None, before: float | None, relative: float | None
) -> None:
    assert ComparedFigure("cost", value, before).relative_change == relative


def test_without_a_week_before_nothing_is_compared() -> None:
    compared = compare_days(ScoredDay(DAY, 2, ModelVersion(1), distribution([0.2, 0.4])), None)
    assert compared.rows.change is None
    assert {one.before for one in compared.bins} == {None}
    assert {one.before for one in compared.shares} == {None}
