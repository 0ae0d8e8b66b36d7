"""Drift of what a version scored: the calendar is not judged, one day is one alarm, and what stays is an incident."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from assay.core.check import Finding, Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.served_model import decide_action
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import ColumnState, TableProfile, merge_profiles
from assay.stages.monitoring.drift import daily_drift, drift_alarms, find_drift
from assay.stages.runtime.context import Context

from .served_world import World, labelled

TRAINED = date(2024, 3, 4)
NIGHTS, BEGINS, ROWS = 42, 14, 200
CALENDAR = {"month": "month", "weekday": "weekday"}


def numbers(values: np.ndarray, exponent: int) -> ColumnState:
    low, high = float(values.min()), float(values.max())
    return ColumnState("number", len(values), low=low, high=high, histogram=histogram_of(values, exponent))


def scores_of(day: date, shift: float = 0.0) -> np.ndarray:
    """Scores that are lower on weekends."""
    chance = np.random.default_rng(day.toordinal())
    return np.asarray(1 / (1 + np.exp(-chance.normal(shift - (day.weekday() >= 5), 1, ROWS))))


def day_of(day: date, *, sensor: float | None = None, score: float = 0.0, depot: str = "N") -> TableProfile:
    chance = np.random.default_rng(day.toordinal() + 10**6)
    read = chance.normal(20, 3, ROWS) if sensor is None else np.full(ROWS, sensor)
    return TableProfile(
        ROWS,
        {
            "sensor": numbers(read, -2),
            "depot": ColumnState("text", ROWS, categories={depot: 120, "S": 50, "E": 30}),
            "month": numbers(np.full(ROWS, float(day.month)), -6),
            "weekday": ColumnState("text", ROWS, categories={f"{day:%a}": ROWS}),
            "score": numbers(scores_of(day, score), -12),
        },
    )


def promised(day: date) -> OutcomeProfile:
    scores = scores_of(day)
    return labelled(scores[:60], scores[60:])


@pytest.fixture
def world(parcels: Context) -> World:
    return World(parcels, label_delay=3)


def live(world: World, calendar: dict[str, str], *, days: int = NIGHTS, **drift: Any) -> None:
    """A version serves for NIGHTS days; what drifts does so from the day BEGINS on."""
    reference = {TRAINED - timedelta(days=n): day_of(TRAINED - timedelta(days=n)) for n in range(1, 61)}
    features = {
        day: TableProfile(ROWS, {name: state for name, state in profile.columns.items() if name != "score"})
        for day, profile in reference.items()
    }
    whole = merge_profiles(features.values())
    world.serves(world.trained(TRAINED, profile=whole, reference=features, judged=promised, calendar=calendar))
    served = {TRAINED + timedelta(days=n): n for n in range(NIGHTS)}
    world.scored(
        {day: day_of(day, **drift) if BEGINS <= n < BEGINS + days else day_of(day) for day, n in served.items()}
    )


def drift_on(world: World, interval: Interval) -> list[Finding]:
    return find_drift(world.ctx, interval, daily_drift(world.ctx, ModelVersion(1), interval.end))


def night(world: World, n: int) -> list[Finding]:
    return drift_on(world, Interval.of(TRAINED + timedelta(days=n)))


def whole(world: World) -> list[Finding]:
    return drift_on(world, Interval(TRAINED, TRAINED + timedelta(days=NIGHTS)))


def alarms(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.check, one.column, one.statistic) for one in drift_alarms(findings)]


def of(findings: list[Finding], check: str, column: str, statistic: str) -> list[Finding]:
    return [f for f in findings if (f.check, f.column) == (check, column) and f.details.get("statistic") == statistic]


def test_no_night_is_loud_where_nothing_drifts_but_the_calendar(world: World) -> None:
    live(world, CALENDAR)
    findings = whole(world)
    assert alarms(findings) == []
    assert decide_action(findings).action == "none"
    assert {f.column for f in findings if f.check == "drift.calendar"} == {"month", "weekday"}
    assert {f.status for f in night(world, 0) if f.check == "drift.jump"} == {Status.PASS}, "60 days are enough"


def test_a_sensor_that_freezes_is_one_alarm_on_its_first_day_and_one_digest(world: World) -> None:
    live(world, CALENDAR, sensor=17.0)
    assert ("drift.jump", "sensor", "spread") in alarms(night(world, BEGINS))
    assert decide_action(night(world, BEGINS)).action == "look"
    assert alarms(night(world, BEGINS + 1)) == []
    assert decide_action(night(world, BEGINS + 1)).action == "none"
    findings = whole(world)
    [jump], [digest] = (of(findings, check, "sensor", "spread") for check in ("drift.jump", "drift.level"))
    assert jump.details["day"] == digest.details["since"] == str(TRAINED + timedelta(days=BEGINS))
    assert jump.details["meaning"] == digest.details["meaning"] == "incident"
    ends = date.fromisoformat(digest.details["digest"]) - TRAINED
    assert (ends.days + 1) % 7 == 0, "LEVEL speaks at the end of a week of service"
    assert ("drift.level", "sensor", "spread") in alarms(night(world, ends.days))


def test_scores_that_shift_for_good_ask_for_a_look_and_never_for_a_training(world: World) -> None:
    live(world, CALENDAR, score=1.2)
    assert ("drift.jump", "score", "mean") in alarms(night(world, BEGINS))
    assert decide_action(night(world, BEGINS)).action == decide_action(whole(world)).action == "look"


def test_one_bad_day_is_one_alarm_and_no_departure(world: World) -> None:
    live(world, CALENDAR, days=1, score=2.5)
    findings = whole(world)
    assert {check for check, _, _ in alarms(findings)} == {"drift.jump"}
    [crossing] = of(findings, "drift.jump", "score", "mean")
    assert crossing.details["meaning"] == "bad-days"
    assert crossing.details["psi"] > 0.2
    assert crossing.details["day"] == str(TRAINED + timedelta(days=BEGINS))


def test_a_category_that_training_never_had_is_unseen(world: World) -> None:
    live(world, CALENDAR, depot="W")
    findings = night(world, BEGINS)
    assert {("drift.jump", "depot", "unseen"), ("drift.jump", "depot", "category")} <= set(alarms(findings))
    assert of(findings, "drift.jump", "depot", "unseen")[0].observed == pytest.approx(0.6)


def test_without_a_note_of_the_training_a_month_is_listed_as_outside_of_its_training(world: World) -> None:
    live(world, {})
    findings = night(world, NIGHTS - 1)
    [unjudged] = [f for f in findings if f.check == "drift.unjudged"]
    assert unjudged.details["outside"]["month"] > 0.5
    assert decide_action(findings).action == "none"


def test_a_calendar_column_that_varies_within_the_day_is_judged_again(world: World) -> None:
    live(world, {"sensor": "weekday", **CALENDAR}, sensor=17.0)
    findings = night(world, BEGINS)
    assert "sensor" not in {f.column for f in findings if f.check == "drift.calendar"}
    assert "sensor" in {column for _, column, _ in alarms(findings)}


def test_a_column_that_is_of_another_kind_now_fails_and_is_named(world: World) -> None:
    live(world, CALENDAR)
    day = TRAINED + timedelta(days=NIGHTS)
    changed = day_of(day)
    columns = {**changed.columns, "depot": numbers(np.zeros(ROWS), 0)}
    world.scored({day: TableProfile(ROWS, columns)})
    findings = drift_on(world, Interval.of(day))
    assert [(f.column, f.status) for f in findings if f.check == "drift.kind"] == [("depot", Status.FAIL)]
    assert not [f for f in night(world, NIGHTS - 1) if f.check == "drift.kind"]


def test_a_history_that_is_too_short_is_no_pass(world: World) -> None:
    short = {TRAINED - timedelta(days=n): day_of(TRAINED - timedelta(days=n)) for n in range(1, 11)}
    world.serves(world.trained(TRAINED, profile=merge_profiles(short.values()), reference=short))
    world.scored({TRAINED: day_of(TRAINED)})
    findings = drift_on(world, Interval.of(TRAINED))
    assert [(f.check, f.observed) for f in findings] == [("drift.days", 10)]
    assert decide_action(findings).status is Status.WARN


def test_an_older_day_that_is_scored_again_does_not_begin_the_service(world: World) -> None:
    live(world, CALENDAR, sensor=17.0)
    before = whole(world)
    old = TRAINED - timedelta(days=120)
    world.scored({old: day_of(old, sensor=3.0)})
    assert alarms(whole(world)) == alarms(before)
    assert drift_on(world, Interval.of(old))[0].check == "drift.days"


def test_a_training_that_kept_no_days_is_a_warning_and_no_crash(world: World) -> None:
    world.serves(world.trained(TRAINED, reference={}))
    world.scored({TRAINED: day_of(TRAINED)})
    [finding] = drift_on(world, Interval.of(TRAINED))
    assert (finding.check, finding.status) == ("drift.days", Status.WARN)
