"""Days that are drawn for simulations of the gate, and the exact bounds of a share."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

Floats = NDArray[np.float64]
BURN_IN = 60


def smooth(days: int, autocorrelation: float, rng: np.random.Generator, *, skewed: bool = False) -> Floats:
    """Return days with mean 0 and deviation 1 that depend on the day before."""
    total = days + BURN_IN
    drawn = 1 - rng.exponential(size=total) if skewed else rng.standard_normal(total)
    series = np.empty(total)
    series[0], rest = drawn[0], math.sqrt(1 - autocorrelation**2)
    for n in range(1, total):
        series[n] = autocorrelation * series[n - 1] + rest * drawn[n]
    return series[BURN_IN:]


def day_deviation(error: float, days: int, autocorrelation: float) -> float:
    """Return the deviation of a day that gives that standard error over so many days, in the limit of many days."""
    return error * math.sqrt(days * (1 - autocorrelation) / (1 + autocorrelation))


def bounds(hits: int, runs: int) -> str:
    """Return the share and its exact bounds, in percent."""
    low = beta.ppf(0.005, hits, runs - hits + 1) if hits else 0.0
    high = beta.ppf(0.995, hits + 1, runs - hits) if hits < runs else 1.0
    return f"{100 * hits / runs:6.2f} % [{100 * low:.2f}, {100 * high:.2f}]"
