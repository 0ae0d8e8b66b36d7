"""The states of rows that are in memory as arrays; for other rows Spark measures the same states."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.profiles.exact_moments import exact_moments
from assay.core.profiles.histogram import MAX_BIN, Histogram
from assay.core.profiles.outcome_profile import LabelledScores, Scored
from assay.core.profiles.residuals import FINER_EXPONENT, Residuals, error_sums
from assay.core.profiles.score_counts import score_bins
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT, half_of

UNIT = float(1 << 30)
"""The sums of an event are of integers of 2^-30, so that the same rows give the same bits in any order."""


def scores_by_day(
    scores: npt.NDArray[np.float64], labels: npt.NDArray[Any], days: npt.NDArray[Any], bin_exponent: int | None = None
) -> dict[date, Scored]:
    """Return the state of each day, in order, from rows with finite scores and labels, and their days as datetime64[D].

    With a `bin_exponent` the label is a number, and that is the grid of its scores.
    """
    states: dict[date, Scored] = {}
    for day in np.unique(days):
        rows = days == day
        states[day.item()] = (
            label_scores(scores[rows], labels[rows])
            if bin_exponent is None
            else residuals_of(scores[rows], labels[rows], bin_exponent)
        )
    return states


def label_scores(scores: npt.NDArray[np.float64], labels: npt.NDArray[Any]) -> LabelledScores:
    """Return the state of scores in [0, 1] and labels 0 or 1, one of each per row, with the sums for exact metrics."""
    bins, half = score_bins(scores), half_of(LOG_ODDS_EXPONENT)
    sides = [_histogram(bins[labels == label], LOG_ODDS_EXPONENT, half) for label in (1, 0)]
    return LabelledScores(sides[0], sides[1], sums=_event_sums(scores, labels))


def _event_sums(scores: npt.NDArray[np.float64], labels: npt.NDArray[Any]) -> dict[str, float]:
    eps = sys.float_info.epsilon
    clipped = np.clip(scores, eps, 1 - eps)
    losses = -np.where(labels == 1, np.log(clipped), np.log1p(-clipped))
    parts = {"log_loss": losses, "brier": (scores - labels) ** 2, "score": scores}
    return {name: int(np.rint(part * UNIT).astype(np.int64).sum()) / UNIT for name, part in parts.items()}


def histogram_of(values: npt.NDArray[np.float64], bin_exponent: int) -> Histogram:
    """Return the histogram of finite values on the grid `bin_exponent`.

    >>> histogram_of(np.array([0.5, 0.6, 3.0]), 0)
    Histogram(bin_exponent=0, bins={0: 2, 3: 1}, under=0, over=0)
    """
    return _histogram(_bins(values, bin_exponent), bin_exponent)


def residuals_of(scores: npt.NDArray[Any], labels: npt.NDArray[Any], bin_exponent: int) -> Residuals:
    """Return the state of finite `scores` and `labels`, one of each per row, with scores on the grid `bin_exponent`.

    >>> float(residuals_of(np.array([1.0, 3.0]), np.array([2.0, 2.5]), 0).sums["absolute_error"])
    1.5
    """
    scores, labels = scores.astype(np.float64), labels.astype(np.float64)
    errors = scores - labels
    bins = _bins(scores, bin_exponent)
    inside = (bins >= -MAX_BIN) & (bins < MAX_BIN)
    where, place = np.unique(bins[inside], return_inverse=True)
    totals = np.bincount(place, weights=labels[inside], minlength=len(where))
    return Residuals(
        len(scores),
        _histogram(bins, bin_exponent),
        _histogram(_bins(errors, bin_exponent - FINER_EXPONENT), bin_exponent - FINER_EXPONENT),
        {int(index): float(total) for index, total in zip(where, totals, strict=True)},
        sums=error_sums(*(exact_moments(part) for part in (errors[errors > 0], errors[errors < 0], labels))),
    )


def _bins(values: npt.NDArray[np.float64], bin_exponent: int) -> npt.NDArray[np.int64]:
    # Far outside the grid the bin itself does not matter, and would not fit an integer.
    with np.errstate(over="ignore"):
        return np.clip(np.floor(np.ldexp(values, -bin_exponent)), -2.0 * MAX_BIN, 2.0 * MAX_BIN).astype(np.int64)


def _histogram(bins: npt.NDArray[np.int64], bin_exponent: int, limit: int = MAX_BIN) -> Histogram:
    inside, counts = np.unique(bins[(bins >= -limit) & (bins < limit)], return_counts=True)
    counted = dict(zip(inside.tolist(), counts.tolist(), strict=True))
    return Histogram(bin_exponent, counted, int((bins < -limit).sum()), int((bins >= limit).sum()))
