"""The estimate of the served metric before labels come, and its record on days whose labels are known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.served_model import decide_action
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.monitoring.estimate import estimate_served
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import promised_outcomes

from .served_world import World, labelled

TRAINED = date(2024, 3, 4)
ONE, ROWS = ModelVersion(1), 2_000


def day_of(day: date, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are the probabilities of their labels; a smaller spread orders the rows worse."""
    random = np.random.default_rng(day.toordinal())
    log_odds = random.normal(0, spread, ROWS)
    scores = 1 / (1 + np.exp(-log_odds))
    return scores, (random.random(ROWS) < scores).astype(int)


def outcomes(day: date, spread: float = 1.5) -> OutcomeProfile:
    scores, labels = day_of(day, spread)
    return labelled(scores[labels == 1], scores[labels == 0])


def scores(day: date, spread: float = 1.5) -> Histogram:
    return histogram_of(day_of(day, spread)[0], SCORE_BIN_EXPONENT)


@pytest.fixture
def world(parcels: Context) -> World:
    made = World(parcels, label_delay=3)
    made.serves(made.trained(TRAINED, judged=outcomes))
    return made


def estimated(world: World, spread: float, known_days: int = 10) -> list[Finding]:
    days = [TRAINED + timedelta(days=n) for n in range(14)]
    served = {day: scores(day, 1.5 if n < known_days else spread) for n, day in enumerate(days)}
    known = {day: outcomes(day) for day in days[:known_days]}
    return estimate_served(world.ctx, promised_outcomes(world.ctx, ONE), served, known)


def test_days_that_wait_are_estimated_and_the_record_of_the_estimate_is_beside(world: World) -> None:
    [finding] = estimated(world, spread=1.5)
    assert (finding.status, finding.severity) == (Status.PASS, Severity.INFO)
    assert (finding.details["days"], finding.details["known_days"]) == (4, 10)
    assert finding.details["then"] == pytest.approx(finding.details["truth"], abs=0.01)
    assert finding.observed == pytest.approx(finding.details["folds"], abs=0.015)


def test_scores_that_order_worse_than_on_the_folds_warn_and_decide_nothing(world: World) -> None:
    [finding] = estimated(world, spread=0.5)
    assert finding.status is Status.WARN
    assert finding.observed < finding.details["folds"] - 0.1
    served = Finding("served.metric", Status.PASS, "fine", observed=0.7)
    assert decide_action([served, finding]).action == "none"
    assert decide_action([served, finding]).status is Status.PASS


def test_without_a_day_that_waits_nothing_is_estimated(world: World) -> None:
    assert estimated(world, spread=1.5, known_days=14) == []


def test_without_a_fold_nothing_is_estimated(parcels: Context) -> None:
    bare = World(parcels, label_delay=3)
    bare.serves(bare.trained(TRAINED))
    assert estimated(bare, spread=1.5) == []
