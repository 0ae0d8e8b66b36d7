"""The shape of a day's scores: their distribution without their mean and spread, and the distance to the nearest day.

The nearest day is what makes the distance fit for days of several kinds: a Sunday is like the last Sundays. The
distance is the largest gap of two distribution functions (Kolmogorov 1933, Smirnov 1939).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.core.profiles.histogram import Histogram
from assay.core.profiles.score_moments import Moments, points

Floats = NDArray[np.float64]

EDGE, CELLS = 4.0, 256
"""The grid of a shape: CELLS cells from -EDGE to EDGE standard deviations; what is outside is in the outer cells."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreShape:
    """The shares of a day's rows up to each cell of the grid, cumulative, and the number of rows."""

    rows: int
    upto: Floats


def shape_of(histogram: Histogram, moments: Moments) -> ScoreShape:
    """Return the shape of scores with these moments; scores that all share a bin lie in one cell."""
    centres, counts = (np.array(part, dtype=np.float64) for part in points(histogram))
    standard = (centres - moments.mean) / (moments.deviation or 1.0)
    cells = np.clip(np.floor((standard + EDGE) * CELLS / (2 * EDGE)), 0, CELLS - 1).astype(np.int64)
    shares = np.bincount(cells, weights=counts, minlength=CELLS) / counts.sum()
    return ScoreShape(moments.rows, np.cumsum(shares))


def nearest(shape: ScoreShape, others: Sequence[ScoreShape]) -> tuple[float, int]:
    """Return the largest gap, from 0 to 1, to the day that is most alike, and that day's number of rows."""
    gaps = np.abs(np.array([other.upto for other in others]) - shape.upto).max(axis=1)
    closest = int(gaps.argmin())
    return float(gaps[closest]), others[closest].rows


def farthest_neighbour(shapes: Sequence[ScoreShape]) -> float:
    """Return the gap of that day to its nearest one which has the widest, among at least two days."""
    upto = np.array([shape.upto for shape in shapes])
    gaps = np.array([np.abs(upto - row).max(axis=1) for row in upto])
    np.fill_diagonal(gaps, np.inf)
    return float(gaps.min(axis=1).max())
