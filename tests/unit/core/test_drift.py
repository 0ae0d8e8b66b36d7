"""Drift: distances against scipy, and sentences that name what moved."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from assay.core.monitoring.distances import Binned, aligned, bin_together, jensen_shannon, ks, psi, wasserstein
from assay.core.monitoring.drift import measure_drift
from assay.core.profiles.histogram import MAX_BIN, Histogram, bin_of
from assay.core.profiles.table_profile import ColumnState

from ...expect_errors import missing_data


def number(values: np.ndarray, k: int = -5, *, nulls: int = 0, nans: int = 0, infinite: int = 0) -> ColumnState:
    index, counts = np.unique(np.floor(np.ldexp(values, -k)).astype(int), return_counts=True)
    pairs = [(int(i), int(n)) for i, n in zip(index, counts, strict=True)]
    histogram = Histogram(
        k,
        {i: n for i, n in pairs if -MAX_BIN <= i < MAX_BIN},
        sum(n for i, n in pairs if i < -MAX_BIN),
        sum(n for i, n in pairs if i >= MAX_BIN),
    )
    return ColumnState(
        "number",
        rows=len(values) + nulls + nans + infinite,
        nulls=nulls,
        nans=nans,
        plus_inf=infinite,
        total=float(values.sum()),
        squares=float((values**2).sum()),
        histogram=histogram,
    )


def text(counts: dict[str, int], other: int = 0, nulls: int = 0) -> ColumnState:
    return ColumnState("text", sum(counts.values()) + other + nulls, nulls, categories=counts, other=other)


NORMAL = np.random.default_rng(0).normal(0, 1, 20_000)
FEW = st.lists(st.floats(-50, 50), min_size=1, max_size=60).map(np.array)
SOME = st.lists(st.floats(-50, 50), min_size=3, max_size=20).map(np.array)  # scipy warns below three


@settings(max_examples=50)
@given(SOME, SOME)
def test_wasserstein_and_ks_are_those_of_scipy_on_the_binned_values(one: np.ndarray, two: np.ndarray) -> None:
    a, b = number(one, 0), number(two, 0)
    binned = np.floor(one), np.floor(two)
    assert wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(*binned), abs=1e-9)
    assert ks(a, b) == pytest.approx(stats.ks_2samp(*binned, method="asymp").statistic, abs=1e-9)
    assert abs(wasserstein(a, b) - stats.wasserstein_distance(one, two)) <= 1 + 1e-9
    assert ks(a, b) <= stats.ks_2samp(one, two, method="asymp").statistic + 1e-9


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12))
def test_jensen_shannon_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    one, two = ([pair[side] + (i == 0) for i, pair in enumerate(pairs)] for side in (0, 1))
    binned = Binned(tuple("abcdefghijkl"[: len(pairs)]), tuple(one), tuple(two))
    assert jensen_shannon(binned) == pytest.approx(jensenshannon(one, two, base=2), abs=1e-7)


@settings(max_examples=60)
@given(FEW, FEW, st.integers(-4, 2), st.integers(-4, 2), st.integers(0, 5))
def test_bins_hold_every_row_once_and_every_distance_is_finite(
    one: np.ndarray, two: np.ndarray, k: int, other_k: int, nulls: int
) -> None:
    a, b = number(one, k, nulls=nulls), number(two, other_k, nans=2, infinite=1)
    binned = bin_together(a, b)
    assert (sum(binned.reference), sum(binned.current)) == (a.rows, b.rows)
    assert len(set(binned.labels)) == len(binned.labels)
    drift = measure_drift(a, b)
    numbers = (drift.psi, drift.jensen_shannon, drift.wasserstein, drift.ks)
    assert all(x is not None and math.isfinite(x) and x >= 0 for x in numbers)


def test_the_psi_of_plain_bins_is_the_textbook_one() -> None:
    binned = Binned(("a", "b"), (50_000, 50_000), (80_000, 20_000))
    textbook = 0.3 * math.log(0.8 / 0.5) + (-0.3) * math.log(0.2 / 0.5)
    assert sum(psi(binned)) == pytest.approx(textbook, abs=1e-4)


def test_quantile_bins_hold_about_a_tenth_each() -> None:
    binned = bin_together(number(NORMAL), number(NORMAL))
    assert len(binned.labels) == 10
    assert all(0.09 < n / len(NORMAL) < 0.11 for n in binned.reference)


def test_a_spike_has_a_bin_of_its_own() -> None:
    values = np.concatenate([np.zeros(16_000), np.abs(NORMAL[:4_000]) + 0.1])
    binned = bin_together(number(values), number(values))
    assert 16_000 in binned.reference


def test_values_at_different_grids_beyond_the_finer_range_are_counted_alike() -> None:
    values = np.array([1.0] * 50 + [5_000.0] * 50 + [-5_000.0] * 20)
    fine, coarse = number(values, -1), number(values, 3)
    one, two = aligned(fine.histogram, coarse.histogram)
    assert one == two
    assert measure_drift(fine, coarse).psi == 0
    far = aligned(number(values, -12).histogram, number(values, 10).histogram)
    assert far[0].total == far[1].total == 120
    assert measure_drift(number(values, -12), number(values, 10)).psi == 0


def test_a_shift_is_named_with_its_means() -> None:
    drift = measure_drift(number(NORMAL), number(NORMAL + 1))
    assert drift.psi > 0.5
    assert missing_data(drift.sentence, "0.004681", "1.005") == []
    assert drift.wasserstein == pytest.approx(1.0, abs=0.04)


def test_nulls_that_come_up_are_named_without_a_mean() -> None:
    drift = measure_drift(number(NORMAL), number(NORMAL[:15_000], nulls=5_000))
    assert missing_data(drift.sentence, "null", "0.0 %", "25.0 %") == []
    assert drift.moved == "null"
    assert f"{drift.mean_to:.4g}" not in drift.sentence, "a mean says nothing of nulls"


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (number(np.full(500, 5.0)), number(np.full(500, 7.0))),
        (ColumnState("number", rows=300, nulls=300), number(NORMAL[:300])),
    ],
)
def test_a_change_of_all_rows_moves_a_share_from_none_to_all(reference: ColumnState, current: ColumnState) -> None:
    drift = measure_drift(reference, current)
    assert (drift.share_from, drift.share_to) in {(0.0, 1.0), (1.0, 0.0)}


def test_values_beyond_the_range_of_the_reference_are_a_bin_of_their_own() -> None:
    drift = measure_drift(
        number(np.abs(NORMAL)), number(np.concatenate([np.abs(NORMAL[:14_000]), np.full(6_000, 100.0)]))
    )
    assert (drift.share_from, drift.share_to) == (0.0, 0.3)
    assert drift.moved in drift.sentence


def test_the_category_that_moved_most_is_named() -> None:
    drift = measure_drift(text({"UA": 500, "DL": 400, "AA": 100}), text({"UA": 200, "DL": 700, "AA": 100}))
    assert missing_data(drift.sentence, "'UA'", "50.0 %", "20.0 %") == []


def test_a_category_never_seen_is_named_unless_the_reference_left_some_unnamed() -> None:
    new = text({"UA": 500, "XX": 500})
    never, unnamed = measure_drift(text({"UA": 990, "DL": 10}), new), measure_drift(text({"UA": 990}, other=10), new)
    assert (never.share_from, never.share_to) == (0.0, 0.5)
    assert never.moved in never.sentence
    assert unnamed.moved != never.moved


def test_a_side_without_rows_has_no_distance() -> None:
    with pytest.raises(ValueError, match="rows"):
        measure_drift(number(NORMAL), ColumnState("number"))


def test_the_bins_of_the_test_helper_are_those_of_the_grid() -> None:
    state = number(NORMAL[:100], -5)
    assert state.histogram is not None
    assert dict(state.histogram.bins) == Counter(bin_of(v, -5) for v in NORMAL[:100].tolist())
