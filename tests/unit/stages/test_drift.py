"""Drift of what a version scored: the calendar is not judged, and neither is less than a week."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from assay.core.check import Finding, Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.served_model import decide_action
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.table_profile import ColumnState, TableProfile, merge_profiles
from assay.stages.monitoring.drift import find_drift
from assay.stages.runtime.context import Context

from .served_world import World, labelled

TRAINED = date(2024, 3, 4)
NIGHTS = 35


def numbers(values: np.ndarray, k: int) -> ColumnState:
    bins, counts = np.unique(np.floor(np.ldexp(values, -k)).astype(int), return_counts=True)
    histogram = Histogram(k, dict(zip(bins.tolist(), counts.tolist(), strict=True)))
    return ColumnState(
        "number", len(values), low=float(values.min()), high=float(values.max()), total=float(values.sum()),
        squares=float((values**2).sum()), histogram=histogram,
    )  # fmt: skip


def day_of(day: date, *, sensor: float | None = None, score: float = 0.0) -> TableProfile:
    """200 rows: scores that are lower on weekends, a sensor, the month and the weekday's name."""
    chance = np.random.default_rng(day.toordinal())
    scores = 1 / (1 + np.exp(-chance.normal(score - (day.weekday() >= 5), 1, 200)))
    read = chance.normal(20, 3, 200) if sensor is None else np.full(200, sensor)
    return TableProfile(
        200,
        {
            "sensor": numbers(read, -2),
            "month": numbers(np.full(200, float(day.month)), -6),
            "weekday": ColumnState("text", 200, categories={f"{day:%a}": 200}),
            "score": numbers(scores, -12),
        },
    )


@pytest.fixture
def world(parcels: Context) -> World:
    return World(parcels, label_delay=3)


def live(world: World, calendar: dict[str, str], **drift: Any) -> list[list[Finding]]:
    """What is found on each night of a version's service; what drifts does so from the third week on."""
    days = [TRAINED - timedelta(days=n) for n in range(1, 61)]
    whole = merge_profiles(day_of(day) for day in days)
    assert whole is not None
    features = {name: state for name, state in whole.columns.items() if name != "score"}
    chance, weekend = np.random.default_rng(1), np.arange(7_000) % 7 >= 5
    held_out = 1 / (1 + np.exp(-chance.normal(-1.0 * weekend, 1, 7_000)))
    about = world.trained(
        TRAINED,
        profile=TableProfile(whole.rows, features),
        judged=labelled(held_out[:2_000], held_out[2_000:]),
        calendar=calendar,
    )
    world.serves(about)
    nightly_findings = []
    for n in range(NIGHTS):
        day = TRAINED + timedelta(days=n)
        world.scored({day: day_of(day, **drift) if n >= 14 else day_of(day)})
        nightly_findings.append(find_drift(world.ctx, Interval.of(day), ModelVersion(1)))
    return nightly_findings


def drifted(findings: list[Finding]) -> set[str | None]:
    return {f.column for f in findings if f.check == "drift.psi" and f.status is not Status.PASS}


def test_no_night_asks_for_a_retraining_where_nothing_drifts_but_the_calendar(world: World) -> None:
    nights = live(world, {"month": "month", "weekday": "weekday"})
    assert [decide_action(findings).action for findings in nights] == ["none"] * NIGHTS
    assert [drifted(findings) for findings in nights] == [set()] * NIGHTS
    assert {f.check for findings in nights[:6] for f in findings} == {"drift.days"}
    assert {decide_action(findings).status for findings in nights[:6]} == {Status.WARN}, "no pass by emptiness"
    named = {f.column for f in nights[-1] if f.check == "drift.calendar"}
    assert named == {"month", "weekday"}


def test_without_a_note_of_the_training_the_calendar_is_judged_and_asks_for_nothing(world: World) -> None:
    nights = live(world, {})
    assert drifted(nights[-1]) == {"month"}, "a weekday is balanced by whole weeks, a month is not"
    assert {decide_action(findings).action for findings in nights} == {"none"}


def test_a_sensor_that_freezes_is_found_and_asks_for_nothing(world: World) -> None:
    nights = live(world, {"month": "month", "weekday": "weekday"}, sensor=17.0)
    first = next(n for n, findings in enumerate(nights) if drifted(findings) == {"sensor"})
    assert 14 <= first < 14 + 10
    assert decide_action(nights[-1]).action == "none"


def test_a_calendar_column_that_varies_within_the_day_is_judged_again(world: World) -> None:
    nights = live(world, {"sensor": "weekday", "month": "month", "weekday": "weekday"})
    assert "sensor" not in {f.column for f in nights[-1] if f.check == "drift.calendar"}
    assert "sensor" in {f.column for f in nights[-1] if f.check == "drift.psi"}


def test_scores_that_shift_for_good_ask_for_a_retraining_after_about_a_week_and_not_after_one_day(
    world: World,
) -> None:
    nights = live(world, {"month": "month", "weekday": "weekday"}, score=1.2)
    retrain_nights = [n for n, findings in enumerate(nights) if decide_action(findings).action == "retrain"]
    assert 14 + 3 <= retrain_nights[0] <= 14 + 9
    assert retrain_nights == list(range(retrain_nights[0], NIGHTS)), "and go on asking"
