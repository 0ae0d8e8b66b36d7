"""Numbers far from zero, far apart and in any order: sums that are exact merge to the same bits and to the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sklearn

from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.exact_moments import exact_moments
from assay.core.profiles.from_arrays import residuals_of
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.table_profile import MAX_CATEGORIES, ColumnState

Floats = NDArray[np.float64]
FINITE = st.floats(-1e150, 1e150)


def unix_seconds(error: float, *, centre: float = 1.4e9, n: int = 5_000) -> tuple[Floats, Floats]:
    """Scores and labels: labels of sd 1 about the centre, and scores with errors of that sd."""
    chance = np.random.default_rng(7)
    labels = centre + chance.normal(0, 1, n)
    return labels + chance.normal(0, error, n), labels


@pytest.mark.parametrize("parts", [1, 7])
@pytest.mark.parametrize(
    ("drawn", "k"),
    [
        (unix_seconds(1.0), 19),
        (unix_seconds(5.0), 19),
        (unix_seconds(1.0, centre=1e9), 18),
        (unix_seconds(1.0, centre=-1e9), 18),
        (tuple(side * 1e-9 for side in unix_seconds(0.5, centre=3.0)), 0),
        (tuple(side * 1e140 for side in unix_seconds(0.5, centre=3.0)), 460),
    ],
)
def test_metrics_are_those_of_scikit_learn_wherever_the_labels_lie(
    drawn: tuple[Floats, Floats], k: int, parts: int
) -> None:
    scores, labels = drawn
    halves = zip(np.array_split(scores, parts), np.array_split(labels, parts), strict=True)
    state = reduce(Residuals.merge, [residuals_of(*half, k) for half in halves])
    truths = {
        "rmse": sklearn.root_mean_squared_error(labels, scores),
        "mae": sklearn.mean_absolute_error(labels, scores),
        "r2": 1 - ((scores - labels) ** 2).sum() / ((labels - labels.mean()) ** 2).sum(),
    }
    for name, truth in truths.items():
        assert METRICS[name].function(state) == pytest.approx(truth, rel=1e-12, abs=0), name


@given(st.lists(FINITE, max_size=30))
def test_sums_over_rows_are_exact(values: list[float]) -> None:
    total, squares = exact_moments(np.array(values, dtype=np.float64))
    kept = [Fraction(value) for value in values if abs(value) > 1e-250]
    assert total == pytest.approx(sum(kept, Fraction(0)), abs=1e-240)
    if len(kept) == len(values) - values.count(0.0):
        assert (total, squares) == (sum(kept, Fraction(0)), sum((x * x for x in kept), Fraction(0)))


NUMBERS = st.lists(FINITE, min_size=1, max_size=4)


def column(values: list[float]) -> ColumnState:
    """The state of one partition, whose sums are floats as older Profiles have them."""
    squares = math.fsum(value * value for value in values)
    return ColumnState("number", len(values), total=math.fsum(values), squares=squares)


def residuals(values: list[float]) -> Residuals:
    return residuals_of(np.array(values), np.array(values[::-1]) / 3, 3)


def classifier(values: list[float]) -> LabelledScores:
    return LabelledScores(Histogram(-12, {3: 1}), Histogram(-12), sums={"kpi": values[0], "log_loss": values[-1]})


@pytest.mark.parametrize("state_of", [column, residuals, classifier])
@given(many=st.lists(NUMBERS, min_size=3, max_size=6), seed=st.integers(0, 99))
def test_any_order_and_grouping_merges_to_the_same_bits(
    state_of: Callable[[list[float]], Any], many: list[list[float]], seed: int
) -> None:
    states = [state_of(values) for values in many]
    left = reduce(lambda one, two: one.merge(two), states)
    chance = np.random.default_rng(seed)
    rest = [states[i] for i in chance.permutation(len(states))]
    while len(rest) > 1:
        one, two = (rest.pop(int(chance.integers(len(rest)))) for _ in range(2))
        rest.append(one.merge(two))
    assert rest[0] == left


def test_the_variance_of_unix_seconds_does_not_cancel() -> None:
    parts = np.array_split(unix_seconds(0.0)[1], 9)
    states = []
    for part in parts:
        total, squares = exact_moments(part)
        states.append(ColumnState("number", len(part), total=total, squares=squares))
    merged = reduce(ColumnState.merge, states)
    whole = np.concatenate(parts)
    assert merged.variance == pytest.approx(np.var(whole, ddof=1), rel=1e-12)
    assert merged.mean == pytest.approx(whole.mean(), rel=1e-15)


def test_moments_that_are_unknown_stay_unknown() -> None:
    known, unknown = (ColumnState("number", 2, total=3.0, squares=squares) for squares in (5.0, None))
    assert known.variance == 0.5
    assert unknown.variance is None
    assert known.merge(unknown).variance is None
    assert known.merge(unknown).mean == 1.5


@given(st.integers(0, 2**32))
def test_categories_beyond_what_a_partition_names_merge_in_any_order(seed: int) -> None:
    chance = np.random.default_rng(seed)
    states = []
    for day in range(4):
        names = chance.choice(2_000, MAX_CATEGORIES, replace=False)
        counts = {
            f"c{name}": int(count) for name, count in zip(names, chance.integers(1, 9, MAX_CATEGORIES), strict=True)
        }
        states.append(ColumnState("text", sum(counts.values()) + day, categories=counts, other=day))
    a, b, c, d = states
    assert a.merge(b).merge(c).merge(d) == d.merge(b).merge(c.merge(a)) == a.merge(b.merge(c.merge(d)))
    together = a.merge(b).merge(c).merge(d)
    assert sum(together.categories.values()) + together.other == together.rows
