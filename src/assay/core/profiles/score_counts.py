"""The scores per label as dense arrays, for the metrics of a classifier and for the merges of the jackknife."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assay.core.profiles.exact_sums import Exact, merge_sums
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores
from assay.core.profiles.score_grid import COARSEST, LOG_ODDS_EXPONENT, half_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The rows per score bin and label, as arrays.

    Both `positives` and `negatives` have the grid's bins and two slots more, in the order of the score. They add up to
    `positive` and `negative`. The first slot holds the scores below the grid, and the last slot those above it.

    A merge adds arrays, a hundred times faster than a merge of sparse bins. So a comparison converts each day once.
    """

    bin_exponent: int
    positives: Ints
    negatives: Ints
    positive: int
    negative: int
    unlabelled: int
    sums: dict[str, Exact]

    @classmethod
    def of(cls, scores: LabelledScores | Counts) -> Counts:
        """Return the dense form at the coarser grid of both labels; `scores` itself if it is dense.

        Raises:
            ValueError: The grid is none of scores.
        """
        if isinstance(scores, Counts):
            return scores
        bin_exponent = max(scores.positives.bin_exponent, scores.negatives.bin_exponent)
        positives, negatives = _dense(scores.positives, bin_exponent), _dense(scores.negatives, bin_exponent)
        totals = int(positives.sum()), int(negatives.sum())
        return cls(bin_exponent, positives, negatives, *totals, scores.unlabelled, dict(scores.sums))

    def merge(self, that: Counts) -> Counts:
        """Return both counts together, at the coarser of the two grids."""
        bin_exponent = max(self.bin_exponent, that.bin_exponent)
        one, two = self.coarsen(bin_exponent), that.coarsen(bin_exponent)
        return Counts(
            bin_exponent,
            one.positives + two.positives,
            one.negatives + two.negatives,
            self.positive + that.positive,
            self.negative + that.negative,
            self.unlabelled + that.unlabelled,
            merge_sums(self.sums, that.sums, empty=self.is_empty, that_empty=that.is_empty),
        )

    def coarsen(self, bin_exponent: int) -> Counts:
        """Return the same counts at the coarser grid `bin_exponent`, exactly."""
        if bin_exponent == self.bin_exponent:
            return self
        arrays = [_coarsen(array, bin_exponent - self.bin_exponent) for array in (self.positives, self.negatives)]
        return Counts(bin_exponent, arrays[0], arrays[1], self.positive, self.negative, self.unlabelled, self.sums)

    @property
    def rows(self) -> int:
        """The number of rows with a label."""
        return self.positive + self.negative

    @property
    def pairs_won(self) -> float:
        """The number of pairs in which the positive scores above the negative; one within a bin counts as half."""
        negatives = self.negatives.astype(np.float64)
        # Multiplied and added up: a dot product of BLAS starts threads, which cost more than they save here.
        return float((self.positives * (np.cumsum(negatives) - negatives / 2)).sum())

    @property
    def pairs_tied(self) -> float:
        """The number of pairs of a positive and a negative within one bin."""
        return float((self.positives.astype(np.float64) * self.negatives).sum())

    @property
    def is_empty(self) -> bool:
        """True if no row was counted."""
        return self.unlabelled == 0 and self.rows == 0


def score_bins(scores: Floats) -> Ints:
    """Return the bin of each score from 0 to 1; one below the first bin, or one above the last, where it is outside.

    >>> score_bins(np.array([0.0, 0.4999, 0.5, 1.0])).tolist()
    [-8193, -1, 0, 8192]
    """
    half = half_of(LOG_ODDS_EXPONENT)
    with np.errstate(divide="ignore"):
        log_odds = np.log(scores / (1 - scores))
    return np.clip(np.floor(np.ldexp(log_odds, -LOG_ODDS_EXPONENT)), -half - 1, half).astype(np.int64)


@lru_cache(maxsize=16)
def score_grid(bin_exponent: int) -> tuple[Floats, Floats, Floats]:
    """Return the lower edges, centres and upper edges of a grid's slots as probabilities, read-only.

    The first and the last slot are those of the scores outside the grid; their centres are 0 and 1.
    """
    half, width = half_of(bin_exponent), 2.0**bin_exponent
    places = np.arange(-half, half + 1, dtype=np.float64)
    edges, middles = (1 / (1 + np.exp(-log_odds)) for log_odds in (places * width, (places[:-1] + 0.5) * width))
    lower = np.concatenate(([0.0], edges))
    upper = np.concatenate((edges, [1.0]))
    centres = np.concatenate(([0.0], middles, [1.0]))
    for array in (lower, centres, upper):
        array.setflags(write=False)
    return lower, centres, upper


def _dense(histogram: Histogram, bin_exponent: int) -> Ints:
    if not LOG_ODDS_EXPONENT <= bin_exponent <= COARSEST:
        ends = f"{LOG_ODDS_EXPONENT} to {COARSEST}"
        raise ValueError(f"a histogram of scores has bin_exponent from {ends}, not {bin_exponent}")
    at = histogram.coarsen(bin_exponent)
    half = half_of(bin_exponent)
    counts = np.zeros(2 * half + 2, dtype=np.int64)
    indices = np.fromiter(at.bins.keys(), np.int64, len(at.bins))
    rows = np.fromiter(at.bins.values(), np.int64, len(at.bins))
    np.add.at(counts, np.clip(indices, -half - 1, half) + half + 1, rows)
    counts[0] += at.under
    counts[-1] += at.over
    return counts


def _coarsen(array: Ints, shift: int) -> Ints:
    inner = array[1:-1].reshape(-1, 1 << shift).sum(axis=1)
    return np.concatenate((array[:1], inner, array[-1:]))
