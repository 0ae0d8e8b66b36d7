"""The parts of one score: what each feature adds, so that the start and the parts sum to the model's output."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """The way in which the parts of a score are computed."""

    CONSTANT = "constant"
    """The model looks at no feature: the start is the score."""
    FORECAST = "forecast"
    """The score is the value of one feature: its part is the difference from the mean label of the training."""
    LINEAR = "linear"
    """A coefficient times the standardised value, from the intercept. Exact."""
    TREE_SHAP = "tree_shap"
    """xgboost's own SHAP values of its trees (Lundberg et al. 2020), exact up to single precision."""
    SHAPLEY = "shapley"
    """Shapley values over all sets of features, against the reference rows of the bundle. Exact for these rows."""
    SAMPLED_SHAPLEY = "sampled_shapley"
    """The same from random orders of the features (Strumbelj and Kononenko 2014): each has a standard error."""


class Scale(StrEnum):
    """The scale on which the parts sum."""

    LOG_ODDS = "log_odds"
    LOG = "log"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Contribution:
    """The part of one feature: its value in the row, and the amount that it adds on the scale of the parts.

    `value` is None for a missing one. `standard_error` is None unless the amount is sampled.
    """

    feature: str
    value: float | str | bool | None
    amount: float
    standard_error: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """The parts of one score: `start` and the amounts of `contributions` sum to `output`, on `scale`.

    The contributions are sorted by size, the largest first. `reference_rows` is the number of rows that absent features
    were taken from, 0 where the method needs none.
    """

    method: Method
    scale: Scale
    start: float
    contributions: tuple[Contribution, ...]
    output: float
    reference_rows: int = 0

    @property
    def gap(self) -> float:
        """The model's output less the sum of its parts: rounding alone, unless the method is wrong."""
        return self.output - math.fsum([self.start, *(one.amount for one in self.contributions)])


def amounts_by_feature(columns: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return the sum of the amounts of each feature's columns, in the order of the features.

    >>> amounts_by_feature([("depot", 0.5), ("weight", 1.0), ("depot", 0.25)])
    {'depot': 0.75, 'weight': 1.0}
    """
    amounts: dict[str, list[float]] = {}
    for feature, amount in columns:
        amounts.setdefault(feature, []).append(amount)
    return {feature: math.fsum(parts) for feature, parts in amounts.items()}


def contributions_of(
    amounts: Mapping[str, float],
    values: Mapping[str, float | str | bool | None],
    errors: Mapping[str, float] | None = None,
) -> tuple[Contribution, ...]:
    """Return the contributions of all features of the row, the largest first; a feature without an amount has 0.

    >>> [one.feature for one in contributions_of({"a": -2.0, "b": 1.0}, {"b": 3.0, "a": 1.0, "c": "x"})]
    ['a', 'b', 'c']
    """
    known = errors or {}
    made = [Contribution(name, values[name], amounts.get(name, 0.0), known.get(name)) for name in values]
    return tuple(sorted(made, key=lambda one: (-abs(one.amount), one.feature)))
