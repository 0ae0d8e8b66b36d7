"""The rules of other monitors as `bench.drift` writes them, against scipy, and against their own documentation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

from bench.peers.drifting_rows import ColumnRows
from bench.peers.peer_rules import (
    Rule,
    SortedDays,
    binned_ks,
    chi_squared_p_value,
    js_distance,
    ks_distance,
    ks_p_value,
    psi,
    scores,
    standardized,
    wasserstein,
)

TRAINING, ROWS = 30, 200
SEEDS = st.integers(0, 1_000)


def column(seed: int, *, is_text: bool = False, served: int = 3) -> ColumnRows:
    rng = np.random.default_rng(seed)
    shape = (TRAINING + served, ROWS)
    values = rng.integers(0, 4, shape).astype(np.float64) if is_text else rng.standard_normal(shape).round(2)
    return ColumnRows("c", is_text, values)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.floats(-2, 2), st.integers(1, 300))
def test_distances_of_samples_are_those_of_scipy(seed: int, shift: float, rows: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((2, 300)).round(1)
    day = np.sort(rng.standard_normal(rows).round(1) + shift)
    number = SortedDays.of(values, 2)
    assert wasserstein(number, day) == pytest.approx(wasserstein_distance(values.ravel(), day), abs=1e-9)
    assert ks_distance(number.reference, day) == pytest.approx(ks_2samp(values.ravel(), day).statistic, abs=1e-12)


def test_p_values_of_distances_are_near_those_of_scipy() -> None:
    rng = np.random.default_rng(3)
    reference, day = np.sort(rng.standard_normal(20_000)), np.sort(rng.standard_normal(1_000) + 0.07)
    distance = ks_distance(reference, day)
    expected = ks_2samp(reference, day, method="asymp").pvalue
    assert ks_p_value(np.array([distance]), 20_000, np.array([1_000.0]))[0] == pytest.approx(expected, rel=0.05)


def test_the_chi_squared_test_leaves_out_categories_that_neither_side_has() -> None:
    reference, day = np.array([600.0, 300.0, 100.0, 0.0]), np.array([50.0, 40.0, 10.0, 0.0])
    expected = chi2_contingency(np.stack([reference, day])[:, :3], correction=False).pvalue
    assert chi_squared_p_value(reference, day) == pytest.approx(expected)


def test_the_jensen_shannon_distance_is_that_of_scipy() -> None:
    shares, reference = np.array([[0.2, 0.8, 0.0], [0.1, 0.6, 0.3]]), np.array([0.1, 0.6, 0.3])
    assert js_distance(shares, reference) == pytest.approx([jensenshannon(shares[0], reference), 0.0], abs=1e-8)


def test_a_binned_distance_is_near_the_exact_one() -> None:
    values = np.random.default_rng(5).standard_normal((TRAINING + 1, 1_000))
    number = SortedDays.of(values, TRAINING)
    assert binned_ks(number)[-1] == pytest.approx(ks_distance(number.reference, number.days[-1]), abs=2e-3)


def test_psi_is_zero_without_a_change_and_counts_an_empty_share_as_the_least_one() -> None:
    shares = np.array([[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]])
    expected = 0.5 * np.log(2) + (1e-4 - 0.5) * np.log(1e-4 / 0.5)
    assert psi(shares, 1) == pytest.approx([0.0, 0.0, expected])


def test_a_value_is_infinitely_far_where_all_days_of_the_reference_are_alike() -> None:
    assert standardized(np.array([2.0, 2.0, 2.0, 2.5]), 2).tolist() == [0.0, 0.0, 0.0, np.inf]
    assert standardized(np.array([1.0, 3.0, 5.0]), 2).tolist() == [-1.0, 1.0, 3.0]


@pytest.mark.parametrize("is_text", [False, True])
def test_every_rule_scores_the_newest_days_and_no_other_ones(is_text: bool) -> None:
    one = column(7, is_text=is_text, served=5)
    whole, newest = scores(one, TRAINING, 5), scores(one, TRAINING, 2)
    assert set(whole) == set(Rule)
    for rule in set(Rule) - {Rule.POPMON}:  # it compares with the day before as well
        assert newest[rule] == pytest.approx(whole[rule][-2:])


def test_missing_values_are_heard_by_rules_that_have_one_for_them() -> None:
    one = column(9)
    one.values[-1, :40] = np.nan
    newest = {rule: of_rule[-1] for rule, of_rule in scores(one, TRAINING, 1).items()}
    assert newest[Rule.NANNYML_JS] == newest[Rule.NANNYML_KS] == newest[Rule.POPMON] == np.inf
    assert newest[Rule.PSI] > 0.2
    assert newest[Rule.EVIDENTLY] < 0.3


def test_a_shift_raises_the_score_of_every_rule() -> None:
    one = column(11)
    moved = ColumnRows("c", False, one.values + np.where(np.arange(TRAINING + 3) == TRAINING + 2, 2.0, 0.0)[:, None])
    before, after = scores(one, TRAINING, 1), scores(moved, TRAINING, 1)
    assert all(after[rule][0] > before[rule][0] for rule in Rule)
