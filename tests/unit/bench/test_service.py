"""The bench of KPIs and costs, on few nights: its days are at the limit, and a large change is heard."""

from __future__ import annotations

import numpy as np
import pytest

from bench.service import (
    CHANGED_AT,
    COST_WORLDS,
    FOLD_DAYS,
    KPI_EVENTS,
    KPI_WORLDS,
    NEVER,
    ServiceWorld,
    alarms_of,
    cost_nights,
    delay_of,
    kpi_days,
    kpi_nights,
)


@pytest.mark.parametrize("world", KPI_WORLDS, ids=lambda world: world.name)
def test_the_kpi_is_at_its_limit_in_the_mean(world: ServiceWorld) -> None:
    days = kpi_days(world, 8_000, np.random.default_rng(3), 1.0)
    total = sum(float(day.overall.sums["kpi"]) for _, day in days)
    assert 1_000 * total / sum(day.overall.rows for _, day in days) == pytest.approx(KPI_EVENTS, rel=0.04)


def test_a_kpi_that_triples_is_heard_after_the_change_and_not_before() -> None:
    nights = kpi_nights(KPI_WORLDS[0], 4, CHANGED_AT + 30, 3.0)
    assert not any(nights[:CHANGED_AT])
    assert delay_of(nights) <= 20


def test_a_cost_that_triples_is_heard_by_its_second_run() -> None:
    nights = cost_nights(COST_WORLDS[0], 4, CHANGED_AT + 5, 3.0)
    assert not any(nights[:CHANGED_AT])
    assert delay_of(nights) == 2


def test_a_warning_that_stays_is_one_alarm_and_one_after_a_week_is_another() -> None:
    assert alarms_of([False, True, True, True]) == 1
    assert alarms_of([True, *[False] * 6, True]) == 1
    assert alarms_of([True, *[False] * 7, True]) == 2
    assert delay_of([False] * (FOLD_DAYS + 60)) == NEVER
