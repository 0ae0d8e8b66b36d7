"""Scores of rows that are at hand as arrays, counted per label: the state that Spark measures where they are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from assay.core.grid import LIMIT, SCORE_K, Histogram
from assay.core.outcome import LabelledScores


def label_scores(scores: npt.NDArray[np.float64], labels: npt.NDArray[Any]) -> LabelledScores:
    """The labelled histograms of scores in [0, 1] and labels 0 or 1, one of each per row."""
    bins = np.floor(np.ldexp(scores, -SCORE_K)).astype(np.int64)

    def histogram(chosen: npt.NDArray[np.int64]) -> Histogram:
        inside, counts = np.unique(chosen[chosen < LIMIT], return_counts=True)
        counted = dict(zip(inside.tolist(), counts.tolist(), strict=True))
        return Histogram(SCORE_K, counted, over=int((chosen >= LIMIT).sum()))

    return LabelledScores(histogram(bins[labels == 1]), histogram(bins[labels == 0]))
