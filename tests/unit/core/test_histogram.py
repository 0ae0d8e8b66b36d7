"""The grid: bins that halve exactly and merge in any order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.profiles.histogram import MAX_BIN, Histogram, bin_of, propose_bin_exponent

from ...expect_errors import raises_naming

FINITE = st.floats(allow_nan=False, allow_infinity=False)
GRIDS = st.integers(-1000, 1000)


def histogram_of(values: Iterable[float], k: int) -> Histogram:
    indices = [bin_of(value, k) for value in values]
    inside = Counter(i for i in indices if -MAX_BIN <= i < MAX_BIN)
    return Histogram(
        k, dict(sorted(inside.items())), sum(i < -MAX_BIN for i in indices), sum(i >= MAX_BIN for i in indices)
    )


@st.composite
def histograms(draw: st.DrawFn) -> Histogram:
    return histogram_of(draw(st.lists(st.floats(-100, 100), max_size=20)), draw(st.integers(-8, 4)))


@given(FINITE, GRIDS, st.integers(0, 40))
def test_halving_the_resolution_gives_the_bin_of_the_coarser_grid(value: float, k: int, shift: int) -> None:
    assert bin_of(value, k) >> shift == bin_of(value, k + shift)


@given(FINITE, GRIDS)
def test_a_value_lies_between_the_edges_of_its_bin(value: float, k: int) -> None:
    index = bin_of(value, k)
    scaled = [(i << k, 1) if k >= 0 else (i, 1 << -k) for i in (index, index + 1)]
    numerator, denominator = value.as_integer_ratio()
    assert scaled[0][0] * denominator <= numerator * scaled[0][1]
    assert numerator * scaled[1][1] < scaled[1][0] * denominator


@given(st.lists(st.floats(-15, 15), max_size=50), st.integers(-8, 0), st.integers(0, 8))
def test_coarsening_a_histogram_equals_counting_at_the_coarser_grid(values: list[float], k: int, shift: int) -> None:
    inside = [value for value in values if -MAX_BIN <= bin_of(value, k) < MAX_BIN]
    assert histogram_of(inside, k).coarsen(k + shift) == histogram_of(inside, k + shift)


@given(histograms(), histograms(), histograms())
def test_merging_histograms_is_associative_and_commutative(a: Histogram, b: Histogram, c: Histogram) -> None:
    assert a.merge(b) == b.merge(a)
    assert a.merge(b).merge(c) == a.merge(b.merge(c))
    assert a.merge(b).total == a.total + b.total


def test_a_histogram_is_never_refined() -> None:
    with raises_naming(ValueError, 0, -1):
        Histogram(0, {1: 1}).coarsen(-1)


@given(FINITE, FINITE, st.integers(2, 5_000))
def test_the_proposed_grid_holds_the_range_in_few_bins_and_no_finer_one_does(a: float, b: float, bins: int) -> None:
    low, high = min(a, b), max(a, b)
    k = propose_bin_exponent(low, high, bins)
    assert -1000 <= k <= 1100

    def fits(k: int) -> bool:
        first, last = bin_of(low, k), bin_of(high, k)
        return first >= -MAX_BIN and last < MAX_BIN and last - first < bins

    assert fits(k)
    assert k == -1000 or low == high == 0 or not fits(k - 1)


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 5e-324), (5e-324, 5e-324), (-1.7e308, 1.7e308), (3.0, 3.0), (0.0, 0.0), (-1e-320, 0.0)]
)
def test_the_proposed_grid_is_finite_at_the_ends_of_the_floats(low: float, high: float) -> None:
    k = propose_bin_exponent(low, high)
    assert -1000 <= k <= 1100
    assert -MAX_BIN <= bin_of(low, k) <= bin_of(high, k) < MAX_BIN


@pytest.mark.parametrize(("low", "high"), [(math.nan, 1.0), (0.0, math.inf), (2.0, 1.0)])
def test_a_range_that_is_none_gets_no_grid(low: float, high: float) -> None:
    with raises_naming(ValueError, low, high):
        propose_bin_exponent(low, high)


def test_an_edge_beyond_all_floats_is_infinite() -> None:
    assert Histogram(1017).lower_edge(4096) == math.inf
    assert Histogram(1017).lower_edge(-4096) == -math.inf
    assert Histogram(-1).lower_edge(3) == 1.5


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1))
def test_a_sum_of_bin_centres_is_off_by_at_most_half_a_bin_for_each_value(values: list[float]) -> None:
    histogram = Histogram(-6, dict(Counter(bin_of(value, -6) for value in values)))
    assert abs(histogram.centred_sum - sum(values)) <= len(values) * 2.0**-7 + 1e-9
