"""The autocorrelation of days at a lag of one, corrected for the bias that few days give it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_AUTOCORRELATION = 0.9
"""The largest autocorrelation that is corrected for; beyond it a series has too few independent days."""


def autocorrelation_of(deviations: ArrayLike) -> float:
    """Return the autocorrelation of deviations from their mean, between 0 and MAX_AUTOCORRELATION.

    The estimate of n days is about (1 + 4 r) / n too low (Kendall 1954). A negative one counts as 0, so that no error
    ever gets smaller. It is 0 below five days, and without any deviation.
    """
    c: NDArray[np.float64] = np.asarray(deviations, dtype=np.float64)
    days, squares = len(c), float(c @ c)
    if days < 5 or squares == 0:
        return 0.0
    raw = float(c[:-1] @ c[1:]) / squares
    return min(MAX_AUTOCORRELATION, max(0.0, (days * raw + 1) / (days - 4)))


def variance_factor(deviations: ArrayLike) -> float:
    """Return the factor by which the variance of a mean is larger since its days follow each other, at least 1.

    It is (1 + r) / (1 - r) for an autocorrelation r.

    >>> variance_factor([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    1.0
    """
    r = autocorrelation_of(deviations)
    return (1 + r) / (1 - r)
