"""Shapley values of the features of one row: exact for few features, and from random orders for many.

Shapley (1953), A value for n-person games. Strumbelj and Kononenko (2014), Explaining prediction models and individual
predictions with feature contributions. The random orders come in pairs, one the reverse of the other, which reduces the
variance (Mitchell et al. 2022, Sampling permutations for Shapley value estimation).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST_EXACT = 10
"""The number of features up to which all sets of features are looked at: 1,024 sets."""

PAIRS = 64
"""Pairs of random orders for more features."""

Masks = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Game = Callable[[Masks], Floats]
"""A function from sets of features, sets x features, to the value of each set."""


@dataclass(frozen=True, slots=True)
class ShapleyValues:
    """The value of each feature, and its standard error; the errors are None where the values are exact."""

    values: Floats
    errors: Floats | None


def shapley_values(game: Game, features: int, *, pairs: int = PAIRS, seed: int = 0) -> ShapleyValues:
    """Return the Shapley values of a game; they sum to the value of all features less that of none.

    The random orders follow from `seed`, so a second call returns the same.

    Raises:
        ValueError: There is no feature.
    """
    if features < 1:
        raise ValueError("a game needs a feature")
    if features <= MOST_EXACT:
        return ShapleyValues(_exact(game, features), None)
    return _sampled(game, features, pairs, np.random.default_rng(seed))


def _exact(game: Game, features: int) -> Floats:
    sets = np.arange(1 << features)
    masks = (sets[:, None] >> np.arange(features)) & 1 == 1
    worth, size = game(masks), masks.sum(axis=1)
    weights = np.array([1 / (features * math.comb(features - 1, taken)) for taken in range(features)])
    values = np.empty(features)
    for feature in range(features):
        without = sets[~masks[:, feature]]
        gains = worth[without | (1 << feature)] - worth[without]
        values[feature] = math.fsum(gains * weights[size[without]])
    return values


def _sampled(game: Game, features: int, pairs: int, random: np.random.Generator) -> ShapleyValues:
    means = np.empty((pairs, features))
    for pair in range(pairs):
        order = random.permutation(features)
        means[pair] = (_gains(game, order) + _gains(game, order[::-1])) / 2
    errors = means.std(axis=0, ddof=1) / math.sqrt(pairs) if pairs > 1 else np.full(features, np.nan)
    return ShapleyValues(means.mean(axis=0), errors)


def _gains(game: Game, order: npt.NDArray[np.int64]) -> Floats:
    """Return what each feature adds to those before it in an order."""
    features = len(order)
    masks = np.zeros((features + 1, features), dtype=bool)
    for place, feature in enumerate(order, start=1):
        masks[place:, feature] = True
    gains = np.empty(features)
    gains[order] = np.diff(game(masks))
    return gains
