"""Scored days of two slices, whose mix, relation or data change after the folds."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from assay.core.profiles.from_arrays import label_scores, residuals_of
from assay.core.profiles.outcome_profile import OutcomeProfile, Scored

Floats = NDArray[np.float64]
FOLDS_FROM, SERVED_FROM = date(2024, 1, 1), date(2024, 4, 1)


@dataclass(frozen=True)
class DaySpec:
    """The rows of a day: the share of slice B, how far the label follows the score, and the share of broken scores.

    `effect` moves the log-odds of all labels of the day.
    """

    share: float = 0.3
    follows: float = 1.0
    broken: float = 0.0
    effect: float = 0.0


def days_from(
    first: date, days: Collection[DaySpec], rng: np.random.Generator, rows: int = 600
) -> dict[date, OutcomeProfile]:
    """Return the outcomes of days that follow each other, for an event."""
    return _days(first, days, lambda day, own: _event(day, own, rows), rng)


def number_days_from(
    first: date, days: Collection[DaySpec], rng: np.random.Generator, rows: int = 400
) -> dict[date, OutcomeProfile]:
    """Return the outcomes of days that follow each other, for a number whose errors in B are three times those in A."""
    return _days(first, days, lambda day, own: _number(day, own, rows), rng)


Rows = tuple[Floats, Floats, NDArray[np.bool_]]


def _days(
    first: date,
    days: Collection[DaySpec],
    rows_of: Callable[[DaySpec, np.random.Generator], Rows],
    rng: np.random.Generator,
) -> dict[date, OutcomeProfile]:
    """Return the outcomes of days; a date has the same labels in every call with an equal generator."""
    outcomes, seed = {}, int(rng.integers(2**32))
    for place, day in enumerate(days):
        at = first + timedelta(days=place)
        scores, labels, in_b = rows_of(day, np.random.default_rng([seed, at.toordinal()]))
        parts = {value: _state(scores[rows], labels[rows]) for value, rows in (("A", ~in_b), ("B", in_b)) if rows.any()}
        outcomes[at] = OutcomeProfile(_state(scores, labels), {"origin": parts})
    return outcomes


def _state(scores: Floats, labels: Floats) -> Scored:
    event = set(np.unique(labels)) <= {0.0, 1.0}
    return label_scores(scores, labels) if event else residuals_of(scores, labels, -3)


def _event(day: DaySpec, rng: np.random.Generator, rows: int) -> Rows:
    in_b = rng.random(rows) < day.share
    slope = np.where(in_b, 0.4, 1.6)
    log_odds = -1.0 + slope * rng.normal(size=rows)
    true = day.effect + np.where(in_b, log_odds * day.follows + (1 - day.follows) * -1.0, log_odds)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-true))).astype(np.float64)
    scores = 1 / (1 + np.exp(-log_odds))
    broken = rng.random(rows) < day.broken
    return np.where(broken, rng.permutation(scores), scores), labels, in_b


def _number(day: DaySpec, rng: np.random.Generator, rows: int) -> Rows:
    in_b = rng.random(rows) < day.share
    scores = rng.normal(10, 3, rows)
    spread = np.where(in_b, 3.0 / day.follows, 1.0)
    return scores, scores + day.effect + rng.normal(size=rows) * spread, in_b
