"""The metrics that models are compared by, with their direction; those of a binary classifier from its binned scores,
each with a bound on what the bins cost. Those of a regressor stand in `regression`.

Every function returns None where the metric is undefined, never NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import Any

import numpy as np

from assay.core.evaluation.regression_metrics import mae, no_error, r2, rmse
from assay.core.profiles.exact_sums import exact
from assay.core.profiles.outcome_profile import LabelledScores, Scored
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_counts import Counts, Floats, score_grid
from assay.core.task_type import TaskType

Scores = LabelledScores | Counts


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that contenders can be compared by.

    `function` takes a prepared state and returns the value, None where undefined; `bound` says by how much binning
    may have moved it at most. `prepare` turns a stored state into the form that merges fast; a metric of another
    kind of model brings its own three functions. The direction stands here alone: whoever compares takes gains, which
    are positive where a model is better, and words for them from `claim`.
    """

    name: str
    title: str
    higher_is_better: bool
    function: Callable[[Any], float | None]
    bound: Callable[[Any], float | None]
    prepare: Callable[[Any], Any] = Counts.of
    task: TaskType = TaskType.CLASSIFICATION
    article: str = "a"

    @property
    def named(self) -> str:
        """The title with its article: "a ROC AUC", "an RMSE"."""
        return f"{self.article} {self.title}"

    @property
    def limit(self) -> str:
        """What a value is called that must be kept: a floor, or a ceiling where lower is better."""
        return "floor" if self.higher_is_better else "ceiling"

    @property
    def side(self) -> str:
        """On which side of its limit a value must lie: "at least" or "at most" it."""
        return "at least" if self.higher_is_better else "at most"

    @property
    def sign(self) -> int:
        """+1 when higher is better, -1 when lower is."""
        return 1 if self.higher_is_better else -1

    def why_undefined(self, state: Any) -> str:
        """A few words on why `function` gave no number, for a sentence."""
        if state.rows == 0:
            return "no row has a label"
        for label in ("positive", "negative"):
            if getattr(state, label, 1) == 0 and self.name in _NEEDS[label]:
                return f"no row is {label}"
        if self.name == "r2" and all(isinstance(exact(total), Fraction) for total in state.sums.values()):
            return "all labels are alike"
        return "it is not a finite number"


def roc_auc(scores: Scores) -> float | None:
    """The chance that a positive scores above a negative, ties within a bin counted half; None without both labels.

    >>> from assay.core.profiles.histogram import Histogram
    >>> roc_auc(LabelledScores(Histogram(-12, {7: 1, 9: 1}), Histogram(-12, {7: 1})))
    0.75
    """
    counts = Counts.of(scores)
    positives, negatives = counts.positives.astype(np.float64), counts.negatives.astype(np.float64)
    pairs = float(positives.sum() * negatives.sum())
    if pairs == 0:
        return None
    below = np.cumsum(negatives) - negatives / 2
    return float(positives @ below) / pairs


def roc_auc_bound(scores: Scores) -> float | None:
    """At most how far `roc_auc` lies from that of the unbinned scores: sum_b(pos_b neg_b) / 2PN, the share of pairs
    that share a bin, halved."""
    counts = Counts.of(scores)
    positives, negatives = counts.positives.astype(np.float64), counts.negatives.astype(np.float64)
    pairs = float(positives.sum() * negatives.sum())
    return float(positives @ negatives) / (2 * pairs) if pairs else None


def pr_auc(scores: Scores) -> float | None:
    """Average precision, sum of (gain in recall) x precision over the bins from the top; None without both labels."""
    counts = Counts.of(scores)
    if counts.positive == 0 or counts.negative == 0:
        return None
    here, hits, all_ = _from_the_top(counts)
    return float(here @ (hits / all_)) / counts.positive


def pr_auc_bound(scores: Scores) -> float | None:
    """At most how far `pr_auc` lies from that of the unbinned scores: the worst over both orders within each bin,
    all its positives first or all its negatives first."""
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
    """The mean negative log-likelihood: exact where its sum was measured, otherwise from bin centres, that is of
    scores clipped to half a bin from 0 and 1. None without labelled rows."""
    counts = Counts.of(scores)
    exact = _exact(counts, "log_loss")
    return exact if "log_loss" in counts.sums else _mean_loss(counts, _log_loss_at)


def log_loss_bound(scores: Scores) -> float | None:
    """At most how far `log_loss` lies from that of the clipped scores; 0 where its exact sum was measured."""
    return _loss_bound(Counts.of(scores), "log_loss", _log_loss_at)


def brier(scores: Scores) -> float | None:
    """The mean squared distance of score and label: exact where its sum was measured, otherwise from bin centres.
    None without labelled rows."""
    counts = Counts.of(scores)
    return _exact(counts, "brier") if "brier" in counts.sums else _mean_loss(counts, _brier_at)


def brier_bound(scores: Scores) -> float | None:
    """At most how far `brier` lies from that of the unbinned scores; 0 where its exact sum was measured."""
    return _loss_bound(Counts.of(scores), "brier", _brier_at)


def f1(scores: Scores) -> float | None:
    """F1 when a score of one half or more means positive; exact, since one half is the edge of a bin. None without
    positives."""
    counts = Counts.of(scores)
    if counts.positive == 0:
        return None
    if counts.bin_exponent == 0:
        return None
    middle = 1 + (1 << -counts.bin_exponent) // 2
    hits, alarms = int(counts.positives[middle:].sum()), int(counts.negatives[middle:].sum())
    return 2 * hits / (counts.positive + hits + alarms)


def base_rate(scores: Scores) -> float | None:
    """The share of positives among the labelled rows, None without any."""
    counts = Counts.of(scores)
    return counts.positive / counts.rows if counts.rows else None


def _zero_bound(scores: Scores) -> float | None:
    return None if f1(scores) is None else 0.0


def _from_the_top(counts: Counts) -> tuple[Floats, Floats, Floats]:
    """Per non-empty bin from the highest score down: its positives, and cumulated positives and rows."""
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
    smallest = 2.0 ** (bin_exponent - 1)
    clipped = np.clip(scores, smallest, 1 - smallest)
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


_NEEDS = {"positive": {"roc_auc", "pr_auc", "f1"}, "negative": {"roc_auc", "pr_auc"}}

_BARE = attrgetter("bare")

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("roc_auc", "ROC AUC", True, roc_auc, roc_auc_bound),
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
    """The metrics of one kind of prediction, by name."""
    return {name: metric for name, metric in METRICS.items() if metric.task is task}


def task_of(state: Scored) -> TaskType:
    """What the model of a stored state predicts."""
    return TaskType.REGRESSION if isinstance(state, Residuals) else TaskType.CLASSIFICATION
