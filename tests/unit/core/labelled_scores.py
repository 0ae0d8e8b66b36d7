"""Scores and labels as the state that a model's measurement gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile


def labelled(scores: np.ndarray, labels: np.ndarray) -> LabelledScores:
    """Return the histograms alone, as of a profile without exact sums."""
    return replace(label_scores(np.clip(scores, 0, 1), labels), sums={})


def scores_of(profile: OutcomeProfile) -> LabelledScores:
    """Return what was measured of all rows of a profile of probabilities."""
    assert isinstance(profile.overall, LabelledScores)
    return profile.overall
