"""Alarms, digests and meanings of many statistics together, and the false alarms that they raise."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.monitoring.daily.change_point import ChangePoint, change_point
from assay.core.monitoring.daily.findings import drift_findings
from assay.core.monitoring.daily.judge import DriftJudgement, Meaning, judge_daily
from assay.core.monitoring.daily.series import DailySeries, StatisticKind, StatisticName
from bench.daily_world import DailyWorld, pipeline, shifted

from .daily_series import START, first_days, means, noise

TRAINED, DAYS = 60, 130
SERVED = START + timedelta(days=TRAINED)


def named(column: str, values: np.ndarray) -> DailySeries:
    return means(values, name=StatisticName(column, StatisticKind.MEAN))


def judged(*series: DailySeries) -> DriftJudgement:
    return judge_daily(series, SERVED, false_alarms=1.0)


def day(n: int) -> date:
    return START + timedelta(days=n)


def test_statistics_that_cross_on_one_day_are_one_alarm_and_stay_silent_for_a_week() -> None:
    one, two, three = (noise(DAYS, seed) for seed in (1, 2, 3))
    one[80:83] += 3
    two[80] += 4
    three[85] += 3
    judgement = judged(named("one", one), named("two", two), named("three", three))
    crossed = [(alarm.day, [crossing.name.column for crossing in alarm.crossings]) for alarm in judgement.alarms]
    assert crossed == [(day(80), ["two", "one"]), (day(85), ["three"])]


def test_the_meaning_follows_from_what_both_rules_show() -> None:
    bad, stays, slow = (noise(DAYS, seed) for seed in (4, 5, 1))
    bad[80] += 3
    stays[80:] += 2
    slow[70:] += 0.25
    judgement = judged(named("bad", bad), named("stays", stays), named("slow", slow))
    meanings = {one.name.column: one.meaning for one in judgement.departures}
    assert meanings == {"stays": Meaning.INCIDENT, "slow": Meaning.SLOW}
    assert {c.name.column: judgement.meaning(c) for alarm in judgement.alarms for c in alarm.crossings} == {
        "bad": Meaning.BAD_DAYS,
        "stays": Meaning.INCIDENT,
    }


def test_a_bad_day_long_before_a_slow_change_does_not_make_it_an_incident() -> None:
    values = noise(DAYS, 1)
    values[64] += 3
    values[85:] += 0.3
    judgement = judged(named("x", values))
    assert next(alarm.day for alarm in judgement.alarms) == day(64)
    [departure] = judgement.departures
    assert departure.since > day(64 + 7)
    assert judgement.meaning(judgement.alarms[0].crossings[0]) is Meaning.BAD_DAYS


def test_the_bad_day_and_what_stays_are_named() -> None:
    bad, stays = noise(DAYS, 4), noise(DAYS, 5)
    bad[80] += 3
    stays[80:] += 2
    judgement = judged(named("bad", bad), named("stays", stays))
    assert {crossing.name.column for alarm in judgement.alarms for crossing in alarm.crossings} == {"bad", "stays"}


def test_departures_of_one_week_are_one_digest_at_its_end() -> None:
    series = []
    for n in range(5):
        values = noise(DAYS, 10 + n)
        values[80:] += 0.6
        series.append(named(f"c{n}", values))
    judgement = judged(*series)
    assert {(digest - SERVED).days % 7 for digest in judgement.digests} == {6}
    for one in judgement.departures:
        assert one.digest is not None
        assert timedelta(0) <= one.digest - one.crossed < timedelta(days=28)


def test_a_digest_comes_on_the_next_day_that_is_served_and_not_before() -> None:
    business = [n for n in range(200) if day(n).weekday() < 5]
    values = noise(len(business), 1)
    served = next(i for i, n in enumerate(business) if n > 84 and day(n).weekday() == 0)
    values[served + 20 :] += 0.6
    whole = DailySeries(StatisticName("x", StatisticKind.MEAN), tuple(day(n) for n in business), values,
                        np.full(len(values), 0.03), values)  # fmt: skip
    [departure] = judge_daily([whole], whole.days[served], false_alarms=1.0).departures
    assert departure.digest in whole.days, "the week of service ends on a Sunday, and no Sunday is served"
    until = whole.days.index(departure.crossed) + 1
    assert departure.digest != departure.crossed
    [pending] = judge_daily([first_days(whole, until)], whole.days[served], false_alarms=1.0).departures
    assert pending.digest is None


def test_a_season_that_moves_a_statistic_each_week_is_a_digest_in_four_weeks_at_most() -> None:
    series = []
    for n in range(12):
        values = noise(DAYS + 60, 20 + n)
        values[70 + 8 * n :] += 0.6
        series.append(named(f"c{n}", values))
    judgement = judged(*series)
    assert len(judgement.departures) >= 10
    assert len(judgement.digests) >= 3
    gaps = [after - before for before, after in pairwise(judgement.digests)]
    assert min(gaps) >= timedelta(days=28)
    assert all(one.digest is None or one.digest >= one.crossed for one in judgement.departures)


def test_a_night_after_an_alarm_counts_what_crosses_again() -> None:
    values = noise(DAYS, 9)
    values[80:] += 2
    series = named("x", values)
    judgement = judged(series)
    [quiet] = drift_findings(judgement, Interval.of(day(81)), lambda _: change_point(series, TRAINED))
    assert (quiet.status, quiet.details["again"]) == (Status.PASS, ["x"])


def test_without_a_statistic_that_can_be_compared_the_finding_warns() -> None:
    walk = np.cumsum(noise(DAYS, 7, deviation=0.1))
    series = named("walk", walk)
    findings = drift_findings(judged(series), Interval.of(day(100)), lambda _: change_point(series, TRAINED))
    [unjudged] = [one for one in findings if one.check == "drift.unjudged"]
    assert (unjudged.status, unjudged.details["short"]) == (Status.WARN, 0)


def test_what_cannot_be_compared_with_the_training_is_listed_with_its_distance() -> None:
    walk = np.cumsum(noise(DAYS, 7, deviation=0.1))
    walk[TRAINED:] = walk[:TRAINED].max() + 1.5
    judgement = judged(named("walk", walk), named("still", noise(DAYS, 8)))
    [unjudged] = judgement.unjudged
    assert unjudged.name.column == "walk"
    assert unjudged.outside == pytest.approx(1.5)
    assert judgement.statistics == 2


def test_findings_are_those_of_the_interval_and_a_quiet_one_passes() -> None:
    values = noise(DAYS, 9)
    values[80:] += 2
    series = named("x", values)
    judgement = judged(series, named("y", noise(DAYS, 10)))

    def since(_: StatisticName) -> ChangePoint:
        return change_point(series, TRAINED)

    [loud] = drift_findings(judgement, Interval.of(day(80)), since)
    assert (loud.check, loud.column, loud.status) == ("drift.jump", "x", Status.WARN)
    assert (loud.details["day"], loud.details["meaning"]) == (str(day(80)), "incident")
    [quiet] = drift_findings(judgement, Interval.of(day(79)), since)
    assert (quiet.check, quiet.column, quiet.status) == ("drift.jump", None, Status.PASS)
    [digest] = drift_findings(judgement, Interval.of(judgement.digests[0]), since)
    assert (digest.check, digest.details["since"]) == ("drift.level", str(day(80)))
    assert digest.observed == pytest.approx(2, abs=0.5)


@pytest.mark.parametrize(("rows", "icc", "autocorrelation"), [(1_000, 0.0, 0.0), (1_000, 0.05, 0.3)])
def test_a_pipeline_without_a_change_is_as_quiet_as_promised(rows: int, icc: float, autocorrelation: float) -> None:
    world, alarms, months = DailyWorld(rows, icc, autocorrelation, TRAINED, 120), 0, 0.0
    for seed in range(3):
        series = pipeline(world, 40, np.random.default_rng([seed, rows]))
        judgement = judge_daily(series, world.days[TRAINED], false_alarms=1.0)
        alarms += len(judgement.alarms) + len({one.crossed for one in judgement.departures})
        months += world.served / 30
    assert stats.poisson.sf(alarms - 1, 2 * months) > 0.005, f"{alarms} alarms in {months:.0f} months"


def test_one_shifted_column_of_a_pipeline_is_named_and_no_other() -> None:
    world = DailyWorld(1_000, 0.0, 0.0, TRAINED, 60)
    series = pipeline(world, 20, np.random.default_rng(3))
    changed = [shifted(one, 90, 0.3) if one.name == StatisticName("c3", StatisticKind.MEAN) else one for one in series]
    judgement = judge_daily(changed, world.days[TRAINED], false_alarms=1.0)
    assert [(alarm.day, [c.name.column for c in alarm.crossings]) for alarm in judgement.alarms] == [
        (world.days[90], ["c3"])
    ]
