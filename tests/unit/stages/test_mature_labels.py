"""Only days whose labels are complete, and that a model was not trained on, judge it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.stages.evaluation.gate import gate
from assay.stages.models.served_outcomes import served_outcomes
from assay.stages.monitoring.monitor import monitor
from assay.stages.planning.windows import windows_for
from assay.stages.runtime.context import Context, StageOutcome

from .served_world import World, labelled

TRAINED = date(2024, 3, 1)
LABEL_DELAY = 21


@pytest.fixture
def world(parcels: Context) -> World:
    return World(parcels, label_delay=LABEL_DELAY)


def day_of(chance: np.random.Generator, gaps: tuple[float, float], *, complete: bool) -> OutcomeProfile:
    """A day of 300 rows: positives that are known early and late score higher by these gaps; early ones are a quarter,
    and all that is known while labels are still coming in."""
    early, late = (chance.normal(gap, 1, count) for gap, count in zip(gaps, (25, 75), strict=True))
    negatives = 1 / (1 + np.exp(-chance.normal(0, 1, 200)))
    positives = 1 / (1 + np.exp(-(np.concatenate([early, late]) if complete else early)))
    return labelled(positives, negatives, unlabelled=0 if complete else 75)


def serve(world: World, nights: int) -> list[date]:
    """Version 1 scored some days since its training; the days."""
    judged = day_of(np.random.default_rng(1), (0.9, 0.9), complete=True)
    world.serves(world.trained(TRAINED, judged=judged))
    days = [TRAINED + timedelta(days=n) for n in range(nights)]
    for day in days:
        chance = np.random.default_rng(day.toordinal())
        world.scored({day: scores_of(chance)})
    return days


def scores_of(chance: np.random.Generator) -> TableProfile:
    values = 1 / (1 + np.exp(-chance.normal(0.3, 1, 300)))
    bins, counts = np.unique(np.floor(values * 4096).astype(int), return_counts=True)
    histogram = Histogram(SCORE_BIN_EXPONENT, dict(zip(bins.tolist(), counts.tolist(), strict=True)))
    return TableProfile(300, {"score": ColumnState("number", 300, total=float(values.sum()), histogram=histogram)})


@pytest.fixture
def outcomes(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[float, float]]:
    """What Spark would measure of served scores, by gaps that a test may change: labels come as `day_of` says."""
    gaps = {"gaps": (0.9, 0.9)}

    def measured(_: Context, days: dict[date, Any], interval: Interval) -> dict[date, OutcomeProfile]:
        scored_days = {}
        for day in sorted(days):
            complete = day < interval.end - timedelta(days=world.label_delay)
            scored_days[day] = day_of(np.random.default_rng([day.toordinal(), 7]), gaps["gaps"], complete=complete)
        return scored_days

    monkeypatch.setattr("assay.stages.monitoring.monitor.measure_served", measured)
    return gaps


def finding(world: World, outcome: StageOutcome, check: str) -> dict[str, Any]:
    findings: list[dict[str, Any]] = world.ctx.runs.read_fields(str(outcome.run_id), "verdict")["findings"]
    [matching] = [f for f in findings if f["check"] == check]
    return matching


def test_labels_that_are_still_coming_in_downgrade_no_model(
    world: World, outcomes: dict[str, tuple[float, float]]
) -> None:
    outcomes["gaps"] = (-2.0, 1.4)  # bad on the labels that come early, good over all of them
    days = serve(world, LABEL_DELAY + 12)
    for day in days[:10]:
        outcome = monitor(world.ctx, Interval.of(day))
    assert (outcome.status, outcome.exit_code) == ("none", 0), outcome.sentence
    assert finding(world, outcome, "served.metric")["details"] == {"waiting": 10, "seen": 0}
    assert world.ctx.runs.read_fields(str(outcome.run_id), "verdict")["status"] == "warn", "no pass by emptiness"
    for day in days[10:]:
        outcome = monitor(world.ctx, Interval.of(day))
    assert finding(world, outcome, "served.metric")["details"]["days"] == 12
    assert outcome.status != "downgrade", outcome.sentence


def test_a_model_below_its_floor_is_downgraded_once_five_days_are_mature(
    world: World, outcomes: dict[str, tuple[float, float]]
) -> None:
    outcomes["gaps"] = (0.0, 0.0)
    days = serve(world, LABEL_DELAY + 5)
    actions = [monitor(world.ctx, Interval.of(day)).status for day in days]
    assert actions == ["none"] * (LABEL_DELAY + 4) + ["downgrade"]


@pytest.mark.usefixtures("outcomes")
def test_a_night_that_was_missed_is_made_up_for_when_its_days_are_mature(world: World) -> None:
    days = serve(world, LABEL_DELAY + 9)
    for n, day in enumerate(days):
        if n not in (LABEL_DELAY + 2, LABEL_DELAY + 3):  # the only nights at which two of the days would become mature
            monitor(world.ctx, Interval.of(day))
    assert list(served_outcomes(world.ctx, ModelVersion(1))) == days[:9]


@pytest.mark.usefixtures("outcomes")
def test_old_dates_that_are_monitored_again_take_no_mature_day_away(world: World) -> None:
    days = serve(world, LABEL_DELAY + 9)
    for day in days:
        monitor(world.ctx, Interval.of(day))
    before = served_outcomes(world.ctx, ModelVersion(1))
    monitor(world.ctx, Interval.of(days[4]))
    assert served_outcomes(world.ctx, ModelVersion(1)) == before
    assert list(before) == days[:9]


def test_a_backfill_judges_no_version_by_days_that_it_was_trained_or_promoted_by(
    world: World, outcomes: dict[str, tuple[float, float]]
) -> None:
    outcomes["gaps"] = (3.0, 3.0)  # as good as a model is that knows the rows
    serve(world, 1)
    windows = windows_for(world.ctx.pipeline.spec, TRAINED, None)
    known = Interval(min(windows.window.start, windows.folds[0].block.start), windows.window.end)
    world.scored({day: scores_of(np.random.default_rng(day.toordinal())) for day in known})
    outcome = monitor(world.ctx, known)
    assert served_outcomes(world.ctx, ModelVersion(1)) == {}
    assert outcome.status == "none"
    metric = finding(world, outcome, "served.metric")
    assert (metric["observed"], metric["details"]["seen"]) == (0, len(known))


def test_a_training_older_than_the_champion_never_replaces_it_even_by_force(world: World) -> None:
    old = TRAINED - timedelta(days=10)
    world.trained(old)
    world.serves(world.trained(TRAINED))
    world.ctx.force = True
    outcome = gate(world.ctx, old)
    assert (outcome.status, outcome.exit_code) == ("refuse", 3)
    assert finding(world, outcome, "gate.newer_champion")["details"]["champion"] == str(TRAINED)
    assert world.ctx.promotions.history()[-1].champion == 1
    assert world.ctx._spark is None
