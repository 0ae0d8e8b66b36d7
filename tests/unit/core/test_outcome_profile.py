"""Outcomes of one model: scores per label that merge, sparse and dense alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, merge_outcomes, merge_scores
from assay.core.profiles.score_counts import Counts
from assay.core.profiles.score_grid import COARSEST, LOG_ODDS_EXPONENT, as_probabilities, half_of

from ...expect_errors import raises_naming

Random = np.random.Generator
T = TypeVar("T")


def some_scores(random: Random) -> LabelledScores:
    """Few rows, often none, on one of three grids, with and without sums."""
    k = int(random.choice([LOG_ODDS_EXPONENT, -2, COARSEST]))
    rows = int(random.integers(0, 3))

    def histogram() -> Histogram:
        bins = {int(i): int(random.integers(1, 9)) for i in sorted(random.integers(-half_of(k), half_of(k), rows))}
        return Histogram(k, bins, *(int(random.integers(0, 3)) * (rows > 0) for _ in range(2)))

    names = ("log_loss", "late", "missed")
    sums = {name: float(random.integers(0, 8)) for name in names if random.random() < 0.6}
    unlabelled = histogram()
    return LabelledScores(histogram(), histogram(), unlabelled.total + int(random.integers(0, 2)), sums, unlabelled)


def some_outcomes(random: Random) -> OutcomeProfile:
    def values() -> dict[str, LabelledScores]:
        return {value: some_scores(random) for value in "abc" if random.random() < 0.6}

    return OutcomeProfile(
        some_scores(random), {column: values() for column in ("carrier", "origin") if random.random() < 0.7}
    )


def seeded(build: Callable[[Random], T]) -> st.SearchStrategy[T]:
    return st.integers(0, 2**32).map(lambda seed: build(np.random.default_rng(seed)))


def scores() -> st.SearchStrategy[LabelledScores]:
    return seeded(some_scores)


def outcomes() -> st.SearchStrategy[OutcomeProfile]:
    return seeded(some_outcomes)


@given(scores(), scores(), scores())
def test_merging_scores_is_associative_and_commutative(a: LabelledScores, b: LabelledScores, c: LabelledScores) -> None:
    assert a.merge(b) == b.merge(a)
    assert a.merge(b).merge(c) == a.merge(b.merge(c)) == merge_scores([a, b, c])


@given(outcomes(), outcomes(), outcomes())
def test_merging_outcomes_is_associative_and_commutative(
    a: OutcomeProfile, b: OutcomeProfile, c: OutcomeProfile
) -> None:
    assert a.merge(b) == b.merge(a)
    assert a.merge(b).merge(c) == a.merge(b.merge(c)) == merge_outcomes([a, b, c])


@given(outcomes().filter(lambda profile: not profile.overall.is_empty))
def test_merging_with_nothing_changes_nothing(profile: OutcomeProfile) -> None:
    assert OutcomeProfile.empty().merge(profile) == profile
    assert profile.merge(OutcomeProfile.empty()) == profile


@given(scores(), scores())
def test_the_dense_form_merges_as_the_sparse_one(a: LabelledScores, b: LabelledScores) -> None:
    one, two = Counts.of(a).merge(Counts.of(b)), Counts.of(a.merge(b))
    assert one.bin_exponent == two.bin_exponent
    assert np.array_equal(one.positives, two.positives)
    assert np.array_equal(one.negatives, two.negatives)
    assert (one.rows, one.unlabelled, one.sums) == (two.rows, two.unlabelled, two.sums)


def test_a_sum_that_one_day_did_not_measure_is_left_out() -> None:
    day = LabelledScores(
        Histogram(LOG_ODDS_EXPONENT, {5: 1}), Histogram(LOG_ODDS_EXPONENT), sums={"log_loss": 0.5, "late": 1.0}
    )
    other = LabelledScores(Histogram(LOG_ODDS_EXPONENT, {5: 1}), Histogram(LOG_ODDS_EXPONENT), sums={"late": 2.0})
    assert day.merge(other).sums == {"late": 3.0}


@pytest.mark.parametrize("grid", [LOG_ODDS_EXPONENT - 1, COARSEST + 1])
def test_a_grid_that_is_none_of_scores_is_refused(grid: int) -> None:
    with raises_naming(ValueError, LOG_ODDS_EXPONENT, COARSEST, grid):
        Counts.of(LabelledScores(Histogram(grid), Histogram(grid)))


def test_the_scores_of_all_rows_are_those_with_a_label_and_those_without() -> None:
    def side(*bins: int) -> Histogram:
        return Histogram(LOG_ODDS_EXPONENT, dict.fromkeys(bins, 1))

    day = LabelledScores(side(3), side(5), 2, {}, side(3, 9))
    assert day.all_scores == as_probabilities(Histogram(LOG_ODDS_EXPONENT, {3: 2, 5: 1, 9: 1}))
    assert replace(day, unlabelled_scores=side()).all_scores is None
    assert day.merge(replace(day, unlabelled_scores=side())).all_scores is None
