"""The backtest of the monitor: the alarms of past days by several settings, as nights would have raised them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assay.core.interval import Interval
from assay.core.monitoring.daily.backtest import Replayed, propose
from assay.core.monitoring.daily.judge import Alarm
from assay.errors import InputError
from assay.stages.monitoring.backtest import backtest, backtest_document, backtest_lines
from assay.stages.monitoring.drift import drift_alarms
from assay.stages.runtime.context import Context

from ...expect_errors import raises_code
from .served_world import World
from .test_drift import BEGINS, CALENDAR, NIGHTS, TRAINED, drift_on, live

SERVICE = Interval(TRAINED, TRAINED + timedelta(days=NIGHTS))


@pytest.fixture
def world(parcels: Context) -> World:
    return World(parcels, label_delay=3)


def test_a_backtest_shows_the_alarms_that_the_nights_raise(world: World) -> None:
    live(world, CALENDAR, sensor=17.0)
    tested = backtest(world.ctx, SERVICE)
    nightly = drift_alarms(drift_on(world, SERVICE))
    shown = [crossing.name for alarm in tested.own.alarms for crossing in alarm.crossings]
    assert [(one.column, one.kind.value) for one in shown] == [
        (one.column, one.statistic) for one in nightly if one.check == "drift.jump"
    ]
    assert tested.own.alarms[0].day == TRAINED + timedelta(days=BEGINS)
    assert tested.versions == (1,)
    assert tested.own.judged_days == NIGHTS


def test_a_larger_setting_raises_no_fewer_alarms(world: World) -> None:
    live(world, CALENDAR, score=0.5)
    tested = backtest(world.ctx, SERVICE)
    settings = [one.false_alarms for one in tested.settings]
    assert settings == sorted(settings)
    crossed = [sum(len(alarm.crossings) for alarm in one.alarms) + len(one.departures) for one in tested.settings]
    assert crossed == sorted(crossed)


def test_a_part_of_the_service_counts_its_own_days_alone(world: World) -> None:
    live(world, CALENDAR, sensor=17.0)
    before = backtest(world.ctx, Interval(TRAINED, TRAINED + timedelta(days=BEGINS)))
    assert (before.own.judged_days, before.own.alarms, before.own.departures) == (BEGINS, (), ())
    assert before.proposed == before.settings[-1]


def test_the_document_and_the_lines_hold_every_alarm(world: World) -> None:
    live(world, CALENDAR, sensor=17.0)
    tested = backtest(world.ctx, SERVICE)
    document, lines = backtest_document(tested), "\n".join(backtest_lines(tested))
    assert len(document["settings"]) == len(tested.settings)
    for alarm in document["alarms"]:
        assert alarm["day"] in lines
    assert {one["statistic"] for alarm in document["alarms"] for one in alarm["statistics"]} >= {"spread"}


def test_days_that_were_not_scored_cannot_be_tested(world: World) -> None:
    live(world, CALENDAR)
    with raises_code(InputError, "no-history"):
        backtest(world.ctx, Interval(TRAINED - timedelta(days=9), TRAINED))


@pytest.mark.parametrize(("counts", "proposed"), [((0, 1, 3), 1.0), ((0, 0, 0), 2.0), ((5, 5, 5), None)])
def test_the_proposal_is_the_largest_setting_that_kept_the_promise(
    counts: tuple[int, ...], proposed: float | None
) -> None:
    settings = [
        Replayed(setting, 30, (Alarm(TRAINED, ()),) * count, ())
        for setting, count in zip((0.5, 1.0, 2.0), counts, strict=True)
    ]
    best = propose(settings, 1.0)
    assert (best.false_alarms if best else None) == proposed
