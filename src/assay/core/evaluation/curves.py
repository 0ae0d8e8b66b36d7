"""Curves of a binary classifier from its binned scores: ROC, precision-recall and calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.core.evaluation.metrics import Scores
from assay.core.profiles.score_counts import Counts, Floats, score_grid


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """The rows with scores in one tenth (or another part) of [0, 1]: their mean score, and their share of positives."""

    mean_score: float
    observed: float
    rows: int


def roc_curve(scores: Scores) -> tuple[Floats, Floats, Floats] | None:
    """Return the false positive rates, the true positive rates and the thresholds; None without both labels.

    The curve goes from (0, 0) at an infinite threshold to (1, 1), with one point per bin that holds a row.
    """
    counts = Counts.of(scores)
    if counts.positive == 0 or counts.negative == 0:
        return None
    held, thresholds = _held_from_the_top(counts)
    hits = np.cumsum(counts.positives[::-1][held]) / counts.positive
    alarms = np.cumsum(counts.negatives[::-1][held]) / counts.negative
    return np.append(0.0, alarms), np.append(0.0, hits), np.append(np.inf, thresholds)


def pr_curve(scores: Scores) -> tuple[Floats, Floats, Floats] | None:
    """Return the precisions, the recalls and the thresholds, from the highest score down; None without positives.

    There is one point per bin that holds a row.
    """
    counts = Counts.of(scores)
    if counts.positive == 0:
        return None
    held, thresholds = _held_from_the_top(counts)
    hits = np.cumsum(counts.positives[::-1][held])
    all_ = np.cumsum((counts.positives + counts.negatives)[::-1][held])
    return hits / all_, hits / counts.positive, thresholds


def calibration(scores: Scores, parts: int = 10) -> list[CalibrationPoint]:
    """Return the mean score and the observed rate in `parts` equal parts of [0, 1], without empty parts.

    Each score counts as the centre of its bin. So a row within half a bin (at most .002) of a border may be in the
    part beside.
    """
    counts = Counts.of(scores)
    centres = score_grid(counts.bin_exponent)[1]
    part = np.minimum((centres * parts).astype(np.int64), parts - 1)
    rows = counts.positives + counts.negatives
    per_part = [np.bincount(part, weights, minlength=parts) for weights in (rows, rows * centres, counts.positives)]
    return [
        CalibrationPoint(float(total / n), float(positive / n), int(n))
        for n, total, positive in zip(*per_part, strict=True)
        if n > 0
    ]


def calibration_error(scores: Scores, parts: int = 10) -> float | None:
    """Return the expected calibration error (Naeini et al., AAAI 2015); None without labelled rows.

    It is the mean distance of score and observed rate over the parts, weighted by rows.
    """
    points = calibration(scores, parts)
    rows = sum(point.rows for point in points)
    if rows == 0:
        return None
    return sum(point.rows * abs(point.mean_score - point.observed) for point in points) / rows


def _held_from_the_top(counts: Counts) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Floats]:
    held = (counts.positives + counts.negatives)[::-1] > 0
    return held, score_grid(counts.bin_exponent)[0][::-1][held]
