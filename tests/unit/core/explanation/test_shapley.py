"""Shapley values: the axioms, a game with a known answer, and the random orders beside the exact values."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.explanation.shapley import MOST_EXACT, Game, shapley_values


def drawn_game(features: int, seed: int) -> Game:
    """A game whose sets have random values."""
    worth = np.random.default_rng(seed).normal(size=1 << features)

    def game(masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        return worth[masks @ (1 << np.arange(features))]

    return game


def over_all_orders(game: Game, features: int) -> npt.NDArray[np.float64]:
    """The definition: the mean of what each feature adds over all orders."""
    total = np.zeros(features)
    orders = list(itertools.permutations(range(features)))
    for order in orders:
        mask = np.zeros(features, dtype=bool)
        before = game(mask[None])[0]
        for feature in order:
            mask[feature] = True
            after = game(mask[None])[0]
            total[feature] += after - before
            before = after
    return total / len(orders)


@given(st.integers(1, 5), st.integers(0, 1000))
def test_exact_values_are_the_means_over_all_orders(features: int, seed: int) -> None:
    game = drawn_game(features, seed)
    exact = shapley_values(game, features)
    assert exact.errors is None
    np.testing.assert_allclose(exact.values, over_all_orders(game, features), atol=1e-12)


@given(st.integers(1, 14), st.integers(0, 100))
def test_values_sum_to_what_all_features_are_worth_more_than_none(features: int, seed: int) -> None:
    game = drawn_game(features, seed)
    whole = game(np.ones((1, features), dtype=bool))[0] - game(np.zeros((1, features), dtype=bool))[0]
    assert shapley_values(game, features, pairs=3).values.sum() == pytest.approx(whole, abs=1e-9)


def test_a_sum_of_single_features_gives_each_its_own_amount_exactly_and_from_orders() -> None:
    amounts = np.arange(MOST_EXACT + 2, dtype=float)
    sampled = shapley_values(lambda masks: masks @ amounts, len(amounts), pairs=2)
    np.testing.assert_allclose(sampled.values, amounts, atol=1e-12)
    assert sampled.errors is not None
    np.testing.assert_allclose(sampled.errors, 0, atol=1e-12)


def test_random_orders_are_within_their_errors_of_a_known_answer_and_repeat() -> None:
    features = 12
    amounts = np.linspace(-1, 1, features)

    def game(masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        return masks @ amounts + 2.0 * (masks[:, 0] & masks[:, 1])  # a pair's worth is divided among the two

    known = amounts + np.array([1.0, 1.0, *[0.0] * (features - 2)])
    sampled = shapley_values(game, features)
    assert sampled.errors is not None
    assert (np.abs(sampled.values - known) <= 4 * sampled.errors + 1e-12).all()
    np.testing.assert_array_equal(sampled.values, shapley_values(game, features).values)


def test_a_game_without_features_is_refused() -> None:
    with pytest.raises(ValueError, match="feature"):
        shapley_values(lambda masks: masks.sum(axis=1), 0)
