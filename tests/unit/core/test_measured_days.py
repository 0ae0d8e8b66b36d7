"""Statistics that are kept are those that are measured again; what JUMP showed for good is what it shows again."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.monitoring.daily.judge import judge_daily
from assay.core.monitoring.daily.judged_days import JumpJudge
from assay.core.monitoring.daily.jump import REFIT_DAYS, find_jumps
from assay.core.monitoring.daily.level import _above
from assay.core.monitoring.daily.measure import Measure
from assay.core.monitoring.daily.measured_days import MeasuredDays, join_days, measure_days
from assay.core.monitoring.daily.rules_digest import rules_digest
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.table_profile import ColumnState

from .daily_series import dates, first_days, means, noise

TRAINED, BUDGET, STATISTICS = 60, 0.5, 20
ROWS = 400


def states(day: date) -> dict[str, ColumnState]:
    rng = np.random.default_rng(day.toordinal())
    values = rng.normal(10, 2, ROWS - 8)
    counts = [int(count) for count in rng.multinomial(ROWS, [0.5, 0.3, 0.15, 0.05])]
    return {
        "x": ColumnState("number", ROWS, 8, histogram=histogram_of(values, -4)),
        "kind": ColumnState("text", ROWS, categories=dict(zip("abcd", counts, strict=True))),
        "flat": ColumnState("number", ROWS, histogram=histogram_of(np.full(ROWS, 3.0), -4)),
    }


def measured(days: list[date]) -> tuple[dict[str, Measure], MeasuredDays]:
    of_days = {day: states(day) for day in days}
    measures = {
        name: measure
        for name in ("x", "kind", "flat")
        if (measure := Measure.of(name, {day: one[name] for day, one in of_days.items()}))
    }
    return measures, measure_days(measures, of_days)


def test_days_that_are_measured_one_by_one_join_to_those_that_are_measured_together() -> None:
    days = list(dates(40))
    measures, together = measured(days)
    joined = join_days([measure_days(measures, {day: states(day)}) for day in reversed(days)])
    assert (joined.days, joined.names) == (together.days, together.names)
    for part in ("values", "errors", "effects"):
        np.testing.assert_array_max_ulp(getattr(joined, part), getattr(together, part), maxulp=1)


def test_a_day_with_too_few_rows_or_another_kind_has_no_statistics_of_the_column() -> None:
    days = list(dates(40))
    measures, together = measured(days)
    odd = {**states(days[3]), "kind": states(days[3])["x"], "x": replace(states(days[3])["x"], rows=5, nulls=0)}
    whole = join_days([together, measure_days(measures, {days[3]: odd})])
    lengths = {name: {len(one.days) for one in whole.series() if one.name.column == name} for name in ("x", "kind")}
    assert lengths == {"x": {39}, "kind": {39}}
    assert {len(one.days) for one in whole.series(without=["x", "kind"])} == {40}


def test_other_rules_have_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before, source = rules_digest(), inspect.getsource
    rules_digest.cache_clear()
    monkeypatch.setattr("inspect.getsource", lambda one: source(one).replace("MIN_ROWS = 20", "MIN_ROWS = 60"))
    assert rules_digest() != before
    rules_digest.cache_clear()


def test_what_other_rules_proved_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    series = means(noise(150, 5))
    _, proven = JumpJudge(STATISTICS, BUDGET).judge(series, TRAINED)
    assert proven is not None
    lie = replace(proven, judged=replace(proven.judged, largest=(99.0,) * len(proven.judged.largest)))
    monkeypatch.setattr("assay.core.monitoring.daily.judged_days.rules_digest", lambda: "other rules")
    _, after = JumpJudge(STATISTICS, BUDGET, {series.name: lie}).judge(series, TRAINED)
    assert after is not None
    assert after.judged == proven.judged


def test_days_of_other_statistics_do_not_join() -> None:
    _, days = measured(list(dates(40)))
    with pytest.raises(ValueError, match="other statistics"):
        join_days([days, replace(days, names=days.names[::-1])])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(61, 200), st.integers(0, 60), st.floats(0, 2))
def test_what_held_for_good_changes_nothing_of_a_later_judgement(seed: int, then: int, more: int, shift: float) -> None:
    values = noise(then + more, seed)
    values[100:] += shift
    series = means(values)
    _, proven = JumpJudge(STATISTICS, BUDGET).judge(first_days(series, then), TRAINED)
    assert (proven is None) == (then < TRAINED + REFIT_DAYS)
    rule = JumpJudge(STATISTICS, BUDGET, {series.name: proven} if proven else {})
    jumps, after = rule.judge(series, TRAINED)
    without, whole = JumpJudge(STATISTICS, BUDGET).judge(series, TRAINED)
    assert (list(jumps), after) == (list(without), whole)
    assert list(without) == find_jumps(series, TRAINED, statistics=STATISTICS, budget=BUDGET)


@pytest.mark.parametrize("changed", ["a day", "the budget", "the number of statistics", "the days of training"])
def test_what_held_for_other_days_or_another_budget_is_not_used(changed: str) -> None:
    series = means(noise(150, 5))
    _, proven = JumpJudge(STATISTICS, BUDGET).judge(series, TRAINED)
    assert proven is not None
    lie = replace(proven, judged=replace(proven.judged, largest=(99.0,) * len(proven.judged.largest)))
    values, budget, number, first = series.values.copy(), BUDGET, STATISTICS, TRAINED
    if changed == "a day":
        values[70] += 0.001
    elif changed == "the budget":
        budget *= 2
    elif changed == "the number of statistics":
        number += 1
    else:
        first -= 1
    other = means(values)
    rule = JumpJudge(number, budget, {series.name: lie})
    assert rule.judge(other, first) == JumpJudge(number, budget).judge(other, first)


def test_a_judgement_of_all_statistics_names_what_holds_for_good() -> None:
    series = means(noise(150, 5))
    first = judge_daily([series], series.days[TRAINED], false_alarms=1)
    again = judge_daily([series], series.days[TRAINED], false_alarms=1, proven=first.proven)
    assert again == first
    assert first.proven[series.name].judged.end == TRAINED + 3 * REFIT_DAYS


def added_day_by_day(steps: np.ndarray, height: float) -> tuple[int, int] | None:
    """The first day above the height, and the day after the last zero, by Page's recursion."""
    total, begin = 0.0, 0
    for day, step in enumerate(steps):
        total = max(0.0, total + step)
        if total == 0:
            begin = day + 1
        elif total > height:
            return day, begin
    return None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(-1, 1), st.sampled_from([2.0, 5.0, 9.0]))
def test_the_sums_of_level_are_those_of_adding_day_by_day(seed: int, shift: float, height: float) -> None:
    steps = noise(120, seed, deviation=1) + shift
    crossing = _above(steps, np.ones(120), height, 0.1)
    assert (None if crossing is None else crossing[:2]) == added_day_by_day(steps, height)
