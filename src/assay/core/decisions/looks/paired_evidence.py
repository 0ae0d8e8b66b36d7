"""The evidence of a pair of models: the gain of one over the other on the same days, with days that may depend.

The error of the gain comes from its influences, one for each day (the delete-one-day jackknife). Days that follow each
other are alike, so the error is inflated by their autocorrelation, which is itself estimated: that costs degrees of
freedom (Satterthwaite 1946, Kendall 1954). A gain with a long left tail is judged by Johnson's modified t (Johnson
1978), against the contender only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.autocorrelation import autocorrelation_of
from assay.core.evaluation.fold_grid import MIN_DAYS
from assay.core.evaluation.jackknife import Insufficient
from assay.core.text import quantity

JOHNSON_LIMIT = 1.5
"""The size of t, times skewness / sqrt(n), beyond which Johnson's term would fall again."""


@dataclass(frozen=True, slots=True)
class PairedEvidence:
    """The gain of a contender over another model; positive is better in either direction of the metric.

    - `error` is the standard error, inflated for the autocorrelation of the days, and `freedom` its degrees of freedom.
    - `effective_days` is the number of independent days that tell as much.
    - `autocorrelation` is that of the influences at a lag of one day, corrected for its bias and never negative.
    - `skewness` is that of the influences where it is negative, and 0 otherwise.
    """

    estimate: float
    error: float
    freedom: float
    days: int
    effective_days: float
    autocorrelation: float
    skewness: float

    def p_value(self, claim: float = 0.0) -> float:
        """Return the p-value against "the gain is at most `claim`"; small: shown to be larger."""
        from scipy.special import stdtr

        above = self.estimate - claim
        if self.error == 0:
            return 0.0 if above > 0 else 1.0
        t, n = above / self.error, self.effective_days
        if t > 0 and self.skewness < 0:
            t = min(t, JOHNSON_LIMIT * math.sqrt(n) / -self.skewness)
            t += self.skewness * (2 * t * t + 1) / (6 * math.sqrt(n))
        return float(stdtr(self.freedom, -t))

    def upper(self, confidence: float) -> float:
        """Return the one-sided upper bound of the gain at that confidence."""
        return self.estimate + self._reach(confidence)

    def lower(self, confidence: float) -> float:
        """Return the one-sided lower bound of the gain at that confidence."""
        return self.estimate - self._reach(confidence)

    def _reach(self, confidence: float) -> float:
        from scipy.special import stdtrit

        return float(stdtrit(self.freedom, confidence)) * self.error


def paired_evidence(estimate: float, influences: ArrayLike) -> PairedEvidence | Insufficient:
    """Return the evidence of a gain from its influences, in the order of the days.

    For G days, the influence of a day is (G - 1) times the deviation of the gain without that day, with its sign
    turned. The influences of a mean are the deviations of the days from it.
    """
    c: NDArray[np.float64] = np.asarray(influences, dtype=np.float64)
    days = len(c)
    if days < MIN_DAYS:
        return Insufficient(f"they share {quantity(days, 'day')}, and it takes {MIN_DAYS}")
    c = c - c.mean()
    squares = float(c @ c)
    if squares == 0:
        return PairedEvidence(estimate, 0.0, days - 1.0, days, float(days), 0.0, 0.0)
    r = autocorrelation_of(c)
    inflation = (1 + r) / (1 - r)
    effective = days / inflation
    if effective <= 2:
        return Insufficient(f"{quantity(days, 'day')} tell as much as {effective:.1f} independent ones")
    error = math.sqrt(squares / (days * (days - 1)) * inflation)
    freedom = 1 / (1 / (effective - 1) + 2 / (days * (1 - r * r)))
    skewness = min(0.0, float((c**3).mean()) / (squares / days) ** 1.5)
    return PairedEvidence(estimate, error, freedom, days, effective, r, skewness)


def influences_of(without: Sequence[float]) -> list[float]:
    """Return the influences from the values of a statistic without each of the days, in their order.

    >>> influences_of([2.0, 1.0])  # the mean of the days 1.0 and 2.0, without each of them
    [-0.5, 0.5]
    """
    mean = math.fsum(without) / len(without)
    return [(len(without) - 1) * (mean - value) for value in without]
