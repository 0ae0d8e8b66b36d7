"""A monitoring puts causes, reviews, the cost of age and late labels into its verdict and its record."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.action_review import ReviewOutcome
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import TableProfile
from assay.core.verdict import Action
from assay.stages.monitoring.monitor import days_to_measure, monitor
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import Cadence, DriftAlarm, MonitoringDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import RunRecord
from bench.split_world import DaySpec, days_from

from .served_world import NAME, World

TRAINED, DAYS = date(2024, 3, 4), 60
ALARM = DriftAlarm(check="drift.jump", column="weight", statistic="mean", category="", meaning="bad days", move=0.4)


@pytest.fixture
def world(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> World:
    """A version whose scores are broken from its twentieth day on; a look was requested on its tenth."""
    made = World(parcels)
    good = days_from(TRAINED, [DaySpec()], np.random.default_rng(1))[TRAINED]
    made.serves(made.trained(TRAINED, judged=lambda _: good))
    days = [DaySpec(broken=0.9 * (place >= 20)) for place in range(DAYS)]
    outcomes = days_from(TRAINED, days, np.random.default_rng(2))
    made.scored({day: TableProfile(1, {}) for day in outcomes})
    looked = MonitoringDetails(version=ModelVersion(1), drifted=(ALARM,))
    at = Interval.of(TRAINED + timedelta(days=10))
    parcels.ledger.append(parcels.record("looked", "monitor", NAME, at, Action.LOOK, details=looked))

    def measured(_ctx: Context, chosen: Any, _interval: Interval) -> dict[date, OutcomeProfile]:
        return {day: outcomes[day] for day in chosen}

    monkeypatch.setattr("assay.stages.monitoring.monitor.measure_served", measured)
    return made


def monitored(world: World, first: int, days: int) -> RunRecord:
    """The record of a monitoring of some days."""
    start = TRAINED + timedelta(days=first)
    outcome = monitor(world.ctx, Interval(start, start + timedelta(days=days)))
    assert outcome.run_id is not None
    return world.ctx.ledger.record(outcome.run_id)


def test_a_fall_has_its_causes_in_the_verdict(world: World) -> None:
    record = monitored(world, 0, 50)
    findings = {one.check: one for one in world.ctx.runs.read(record.run_id, VERDICT).findings}
    causes = findings["served.causes"]
    assert causes.observed < 0
    assert causes.sentence in record.sentence
    since = date.fromisoformat(causes.details["since"]["day"]) if causes.details["since"] else None
    assert since is None or abs((since - TRAINED).days - 20) <= 3


def test_the_review_of_an_earlier_look_uses_what_this_monitoring_measured(world: World) -> None:
    details = monitored(world, 0, 50).details_as(MonitoringDetails)
    [review] = details.reviews
    assert (review.run_id, review.outcome, review.days) == ("looked", ReviewOutcome.CONFIRMED, 28)
    assert monitored(world, 50, 1).details_as(MonitoringDetails).reviews == ()


def test_the_cost_of_age_is_kept_with_its_training_and_recipe(world: World) -> None:
    details = monitored(world, 0, 50).details_as(MonitoringDetails)
    assert details.cadence == Cadence(f"train-{TRAINED}", f"recipe-{TRAINED}", None)


def test_one_mature_day_in_eight_is_measured_again(world: World) -> None:
    nights = [Interval.of(TRAINED + timedelta(days=20 + n)) for n in range(8)]
    monitored(world, 0, 20)
    measured = []
    for night in nights:
        usual = night.back(world.label_delay)
        measured += [day for day in days_to_measure(world.ctx, night) if day not in usual]
        monitor(world.ctx, night)
    assert len(measured) == 1
    assert measured[0].toordinal() % 8 == 0
