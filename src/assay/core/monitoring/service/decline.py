"""The evidence that a served metric fell, which may be looked at every day: a mixture sequence on mature days.

The sum of the daily losses, in units of a day's spread, is compared with all sizes of a loss at once. The sizes have a
normal mixture (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021). A judgement by a fixed level each day would be
wrong in half of all years. docs/adr/0017 has the simulation of these constants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.autocorrelation import variance_factor
from assay.core.evaluation.jackknife import Jackknife
from assay.core.monitoring.daily.history import skewness

WINDOWS = (84, 28)
"""The numbers of newest days that are judged beside all days since the promotion."""

MIXTURE_DAYS = 56.0
"""The number of days at which the mixture is most sensitive."""

THRESHOLD = 2.6
"""The log evidence that shows a fall; of three windows in a year, 2.4 % reach it without one (simulated)."""

MAX_EVIDENCE = 1e6
"""The evidence of a fall where the days of the reference do not differ at all: a document holds no infinity."""

SKEWNESS_WEIGHT = 0.9
"""What a unit of negative skewness of the reference's days adds to the threshold."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The value that a metric had, or must have, and the spread of its days.

    - `spread` is the deviation of a day, inflated for days that follow each other.
    - `days` is the number of days that the value was estimated from; infinite for a limit.
    """

    value: float
    spread: float
    days: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Fall:
    """The strongest evidence of a fall, as a logarithm: over how many newest days, and its value there."""

    days: int
    value: float
    evidence: float
    threshold: float

    @property
    def shown(self) -> bool:
        """True if the evidence reaches the threshold."""
        return self.evidence > self.threshold


def reference_of(measured: Jackknife, *, sign: int = 1) -> Reference:
    """Return the reference of a metric from its days, in their order; `sign` is -1 where lower values are better."""
    without = np.array(measured.without)
    influences = sign * (measured.days - 1) * (without.mean() - without)
    spread = float(influences.std(ddof=1)) * math.sqrt(variance_factor(influences))
    threshold = THRESHOLD + SKEWNESS_WEIGHT * max(0.0, -skewness(influences))
    return Reference(measured.estimate, spread, measured.days, threshold)


def limit_of(limit: float, reference: Reference) -> Reference:
    """Return a limit as a reference, with the spread and the threshold of another one."""
    return Reference(limit, reference.spread, math.inf, reference.threshold)


def windows_of(days: int) -> list[int]:
    """Return the numbers of newest days that are judged: all days, and each shorter window.

    >>> windows_of(100), windows_of(84), windows_of(9)
    ([100, 84, 28], [84, 28], [9])
    """
    return [days, *(window for window in WINDOWS if window < days)]


def fall_of(values: Sequence[tuple[int, float]], reference: Reference, *, sign: int = 1) -> Fall:
    """Return the strongest evidence that a metric is worse than its reference.

    Each of `values` has a number of newest days and the metric over them, the largest number first; there is at least
    one. There is no evidence of a fall if the newest days are no worse: a model that recovered is kept.
    """
    newest = sign * (reference.value - values[-1][1])
    falls = [
        Fall(
            days,
            value,
            _evidence(days, sign * (reference.value - value), reference) if newest > 0 else 0.0,
            reference.threshold,
        )
        for days, value in values
    ]
    return max(falls, key=lambda one: one.evidence)


def _evidence(days: int, loss: float, reference: Reference) -> float:
    rounding = 1e-12 * max(1.0, abs(reference.value))
    if loss <= rounding:
        return 0.0
    if reference.spread <= rounding:
        return MAX_EVIDENCE
    total, variance = days * loss / reference.spread, days + days**2 / reference.days
    mixture = total**2 / (2 * (variance + MIXTURE_DAYS)) - 0.5 * math.log1p(variance / MIXTURE_DAYS)
    return min(MAX_EVIDENCE, max(0.0, mixture))
