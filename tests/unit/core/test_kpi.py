"""A KPI with limits: its interval, and when a limit is shown to be missed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.contender import GatePolicy
from assay.core.monitoring.served_model import Served, decide_action, judge_served
from assay.core.monitoring.service.kpi import KpiLimits, judge_kpi
from assay.core.profiles.outcome_profile import OutcomeProfile

from .labelled_scores import labelled

POLICY = GatePolicy(metric="roc_auc", margin=0.01, at_least=0.6)
FIRST = date(2013, 6, 1)
ROWS = 400


def days_of(counts: Iterable[float], rows: int = ROWS, first: date = FIRST) -> dict[date, OutcomeProfile]:
    """Days with these sums of the KPI `missed`, of rows whose scores are the same on every day."""
    measured = labelled(np.tile([0.7, 0.4, 0.5, 0.2], rows // 4), np.tile([True, True, False, False], rows // 4))
    return {
        first + timedelta(days=n): OutcomeProfile(replace(measured, sums={"missed": float(count)}))
        for n, count in enumerate(counts)
    }


def judged(
    counts: Iterable[float], folds: Iterable[float], at_least: float | None = None, at_most: float | None = None
) -> Finding:
    kpi = KpiLimits("missed", at_least, at_most)
    return judge_kpi(kpi, days_of(counts), days_of(folds, first=date(2013, 1, 1)), recent=28, confidence=0.95)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=28))
def test_the_interval_of_days_of_equal_size_is_that_of_their_mean(counts: list[int]) -> None:
    finding = judged(counts, [])
    rates = 1_000 * np.array(counts) / ROWS
    error = float(rates.std(ddof=1)) / math.sqrt(len(counts))
    assert finding.observed == pytest.approx(rates.mean())
    assert finding.details["reach"] == pytest.approx(stats.t.ppf(0.95, len(counts) - 1) * error, abs=1e-9)
    assert (finding.status, finding.severity) == (Status.PASS, Severity.INFO)


def test_a_day_counts_by_its_rows() -> None:
    days = days_of([10], rows=100) | days_of([10], rows=400, first=date(2013, 7, 1))
    finding = judge_kpi(KpiLimits("missed"), days, {}, recent=28, confidence=0.95)
    assert finding.observed == pytest.approx(1_000 * 20 / 500)


def test_a_single_day_has_a_value_and_no_interval() -> None:
    finding = judged([7], [7] * 28)
    assert (finding.observed, finding.details["reach"]) == (17.5, None)


def test_a_limit_that_is_clearly_missed_is_shown_and_one_that_is_kept_is_not() -> None:
    random = np.random.default_rng(3)
    folds, served = random.poisson(8, 84), random.poisson(15, 40)
    missed = judged(served, folds, at_most=22)
    assert (missed.status, missed.severity, missed.expected) == (Status.WARN, Severity.WARNING, "at most 22")
    [fall] = missed.details["falls"]
    assert fall["limit"] == 22
    assert fall["evidence"] > fall["threshold"]
    kept = judged(served, folds, at_most=45)
    assert (kept.status, kept.severity) == (Status.PASS, Severity.INFO)


@pytest.mark.parametrize("folds", [0, 56])
def test_a_change_of_the_newest_days_does_not_count_as_the_spread_of_days(folds: int) -> None:
    random = np.random.default_rng(4)
    before, after = random.poisson(8, 90), random.poisson(24, 10)
    missed = judged([*before, *after], random.poisson(8, folds), at_most=20)
    assert (missed.status, missed.severity) == (Status.WARN, Severity.WARNING)
    assert judged(before, random.poisson(8, folds), at_most=20).severity is Severity.INFO


def test_the_least_value_of_a_kpi_is_held_to_as_well_as_the_largest() -> None:
    random = np.random.default_rng(4)
    served = random.poisson(8, 40)
    assert judged(served[:20], [], at_least=30).severity is Severity.INFO, "twenty days do not show a spread"
    assert judged(served, [], at_least=30).severity is Severity.WARNING
    assert judged(served, [], at_least=12, at_most=60).status is Status.PASS
    assert judged(served, [], at_least=5, at_most=10).severity is Severity.WARNING


def test_a_limit_that_is_missed_by_chance_is_noted_and_calls_for_nothing() -> None:
    random = np.random.default_rng(5)
    finding = judged(random.poisson(8, 10), random.poisson(8, 84), at_most=17)
    assert (finding.status, finding.severity) == (Status.WARN, Severity.INFO)
    assert decide_action([finding]).action == "none"


def test_four_days_show_nothing() -> None:
    finding = judged([40] * 4, [8] * 84, at_most=22)
    assert (finding.severity, finding.details["falls"]) == (Severity.INFO, [])


def test_a_first_event_after_folds_without_any_does_not_show_that_a_limit_is_missed() -> None:
    served = [0] * 40
    served[39] = 9
    finding = judged(served, [0] * 84, at_most=0.5)
    assert (finding.status, finding.severity) == (Status.WARN, Severity.INFO)


def test_rare_events_that_have_not_come_yet_do_not_show_that_a_least_value_is_missed() -> None:
    assert judged([0] * 27, [], at_least=0.1).severity is Severity.INFO
    assert judged([0] * 27, [0, 1] * 14, at_least=0.1).details["falls"] != []
    assert judged([0] * 28, [], at_least=0.1).severity is Severity.INFO, "1.1 events are expected"
    assert judged([0] * 28, [], at_least=5).severity is Severity.WARNING, "56 events are expected"


def test_years_of_rare_events_that_keep_the_limit_rarely_show_it_missed() -> None:
    shown = 0
    for seed in range(40):
        events = np.random.default_rng(seed).poisson(0.08, 365)  # twice the limit of .1 per 1,000 rows
        looks = (judged(events[:day], [], at_least=0.1).severity for day in range(28, 366, 28))
        shown += any(severity is Severity.WARNING for severity in looks)
    assert stats.binom.sf(shown - 1, 40, 0.05) > 0.005, f"{shown} of 40 years"


def test_more_limits_need_more_evidence() -> None:
    one, many = (
        judge_kpi(KpiLimits("missed", at_most=1), days_of([1] * 40), {}, recent=28, confidence=0.95, limits=limits)
        for limits in (1, 10)
    )
    assert many.details["falls"][0]["threshold"] == pytest.approx(one.details["falls"][0]["threshold"] + math.log(10))


def test_a_kpi_that_no_day_measured_is_named() -> None:
    finding = judge_kpi(KpiLimits("other", at_most=1), days_of([1] * 9), {}, recent=28, confidence=0.95)
    assert (finding.status, finding.severity, finding.observed) == (Status.WARN, Severity.INFO, None)


def test_half_a_year_at_its_limit_rarely_shows_it_missed_although_it_is_looked_at_again_and_again() -> None:
    """The rate is the limit itself, the hardest case that is not a miss."""
    shown = sum(_ever_shown(seed) for seed in range(20))
    assert stats.binom.sf(shown - 1, 20, 0.05) > 0.005, f"{shown} of 20 half-years"


def _ever_shown(seed: int) -> bool:
    random = np.random.default_rng([seed, 77])
    counts, folds = random.poisson(8, 183), random.poisson(8, 84)
    limit = 1_000 * 8 / ROWS
    nights = (judged(counts[:night], folds, at_most=limit) for night in range(7, 183, 25))
    return any(finding.severity is Severity.WARNING for finding in nights)


def test_a_shown_miss_asks_for_a_look_and_never_for_another_model() -> None:
    random = np.random.default_rng(6)
    served = Served(3, days_of(random.poisson(20, 30)), days_of(random.poisson(8, 84), first=date(2013, 1, 1)))
    findings = judge_served(served, POLICY, [KpiLimits("missed", at_most=25)])
    verdict = decide_action(findings)
    assert (verdict.status, verdict.action) == (Status.WARN, "look")
    assert verdict.sentence.startswith(next(f.sentence for f in findings if f.check == "served.kpi"))
    decline = Finding("served.decline", Status.FAIL, "It declined.", Severity.WARNING)
    assert decide_action([*findings, decline]).action == "retrain"
