"""The metrics for the comparison of models, each with its direction.

The metrics of a binary classifier are computed from its binned scores, each with a bound on the error of the bins. The
functions for a regressor are in `regression_metrics`. Every function returns None where the metric is undefined, never
NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import attrgetter
from typing import Any

import numpy as np

from assay.core.evaluation.regression_metrics import mae, no_error, r2, rmse
from assay.core.evaluation.within_day import WithinDay, within_day_bound, within_day_roc_auc
from assay.core.profiles.exact_sums import exact
from assay.core.profiles.outcome_profile import LabelledScores, Scored
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_counts import Counts, Floats, score_grid
from assay.core.profiles.score_grid import half_of
from assay.core.task_type import TaskType

Scores = LabelledScores | Counts


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric for the comparison of contenders.

    The value of a prepared state is `function`, None where it is undefined. Binning may have moved it by at most
    `bound`. A stored state becomes the form that merges fast by `prepare`. A metric of another kind of model has three
    functions of its own. With `by_day`, the value of all days together does not follow from their scores in one state:
    each day has to be prepared.

    The direction of a metric is here only. All other code uses gains, which are positive where a model is better, and
    the texts for them in `claims`.
    """

    name: str
    title: str
    higher_is_better: bool
    function: Callable[[Any], float | None]
    bound: Callable[[Any], float | None]
    prepare: Callable[[Any], Any] = Counts.of
    task: TaskType = TaskType.CLASSIFICATION
    article: str = "a"
    by_day: bool = False

    def over(self, days: Iterable[Any]) -> float | None:
        """Return the value over days, each in its stored form; None without a day, or where it is undefined."""
        prepared = [self.prepare(day) for day in days]
        return self.function(reduce(lambda one, two: one.merge(two), prepared)) if prepared else None

    @property
    def named(self) -> str:
        """The title with its article: "a ROC AUC", "an RMSE"."""
        return f"{self.article} {self.title}"

    @property
    def limit(self) -> str:
        """The name of the limit of the metric: a floor, or a ceiling where lower is better."""
        return "floor" if self.higher_is_better else "ceiling"

    @property
    def side(self) -> str:
        """The side of the limit on which a value has to be: "at least" or "at most"."""
        return "at least" if self.higher_is_better else "at most"

    @property
    def sign(self) -> int:
        """+1 when higher is better, -1 when lower is."""
        return 1 if self.higher_is_better else -1

    def why_undefined(self, state: Any) -> str:
        """Return the reason why `function` gave no number, as a clause for a sentence."""
        if state.rows == 0:
            return "no row has a label"
        for label in ("positive", "negative"):
            if getattr(state, label, 1) == 0 and self.name in _NEEDS[label]:
                return f"no row is {label}"
        if self.by_day:
            return "no day has rows of both labels"
        if self.name == "r2" and all(isinstance(exact(total), Fraction) for total in state.sums.values()):
            return "all labels are alike"
        return "it is not a finite number"


def roc_auc(scores: Scores) -> float | None:
    """Return the chance that a positive scores above a negative, with ties in a bin as half; None without both labels.

    >>> from assay.core.profiles.histogram import Histogram
    >>> roc_auc(LabelledScores(Histogram(-6, {7: 1, 9: 1}), Histogram(-6, {7: 1})))
    0.75
    """
    counts = Counts.of(scores)
    pairs = float(counts.positive) * counts.negative
    return counts.pairs_won / pairs if pairs else None


def roc_auc_bound(scores: Scores) -> float | None:
    """Return a bound on the distance of `roc_auc` from that of the unbinned scores.

    It is sum_b(pos_b neg_b) / 2PN: half the share of the pairs in one bin.
    """
    counts = Counts.of(scores)
    pairs = float(counts.positive) * counts.negative
    return counts.pairs_tied / (2 * pairs) if pairs else None


def pr_auc(scores: Scores) -> float | None:
    """Return the average precision, the sum of (gain in recall) x precision; None without both labels.

    The sum is over the bins, from the highest score down.
    """
    counts = Counts.of(scores)
    if counts.positive == 0 or counts.negative == 0:
        return None
    here, hits, all_ = _from_the_top(counts)
    return float(here @ (hits / all_)) / counts.positive


def pr_auc_bound(scores: Scores) -> float | None:
    """Return a bound on the distance of `pr_auc` from that of the unbinned scores.

    It is the worst case of two orders in each bin: all its positives first, or all its negatives first.
    """
    counts = Counts.of(scores)
    if counts.positive == 0 or counts.negative == 0:
        return None
    here, hits, all_ = _from_the_top(counts)
    before_misses = np.concatenate(([0.0], (all_ - hits)[:-1]))
    gains = here > 0
    here, hits, all_, before_misses = here[gains], hits[gains], all_[gains], before_misses[gains]
    first = hits - here + 1
    best, worst, binned = hits / (hits + before_misses), first / (first + all_ - hits), hits / all_
    return float(here @ np.maximum(best - binned, binned - worst)) / counts.positive


def log_loss(scores: Scores) -> float | None:
    """Return the mean negative log-likelihood; None without labelled rows.

    It is exact where its sum was measured. Otherwise it is computed from the centres of bins, which is that of scores
    clipped to the ends of the grid.
    """
    counts = Counts.of(scores)
    exact = _exact(counts, "log_loss")
    return exact if "log_loss" in counts.sums else _mean_loss(counts, _log_loss_at)


