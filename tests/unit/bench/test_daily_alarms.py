"""How `bench.drift` counts alarms, and how it sets a threshold that gives a rate of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.drift import CELLS, QUICK, quiet, within
from bench.peers.daily_alarms import alarm_days, delay, monthly, threshold_at


def alarms(days: int, columns: int, *loud: tuple[int, int]) -> np.ndarray:
    table = np.zeros((days, columns), dtype=bool)
    for day, column in loud:
        table[day, column] = True
    return table


def test_columns_that_alarm_on_one_day_are_one_alarm() -> None:
    assert alarm_days(alarms(20, 3, (4, 0), (4, 2), (9, 1))).tolist() == [4, 9]


def test_a_column_is_silent_for_a_week_after_it_alarmed() -> None:
    assert alarm_days(alarms(20, 1, (2, 0), (9, 0))).tolist() == [2]
    assert alarm_days(alarms(20, 1, (2, 0), (10, 0))).tolist() == [2, 10]
    assert alarm_days(alarms(40, 1, *((day, 0) for day in range(30)))).tolist() == [0]


def test_a_month_has_thirty_days() -> None:
    assert monthly([alarms(60, 1, (0, 0), (30, 0)), alarms(60, 1)]).tolist() == [1.0, 0.0]


def test_a_threshold_gives_at_least_the_rate_and_the_next_score_gives_less() -> None:
    rng = np.random.default_rng(4)
    pipelines = [rng.standard_normal((60, 5)) for _ in range(10)]
    threshold = threshold_at(pipelines, 1.0)
    ranked = np.unique(np.concatenate([one.ravel() for one in pipelines]))
    above = ranked[np.searchsorted(ranked, threshold) + 1]
    rates = [float(monthly([one >= limit for one in pipelines]).mean()) for limit in (threshold, above)]
    assert rates[0] >= 1.0 > rates[1]


def test_a_rate_that_no_threshold_reaches_takes_the_least_score() -> None:
    assert threshold_at([np.arange(30.0)[:, None]], 5.0) == 0.0


def test_a_rate_of_none_takes_the_largest_score() -> None:
    assert threshold_at([np.arange(30.0)[:, None]], 0.0) == 29.0


def test_the_delay_of_the_first_day_is_one_and_that_of_no_alarm_zero() -> None:
    assert delay(np.array([True, False])) == 1
    assert delay(np.array([False, False, True])) == 3
    assert delay(np.array([False, False])) == 0


def test_shares_have_exact_bounds() -> None:
    assert within([1, 2, 0, 0]).split("  ")[1] == "3 d 50 % [3, 97]"


def test_quiet_pipelines_are_the_same_each_time_and_others_in_another_part() -> None:
    sizes = replace(QUICK, served=7)
    first, again, other = (quiet(CELLS[0], sizes, 1, part) for part in (0, 0, 1))
    assert first.statistics == again.statistics == 96
    for rule, scores in first.peer_scores.items():
        assert scores[0].shape == first.assay_alarms[0].shape == (sizes.served, 20)
        assert scores[0] == pytest.approx(again.peer_scores[rule][0])
        assert not np.array_equal(scores[0], other.peer_scores[rule][0])
