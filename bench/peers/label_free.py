"""The estimate of the ROC AUC before labels come, ours and that of NannyML's CBPE, against the truth.

One feature moves and spreads from week to week; its relation to the label stays. The labels are known here, and the
error of an estimate is its distance from the AUC of the week's rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.core.monitoring.performance_estimate import BINS, Calibration, estimate
from assay.core.profiles.from_arrays import histogram_of, label_scores
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT
from bench.peers.environment import PeersEnvironment
from bench.simulated_days import Floats

KNOWN_ROWS, ROWS_A_DAY, CHUNK_DAYS = 84_000, 1_000, 7
CHUNK = ROWS_A_DAY * CHUNK_DAYS
METRIC = "roc_auc"


@dataclass(frozen=True, slots=True, eq=False)
class EstimatedWeeks:
    """The AUC of each week: the truth and the estimates of both; NannyML's is None without its package.

    `shared` is NannyML's estimate from scores that our calibration has already made.
    """

    truth: Floats
    assay: Floats
    nannyml: Floats | None
    shared: Floats | None


def lines(weeks: int, peers: PeersEnvironment) -> Iterator[str]:
    """Yield the errors of the estimates for a score that is calibrated and for one that is too extreme."""
    for name, extreme in (("calibrated scores", 1.0), ("scores with doubled log odds", 2.0)):
        one = estimated(weeks, extreme, peers)
        errors = np.abs(one.assay - one.truth)
        line = f"{name}, {weeks} weeks: |estimate - truth| Assay {errors.mean():.4f}, at most {errors.max():.4f}"
        if one.nannyml is not None and one.shared is not None:
            errors = np.abs(one.nannyml - one.truth)
            line += f"; NannyML {errors.mean():.4f}, at most {errors.max():.4f}"
            line += f"; Assay - NannyML at most {np.abs(one.assay - one.nannyml).max():.1e}"
            line += f", by our calibration {np.abs(one.assay - one.shared).max():.1e}"
        yield line


def estimated(weeks: int, extreme: float, peers: PeersEnvironment) -> EstimatedWeeks:
    """Return the estimates of some weeks with a covariate shift; `extreme` multiplies the score's log odds."""
    rng = np.random.default_rng([weeks, int(extreme)])
    known_scores, known_labels = _rows(rng, KNOWN_ROWS, 0.0, 1.0, extreme)
    served = [_rows(rng, CHUNK, *moved, extreme) for moved in zip(*_moves(weeks), strict=True)]
    calibration = Calibration.of([label_scores(known_scores, known_labels)])
    if calibration is None:
        raise ValueError("the reference has rows of one label alone")
    expected = [calibration.expected(histogram_of(scores, SCORE_BIN_EXPONENT)) for scores, _ in served]
    assay = np.array([estimate([one], METRIC) for one in expected], dtype=np.float64)
    truth = np.array([label_auc(*one) for one in served])
    if peers.python is None:
        return EstimatedWeeks(truth, assay, None, None)
    scores = np.concatenate([one for one, _ in served])
    nannyml = _cbpe(peers, known_scores, known_labels, scores, calibrated=False)
    rates = [_rates(calibration, one) for one in (known_scores, scores)]
    shared = _cbpe(peers, rates[0], known_labels, rates[1], calibrated=True)
    return EstimatedWeeks(truth, assay, nannyml, shared)


def label_auc(scores: Floats, labels: NDArray[np.int64]) -> float:
    """Return the ROC AUC of scores without ties (Mann and Whitney 1947)."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores)] = np.arange(1, len(scores) + 1)
    positive = int(labels.sum())
    pairs = positive * (len(labels) - positive)
    return (float(ranks[labels == 1].sum()) - positive * (positive + 1) / 2) / pairs


def _moves(weeks: int) -> tuple[Floats, Floats]:
    place = np.arange(weeks) / max(1, weeks - 1)
    return place, 1 + 0.5 * np.sin(2 * np.pi * place)


def _rows(
    rng: np.random.Generator, rows: int, mean: float, spread: float, extreme: float
) -> tuple[Floats, NDArray[np.int64]]:
    log_odds = -1.5 + mean + spread * rng.standard_normal(rows)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    return 1 / (1 + np.exp(-extreme * log_odds)), labels


def _rates(calibration: Calibration, scores: Floats) -> Floats:
    return np.asarray(calibration.rates[np.minimum((scores * BINS).astype(np.int64), BINS)])


def _cbpe(
    peers: PeersEnvironment, known: Floats, labels: NDArray[np.int64], scores: Floats, *, calibrated: bool
) -> Floats:
    arrays = {
        "known_scores": known,
        "known_labels": labels,
        "scores": scores,
        "chunk": np.array(CHUNK),
        "calibrated": np.array(calibrated),
    }
    return np.array(peers.answer("cbpe_of_nannyml.py", arrays)["estimates"])
