"""Scores and labels as the state that a model's measurement gives."""

from __future__ import annotations

import numpy as np

from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile


def labelled(scores: np.ndarray, labels: np.ndarray) -> LabelledScores:
    sides = []
    for side in (scores[labels], scores[~labels]):
        index, counts = np.unique(np.clip(np.floor(side * 4096), 0, 4095).astype(int), return_counts=True)
        sides.append(Histogram(SCORE_BIN_EXPONENT, dict(zip(index.tolist(), counts.tolist(), strict=True))))
    return LabelledScores(sides[0], sides[1])


def scores_of(profile: OutcomeProfile) -> LabelledScores:
    """Return what was measured of all rows of a profile of probabilities."""
    assert isinstance(profile.overall, LabelledScores)
    return profile.overall
