"""The estimates of `bench.drift` before labels come, where the packages of other monitors are not installed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bench.peers.environment import PeersEnvironment
from bench.peers.label_free import estimated, label_auc
from bench.peers.label_free import lines as label_free

ABSENT = PeersEnvironment(None, "not here")


def test_the_truth_is_the_auc_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    scores, labels = rng.random(500), rng.integers(0, 2, 500)
    assert label_auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_estimates_follow_a_covariate_shift() -> None:
    one = estimated(5, 2.0, ABSENT)
    assert one.nannyml is None
    assert np.abs(one.assay - one.truth).max() < 0.03
    assert np.ptp(one.truth) > 0.05


def test_there_is_a_line_for_each_kind_of_scores_without_the_packages_too() -> None:
    assert len(list(label_free(2, ABSENT))) == 2
