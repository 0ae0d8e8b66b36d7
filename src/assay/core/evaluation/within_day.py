"""The ROC AUC within days: the chance that a positive scores above a negative of the same day.

Decisions are often made among the rows of one day. The pooled AUC also rewards a model for knowing which days are bad,
and its error is that of the days. Within days that part is left out, so the error of a difference is several times
smaller. The mean over the days has the weights positives x negatives / rows, those of the stratified rank test (van
Elteren 1960).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assay.core.profiles.outcome_profile import LabelledScores
from assay.core.profiles.score_counts import Counts


@dataclass(frozen=True, slots=True)
class WithinDay:
    """The AUC of each day times the day's weight, added up, with the weights and the bounds of the bins alike.

    A day without rows of both labels has no weight. The numbers of rows are those of all days.
    """

    weighted: float
    weight: float
    moved: float
    positive: int
    negative: int

    @classmethod
    def of(cls, scores: LabelledScores | Counts | WithinDay) -> WithinDay:
        """Return the state of the rows of one day; `scores` itself if it is such a state."""
        if isinstance(scores, WithinDay):
            return scores
        counts = Counts.of(scores)
        if not counts.positive or not counts.negative:
            return cls(0.0, 0.0, 0.0, counts.positive, counts.negative)
        weight = counts.positive * counts.negative / counts.rows
        won, moved = counts.pairs_won / counts.rows, counts.pairs_tied / 2 / counts.rows
        return cls(won, weight, moved, counts.positive, counts.negative)

    def merge(self, that: WithinDay) -> WithinDay:
        """Return the state of other days together with these."""
        return WithinDay(
            self.weighted + that.weighted,
            self.weight + that.weight,
            self.moved + that.moved,
            self.positive + that.positive,
            self.negative + that.negative,
        )

    @property
    def rows(self) -> int:
        """The number of rows with a label."""
        return self.positive + self.negative


def within_day_roc_auc(scores: LabelledScores | Counts | WithinDay) -> float | None:
    """Return the mean of the days' AUC; None without a day that has rows of both labels.

    The scores of a single day are its own AUC.

    >>> from assay.core.profiles.histogram import Histogram
    >>> one = LabelledScores(Histogram(-6, {9: 1}), Histogram(-6, {7: 1}))
    >>> two = LabelledScores(Histogram(-6, {3: 1}), Histogram(-6, {3: 2}))
    >>> round(within_day_roc_auc(WithinDay.of(one).merge(WithinDay.of(two))), 4)
    0.7143
    """
    state = WithinDay.of(scores)
    return state.weighted / state.weight if state.weight else None


def within_day_bound(scores: LabelledScores | Counts | WithinDay) -> float | None:
    """Return a bound on the distance of `within_day_roc_auc` from that of the unbinned scores."""
    state = WithinDay.of(scores)
    return state.moved / state.weight if state.weight else None


def exact_within_day(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], days: npt.NDArray[np.integer]
) -> float:
    """Return the mean of the days' AUC from rows: labels 0 or 1, scores, and for each row the number of its day.

    Ties count as half. The result is NaN where no day has rows of both labels.
    """
    order = np.lexsort((scores, days))
    day, label = days[order], labels[order]
    ranks = _middle_ranks(day, scores[order])
    _, group = np.unique(day, return_inverse=True)
    rows, positives = np.bincount(group), np.bincount(group, weights=label == 1)
    won = np.bincount(group, weights=np.where(label == 1, ranks, 0.0)) - positives * (positives + 1) / 2
    weight = positives * (rows - positives) / rows
    return float((won / rows).sum() / weight.sum()) if weight.sum() else float("nan")


def _middle_ranks(day: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the rank of each row within its day, from 1; rows are sorted by day and score, and ties share a rank."""
    new_day = np.concatenate(([True], day[1:] != day[:-1]))
    new_value = new_day | np.concatenate(([True], scores[1:] != scores[:-1]))
    starts = np.flatnonzero(new_value)
    ends = np.append(starts[1:], len(day))
    middle = (starts + ends - 1) / 2
    first_of_day = np.maximum.accumulate(np.where(new_day, np.arange(len(day)), 0))
    return np.asarray(middle[np.cumsum(new_value) - 1] - first_of_day + 1, dtype=np.float64)
