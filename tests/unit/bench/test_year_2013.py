"""How `bench.peers.year_2013` reads days from Profiles, and how it lists the events that a monitor hears."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.profiles.table_profile import ColumnState
from bench.peers.own_monitor import state_of
from bench.peers.year_2013 import EVENTS, ROWS, YearOfAlarms, rows_of


def test_the_rows_of_a_day_have_the_distribution_of_its_profile() -> None:
    values = np.random.default_rng(1).standard_normal(5_000)
    values[:500] = np.nan
    rows = rows_of(state_of(values, is_text=False), {})
    assert len(rows) == ROWS
    assert np.isnan(rows).mean() == pytest.approx(0.1)
    for q in (0.05, 0.5, 0.95):
        assert np.nanquantile(rows, q) == pytest.approx(np.nanquantile(values, q), abs=1 / 16)


def test_the_rows_of_a_category_are_its_code() -> None:
    state = ColumnState("text", rows=4, nulls=1, categories={"EWR": 2, "JFK": 1})
    values, counts = np.unique(rows_of(state, {"EWR": 0, "JFK": 1}), return_counts=True)
    assert counts.tolist() == [500, 250, 250]
    assert values[:2].tolist() == [0.0, 1.0]
    assert np.isnan(values[2])


def test_an_event_is_heard_by_a_new_alarm_on_one_of_its_days() -> None:
    first, last = EVENTS["4 July"]
    days = tuple(first - timedelta(days=10) + timedelta(days=n) for n in range(20))
    alarms = np.zeros((20, 1), dtype=bool)
    alarms[days.index(last)] = True
    assert "4 July" in YearOfAlarms("one", days, alarms).heard
    alarms[: days.index(last)] = True  # an old alarm goes on
    assert YearOfAlarms("one", days, alarms).new == (days[0],)
    assert YearOfAlarms("one", days, alarms).heard == ()
    assert all(date(2013, 1, 1) <= begin <= end for begin, end in EVENTS.values())
