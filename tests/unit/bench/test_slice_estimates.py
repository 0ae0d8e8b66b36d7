"""The bench of estimates by slice, on one run: its true metric, and the slices that are named."""

from __future__ import annotations

import numpy as np
import pytest

from assay.core.monitoring.performance_estimate import estimate
from assay.core.monitoring.slice_estimates import SlicedFolds
from bench.slice_estimates import (
    COLUMN,
    FOLD_DAYS,
    METRIC,
    MIN_ROWS,
    WAITING,
    SliceWorld,
    cut,
    drawn,
    name_of,
    named_nights,
)


def test_the_true_metric_is_the_one_of_labels_but_for_chance() -> None:
    made = drawn(SliceWorld(), WAITING, np.random.default_rng(1), change_from=WAITING)
    labelled = METRIC.over(day.slices[COLUMN]["A"] for day in made.days.values())
    assert estimate(made.true["A"], METRIC.name) == pytest.approx(labelled, abs=0.03)


def test_a_slice_whose_scores_narrow_is_named_and_no_other() -> None:
    world = SliceWorld(changed=1, spread=0.3)
    nights = named_nights(world, 3, 5, change_from=FOLD_DAYS)
    assert [set(night) for night in nights] == [{name_of(1)}] * 3


def test_every_slice_has_the_rows_of_a_slice_of_its_own() -> None:
    made = drawn(SliceWorld(), FOLD_DAYS, np.random.default_rng(2), change_from=FOLD_DAYS)
    sliced = SlicedFolds.of(METRIC, cut(made.days, 0, FOLD_DAYS), columns=[COLUMN], min_rows=MIN_ROWS)
    assert [one.value for one in sliced.slices] == list("ABCDEFGH")