def log_loss_bound(scores: Scores) -> float | None:
    """Return a bound on the distance of `log_loss` from that of the clipped scores; 0 for an exact sum."""
    return _loss_bound(Counts.of(scores), "log_loss", _log_loss_at)


def brier(scores: Scores) -> float | None:
    """Return the mean squared distance of score and label; None without labelled rows.

    It is exact where its sum was measured, and computed from the centres of bins otherwise.
    """
    counts = Counts.of(scores)
    return _exact(counts, "brier") if "brier" in counts.sums else _mean_loss(counts, _brier_at)


def brier_bound(scores: Scores) -> float | None:
    """Return a bound on the distance of `brier` from that of the unbinned scores; 0 for an exact sum."""
    return _loss_bound(Counts.of(scores), "brier", _brier_at)


def f1(scores: Scores) -> float | None:
    """Return F1 where a score of one half or more means positive; None without positives.

    It is exact, since one half is the edge of a bin.
    """
    counts = Counts.of(scores)
    if counts.positive == 0:
        return None
    middle = 1 + half_of(counts.bin_exponent)
    hits, alarms = int(counts.positives[middle:].sum()), int(counts.negatives[middle:].sum())
    return 2 * hits / (counts.positive + hits + alarms)


def base_rate(scores: Scores) -> float | None:
    """Return the share of positives among the labelled rows; None without labelled rows."""
    counts = Counts.of(scores)
    return counts.positive / counts.rows if counts.rows else None


def _zero_bound(scores: Scores) -> float | None:
    return None if f1(scores) is None else 0.0


def _from_the_top(counts: Counts) -> tuple[Floats, Floats, Floats]:
    """Return the positives of each non-empty bin from the highest score down, and the cumulated positives and rows."""
    positives, negatives = counts.positives[::-1], counts.negatives[::-1]
    held = (positives + negatives) > 0
    here: Floats = positives[held].astype(np.float64)
    hits: Floats = np.cumsum(here)
    all_: Floats = np.cumsum(here + negatives[held])
    return here, hits, all_


def _exact(counts: Counts, name: str) -> float | None:
    total, rows = counts.sums.get(name, math.nan), counts.rows
    return float(total) / rows if rows and math.isfinite(total) else None


def _log_loss_at(scores: Floats, bin_exponent: int) -> tuple[Floats, Floats]:
    lowest, highest = score_grid(bin_exponent)[0][[1, -1]]
    clipped = np.clip(scores, lowest, highest)
    return -np.log(clipped), -np.log1p(-clipped)


def _brier_at(scores: Floats, _bin_exponent: int) -> tuple[Floats, Floats]:
    return (1 - scores) ** 2, scores**2


def _mean_loss(counts: Counts, loss: Callable[[Floats, int], tuple[Floats, Floats]]) -> float | None:
    if counts.rows == 0:
        return None
    of_positive, of_negative = loss(score_grid(counts.bin_exponent)[1], counts.bin_exponent)
    return float(counts.positives @ of_positive + counts.negatives @ of_negative) / counts.rows


def _loss_bound(counts: Counts, name: str, loss: Callable[[Floats, int], tuple[Floats, Floats]]) -> float | None:
    if counts.rows == 0:
        return None
    if name in counts.sums:
        return 0.0 if math.isfinite(counts.sums[name]) else None
    lower, centre, upper = (loss(at, counts.bin_exponent) for at in score_grid(counts.bin_exponent))
    worst = [np.maximum(abs(lower[i] - centre[i]), abs(upper[i] - centre[i])) for i in (0, 1)]
    return float(counts.positives @ worst[0] + counts.negatives @ worst[1]) / counts.rows


_AREAS = {"roc_auc", "within_day_roc_auc", "pr_auc"}
_NEEDS = {"positive": {*_AREAS, "f1"}, "negative": _AREAS}

_BARE = attrgetter("bare")

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("roc_auc", "ROC AUC", True, roc_auc, roc_auc_bound),
        Metric(
            "within_day_roc_auc",
            "ROC AUC within days",
            True,
            within_day_roc_auc,
            within_day_bound,
            WithinDay.of,
            by_day=True,
        ),
        Metric("pr_auc", "PR AUC", True, pr_auc, pr_auc_bound),
        Metric("log_loss", "log loss", False, log_loss, log_loss_bound),
        Metric("brier", "Brier score", False, brier, brier_bound),
        Metric("f1", "F1", True, f1, _zero_bound, article="an"),
        Metric("rmse", "RMSE", False, rmse, no_error, _BARE, TaskType.REGRESSION, "an"),
        Metric("mae", "MAE", False, mae, no_error, _BARE, TaskType.REGRESSION, "an"),
        Metric("r2", "R²", True, r2, no_error, _BARE, TaskType.REGRESSION, "an"),
    )
}
"""Every metric by its name in the spec."""


def metrics_of(task: TaskType) -> dict[str, Metric]:
    """Return the metrics of one task type, by name."""
    return {name: metric for name, metric in METRICS.items() if metric.task is task}


def task_of(state: Scored) -> TaskType:
    """Return the task type of the model of a stored state."""
    return TaskType.REGRESSION if isinstance(state, Residuals) else TaskType.CLASSIFICATION
