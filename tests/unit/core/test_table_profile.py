"""Profiles: states that merge by addition."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.profiles.histogram import MAX_BIN, Histogram, bin_of
from assay.core.profiles.table_profile import (
    MAX_CATEGORIES,
    ColumnState,
    Counter,
    Holistic,
    TableProfile,
    merge_profiles,
)


def state_of(values: list[float | None], k: int = -3) -> ColumnState:
    finite = [v for v in values if v is not None and math.isfinite(v)]
    bins: dict[int, int] = {}
    for value in finite:
        index = bin_of(value, k)
        assert -MAX_BIN <= index < MAX_BIN
        bins[index] = bins.get(index, 0) + 1
    return ColumnState(
        kind="number",
        rows=len(values),
        nulls=sum(v is None for v in values),
        nans=sum(v is not None and math.isnan(v) for v in values),
        plus_inf=values.count(math.inf),
        minus_inf=values.count(-math.inf),
        low=min(finite, default=None),
        high=max(finite, default=None),
        total=math.fsum(finite),
        squares=math.fsum(v * v for v in finite),
        histogram=Histogram(k, dict(sorted(bins.items()))),
    )


# multiples of 1/8 in size: their sums and squares are exact, so equality is equality
VALUES = st.lists(st.none() | st.integers(-800, 800).map(lambda n: n / 8) | st.sampled_from([math.inf, math.nan]))


@given(VALUES, VALUES)
def test_merging_two_partitions_is_measuring_them_together(one: list[float | None], two: list[float | None]) -> None:
    assert state_of(one).merge(state_of(two)) == state_of(one + two)


@given(VALUES, VALUES, VALUES)
def test_merging_states_is_associative_and_commutative(
    one: list[float | None], two: list[float | None], three: list[float | None]
) -> None:
    a, b, c = state_of(one), state_of(two), state_of(three, k=0)
    assert a.merge(b).merge(c) == a.merge(b.merge(c))
    assert a.merge(c) == c.merge(a)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_moments_agree_with_the_standard_library(values: list[float]) -> None:
    state = ColumnState("number", len(values), total=math.fsum(values), squares=math.fsum(v * v for v in values))
    assert state.mean == pytest.approx(statistics.fmean(values), rel=1e-12, abs=1e-9)
    assert state.variance == pytest.approx(statistics.variance(values), rel=1e-6, abs=1e-3)


def test_moments_of_nothing_are_none() -> None:
    assert state_of([None, math.nan]).mean is None
    assert state_of([1.0, None]).variance is None


def test_the_variance_of_large_numbers_does_not_overflow() -> None:
    values = np.where(np.arange(100_000) % 2, 1e149, -9e148)
    state = ColumnState("number", len(values), total=float(values.sum()), squares=float((values**2).sum()))
    assert state.variance == pytest.approx(float(np.var(values / 1e149, ddof=1)) * 1e298, rel=1e-6)


def test_merging_drops_no_category_that_a_partition_names() -> None:
    one = ColumnState("text", 2 * MAX_CATEGORIES, categories={f"c{i:05}": 2 for i in range(MAX_CATEGORIES)})
    two = ColumnState("text", 11, categories={f"d{i}": 1 for i in range(10)}, other=1)
    merged = one.merge(two)
    assert merged.categories == {**one.categories, **two.categories}
    assert merged.other == 1
    assert sum(merged.categories.values()) + merged.other == merged.rows == 2 * MAX_CATEGORIES + 11


def test_a_counter_that_one_side_did_not_measure_is_left_out() -> None:
    one = TableProfile(3, {}, {"a": Counter(3, 1), "b": Counter(3, 0)})
    two = TableProfile(4, {}, {"a": Counter(4, 2)})
    assert one.merge(two).counters == {"a": Counter(7, 3)}
    assert merge_profiles([one, two]) == one.merge(two)
    assert merge_profiles([]) is None


def test_what_needs_a_whole_partition_is_never_merged() -> None:
    one = TableProfile(3, {}, holistic={"a": Holistic(3, distinct=3)})
    assert one.merge(one).holistic == {}


def test_a_selection_that_one_side_lacks_is_left_out() -> None:
    state = ColumnState("number", 3, nulls=1, low=1.0, high=2.0, total=3.0, squares=5.0)
    one = TableProfile(3, {}, selections={"a": state, "b": state})
    two = TableProfile(3, {}, selections={"a": state})
    assert one.merge(two).selections == {"a": state.merge(state)}
