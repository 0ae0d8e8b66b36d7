"""The columns that a feature becomes in an encoder's matrix, and what the training's Profile makes of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from assay.core.profiles.table_profile import ColumnState
from assay.errors import InputError

Mode = Literal["linear", "trees"]

MAX_CATEGORIES = 50
"""The number of categories of a text feature that get a column of their own."""

MIN_CATEGORY_ROWS = 20
"""A category that training saw less often than this is `other`: too few rows to learn from."""

OUTER = 0.01
"""The share of the training's rows on either side whose numbers a linear model does not tell apart."""


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric feature: one column, `(value - center) / scale`; `fill` replaces a missing value (None: NaN stays).

    A value outside `low` and `high` counts as the nearer of both: a linear model shall not extrapolate.
    """

    name: str
    fill: float | None = None
    center: float = 0.0
    scale: float = 1.0
    low: float = -math.inf
    high: float = math.inf

    @property
    def names(self) -> tuple[str, ...]:
        """The one column that the feature becomes."""
        return (self.name,)


@dataclass(frozen=True, slots=True)
class Category:
    """A text or boolean feature: a column per category of the training, one for all others, one for missing."""

    name: str
    kind: str
    values: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the feature becomes."""
        return (*(f"{self.name}={value}" for value in self.values), f"{self.name}=(other)", f"{self.name}=(missing)")


def column_of(mode: Mode, name: str, state: ColumnState) -> Number | Category | str:
    """Return the columns of the feature `name` in a mode, or the reason why it is left out.

    Raises:
        InputError: No model can read a feature of that kind.
    """
    if state.kind == "number":
        return _build_number(mode, name, state)
    if state.kind in ("text", "boolean"):
        return _build_category(name, state)
    raise InputError(
        f"the feature '{name}' is a {state.kind}, which no model can read",
        code="feature-type",
        hint="let the features function turn it into a number or a text",
    )


def _build_number(mode: Mode, name: str, state: ColumnState) -> Number | str:
    mean, low, high = state.mean, state.low, state.high
    if mean is None or low is None or high is None:
        return "has no value in training"
    # The variance of a large constant is rounding noise, its extremes are exact.
    if low == high and (mode == "linear" or state.values == state.rows):
        return f"is always {low:g} in training"
    if mode == "trees":
        return Number(name)
    spread = math.sqrt(state.variance or 0.0) or (high / 2 - low / 2)
    if spread <= 0:
        return f"is always {low:g} in training"
    low, high = _clip(state, low, high)
    return Number(name, fill=mean, center=mean, scale=spread, low=low, high=high)


def _clip(state: ColumnState, low: float, high: float) -> tuple[float, float]:
    """Return the 1 % and the 99 % quantile of the training, at the edges of bins, within its least and largest value.

    Where both lie in one bin, a rare value may be all that is worth knowing of the feature. Then these are the least
    and the largest value.
    """
    histogram = state.histogram
    if histogram is None:
        return low, high
    indices = sorted(histogram.bins)
    upto = np.cumsum([histogram.under, *(histogram.bins[index] for index in indices)])
    first, last = (int(np.searchsorted(upto, share * histogram.total)) for share in (OUTER, 1 - OUTER))
    if first == last:
        return low, high
    lowest = histogram.lower_edge(indices[first - 1]) if first else low
    highest = histogram.lower_edge(indices[last - 1] + 1) if last <= len(indices) else high
    return max(low, lowest), min(high, highest)


def _build_category(name: str, state: ColumnState) -> Category | str:
    counts: dict[str, int] = {}
    for value, count in state.categories.items():
        value = value.lower() if state.kind == "boolean" else value
        counts[value] = counts.get(value, 0) + count
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    kept = [value for value, count in ranked if count >= MIN_CATEGORY_ROWS][:MAX_CATEGORIES]
    rest = state.other + sum(count for value, count in counts.items() if value not in set(kept))
    groups = len(kept) + (rest > 0) + (state.nulls > 0)
    if groups < 2:
        only = f"'{kept[0]}'" if kept else ("missing" if state.nulls else "a rare category")
        return f"is always {only} in training"
    return Category(name, state.kind, tuple(sorted(kept)))


def column_to_json(column: Number | Category) -> dict[str, Any]:
    """Return the column in plain JSON types; `column_from_json` gives back an equal one."""
    if isinstance(column, Number):
        ends = {"low": column.low, "high": column.high} if column.low > -math.inf or column.high < math.inf else {}
        return {"number": column.name, "fill": column.fill, "center": column.center, "scale": column.scale, **ends}
    return {"category": column.name, "kind": column.kind, "values": list(column.values)}


def column_from_json(data: Mapping[str, Any]) -> Number | Category:
    """Return the column that `column_to_json` wrote; a number without ends is not clipped."""
    if "number" in data:
        ends = data.get("low", -math.inf), data.get("high", math.inf)
        return Number(data["number"], data["fill"], data["center"], data["scale"], *ends)
    return Category(data["category"], data["kind"], tuple(data["values"]))
