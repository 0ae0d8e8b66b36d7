"""The plan of a pair: the chance that a true gain is shown by each of its looks, before any day is measured.

The gain over the days is a normal walk with the information of the days. The chance to cross is found by recursion over
the looks (Armitage, McPherson and Rowe 1969; Jennison and Turnbull 2000). The bounds are quantiles of t, since the
error of the days and their autocorrelation are estimated too.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from assay.core.decisions.looks.pair import CONFIDENCE, WEIGHTS

Floats = NDArray[np.float64]

FIRST, STEP = 84, 28
"""The days of the first look, and the new days of a later one, with the folds that the gate has by default."""

CELLS = 801
"""The points of the recursion's grid between the two ends of the region in which a pair stays open."""

SLACK = 0.6
"""The bound is larger than the quantile of t by 1 + SLACK / sqrt(days), for the error that is estimated; simulated."""


def chances(
    gain: float, error: float, *, level: float, margin: float, first: int = FIRST, step: int = STEP
) -> list[float]:
    """Return the chance that a true `gain` is shown by the first look, by the second and so on.

    `error` is the standard error of the gain over the days of the `first` look, in the metric's units as `gain` and
    `margin` are. Each later look has `step` days more.

    Raises:
        ValueError: The error is not positive, or the level is not between 0 and 1.
    """
    if not (error > 0 and 0 < level < 1):
        raise ValueError("a plan needs a positive error, and a level between 0 and 1")
    shown, total = [], 0.0
    walk: tuple[Floats, Floats] | None = None
    before = 0.0
    for look, weight in enumerate(WEIGHTS):
        days = first + step * look
        information = days / first
        low, high = _bounds(days, information, error, level * weight, margin)
        drift = gain / error * (information - before)
        crossed, walk = _step(walk, drift, math.sqrt(information - before), low, high)
        total += crossed
        shown.append(total)
        before = information
    return shown


def _bounds(days: int, information: float, error: float, level: float, margin: float) -> tuple[float, float]:
    """Return the ends of the region in which a pair stays open: below it is closed, above it is shown."""
    from scipy.special import stdtrit

    freedom = 1 / (1 / (days - 1) + 2 / days)
    scale = math.sqrt(information)
    critical = float(stdtrit(freedom, 1 - level)) * (1 + SLACK / math.sqrt(days)) * scale
    pays = margin / (2 * error) * information
    gains_it = margin / error * information - float(stdtrit(freedom, CONFIDENCE)) * scale
    low = max(pays, gains_it)
    return low, max(critical, pays)


def _step(
    walk: tuple[Floats, Floats] | None, drift: float, deviation: float, low: float, high: float
) -> tuple[float, tuple[Floats, Floats]]:
    """Return the probability to cross `high` in this step, and the walk between both ends after it, as a density."""
    from scipy.special import ndtr

    if walk is None:
        points, mass = np.array([0.0]), np.array([1.0])
    else:
        points, mass = walk
    crossed = float(mass @ ndtr((points + drift - high) / deviation))
    if low >= high:
        return crossed, (np.array([0.0]), np.array([0.0]))
    grid = np.linspace(low, high, CELLS)
    width = grid[1] - grid[0]
    gaps = (grid[None, :] - points[:, None] - drift) / deviation
    density = mass @ (np.exp(-0.5 * gaps * gaps) / (deviation * math.sqrt(2 * math.pi)))
    weights = np.full(CELLS, width)
    weights[[0, -1]] /= 2
    return crossed, (grid, density * weights)
