"""The cost of a run beside earlier runs like it: when it is dearer, and when its rows explain it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.core.check import Finding, Severity, Status
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.served_model import decide_action
from assay.core.monitoring.service.run_cost import StageRun, judge_stage_cost, judge_version_cost

Seconds = Callable[[int], float]


def runs_of(
    count: int, seconds: Seconds, rows: Seconds = lambda _: 10_000, version: int | None = None
) -> list[StageRun]:
    """Runs of one day each, whose CPU time and wall-clock time are equal."""
    number = None if version is None else ModelVersion(version)
    return [StageRun(f"r{n}", 1, int(rows(n)), seconds(n), seconds(n), version=number) for n in range(count)]


def noisy(level: float, spread: float = 0.1, seed: int = 1) -> Seconds:
    noise = np.exp(np.random.default_rng(seed).normal(0, spread, 1_000))
    return lambda n: float(level * noise[n])


def judged(runs: list[StageRun]) -> Finding:
    finding = judge_stage_cost("score", "parcels", runs)
    assert finding is not None
    return finding


def test_a_stage_that_became_twice_as_dear_is_noted_once_and_warned_of_on_the_second_run() -> None:
    usual, dear = runs_of(20, noisy(40)), runs_of(2, noisy(80, seed=2))
    assert judged(usual).status is Status.PASS
    first = judged([*usual, *dear[:1]])
    assert (first.status, first.severity) == (Status.WARN, Severity.INFO)
    second = judged([*usual, *dear])
    assert (second.status, second.severity, second.column) == (Status.WARN, Severity.WARNING, "parcels")
    assert second.observed == pytest.approx(2, rel=0.25)


def test_a_cost_that_stays_is_the_usual_one_after_four_weeks() -> None:
    runs = [*runs_of(28, noisy(40)), *runs_of(28, noisy(80, seed=2))]
    assert judged(runs[:40]).severity is Severity.WARNING
    assert judged(runs).status is Status.PASS


def test_a_week_of_runs_shows_what_no_single_run_shows() -> None:
    usual, dearer = runs_of(28, noisy(40, 0.2)), runs_of(7, noisy(64, 0.2, seed=2))
    assert judged([*usual, *dearer[:2]]).severity is Severity.INFO
    finding = judged([*usual, *dearer])
    assert (finding.status, finding.severity) == (Status.WARN, Severity.WARNING)
    assert max(growth["runs"] for growth in finding.details["growths"]) == 7


@given(st.floats(0.5, 2.0), st.floats(0, 50), st.floats(0.0001, 0.01))
def test_rows_within_a_factor_of_two_make_no_run_dearer_whatever_is_fixed(
    more: float, fixed: float, per_row: float
) -> None:
    rows = [10_000] * 10 + [int(10_000 * more)] * 2
    runs = [StageRun(f"r{n}", 1, r, fixed + per_row * r, fixed + per_row * r) for n, r in enumerate(rows)]
    finding = judged(runs)
    assert finding.status is Status.PASS
    assert finding.observed <= 1.001


def test_only_runs_of_as_many_days_and_rows_at_the_same_kind_of_place_are_compared() -> None:
    usual, dear = runs_of(20, noisy(40)), runs_of(1, noisy(90))[0]
    for other in (
        replace(dear, days=2),
        replace(dear, rows=20_001),
        replace(dear, rows=4_999),
        replace(dear, shared=True),
        replace(dear, cluster=True),
    ):
        finding = judged([*usual, other])
        assert (finding.status, finding.severity, finding.observed) == (Status.WARN, Severity.INFO, None)


def test_too_few_runs_are_named_and_no_run_is_no_finding() -> None:
    finding = judged(runs_of(7, noisy(40)))
    assert (finding.status, finding.severity, finding.expected) == (Status.WARN, Severity.INFO, "7 runs")
    assert judge_stage_cost("score", "parcels", []) is None


def test_a_second_more_or_less_is_no_news() -> None:
    assert judged([*runs_of(20, noisy(0.4)), *runs_of(2, noisy(1.2))]).status is Status.PASS


def test_without_cpu_seconds_the_clock_is_compared() -> None:
    runs = [replace(run, cpu_seconds=None) for run in [*runs_of(20, noisy(40)), *runs_of(2, noisy(80, seed=2))]]
    finding = judged(runs)
    assert finding.severity is Severity.WARNING
    assert {growth["measure"] for growth in finding.details["growths"]} == {"wall clock"}


def test_memory_is_compared_as_well_as_time() -> None:
    size = noisy(2e9)
    runs = [
        replace(run, peak_memory=int(size(n)) * (1 if n < 20 else 2)) for n, run in enumerate(runs_of(22, noisy(40)))
    ]
    finding = judged(runs)
    assert (finding.status, finding.severity) == (Status.WARN, Severity.INFO), "a process keeps its largest size"
    assert finding.observed == pytest.approx(2, rel=0.25)
    small = [replace(run, peak_memory=(run.peak_memory or 0) // 100) for run in runs]
    assert judged(small).status is Status.PASS, "20 MB more are not worth a word"


def test_cpu_of_a_process_that_other_tables_share_is_not_compared() -> None:
    runs = [
        replace(run, shared=True, cpu_seconds=40 if n < 20 else 400, duration_seconds=50)
        for n, run in enumerate(runs_of(22, noisy(40)))
    ]
    assert judged(runs).status is Status.PASS


def test_two_runs_in_a_row_are_two_that_are_like_each_other() -> None:
    *runs, last = runs_of(22, noisy(40))
    slow = replace(last, cpu_seconds=100, duration_seconds=100)
    backfill = replace(last, run_id="backfill", days=30, cpu_seconds=9_000, duration_seconds=9_000)
    assert judged([*runs, backfill, slow]).severity is Severity.INFO


def test_the_z_score_is_that_of_a_run_beside_a_median_with_a_robust_spread() -> None:
    seconds = noisy(40, 0.2)
    runs = runs_of(21, seconds)
    logs = np.log([seconds(n) for n in range(20)])
    spread = stats.median_abs_deviation(logs, scale="normal")
    excess = math.log(seconds(20)) - float(np.median(logs))
    growth = judged(runs).details["growths"][0]
    assert growth["factor"] == pytest.approx(math.exp(excess))
    assert growth["z"] == pytest.approx(excess / (spread * math.sqrt(1 + math.pi / 40)), rel=1e-3)


def test_a_year_of_equal_nights_with_spikes_warns_rarely() -> None:
    """One night in twenty the machine is busy, and a run takes three times as long."""
    random = np.random.default_rng(5)
    busy = np.where(random.random(365) < 0.05, 3.0, 1.0)
    runs = runs_of(365, lambda n: float(noisy(40, 0.15)(n) * busy[n]))
    warned = sum(judged(runs[: n + 1]).severity is Severity.WARNING for n in range(30, 365))
    assert warned <= 5


def test_a_version_that_costs_more_than_the_one_before_is_named_with_it() -> None:
    runs = [*runs_of(20, noisy(40), version=3), *runs_of(8, noisy(80, seed=2), version=4)]
    finding = judge_version_cost(runs)
    assert finding is not None
    assert (finding.status, finding.severity) == (Status.WARN, Severity.WARNING)
    assert (finding.details["version"], finding.details["before"]) == (4, 3)
    assert finding.observed == pytest.approx(2, rel=0.2)


def test_an_equal_version_passes_and_a_version_is_judged_in_its_first_weeks_alone() -> None:
    before = runs_of(20, noisy(40), version=3)
    equal = judge_version_cost([*before, *runs_of(8, noisy(41, seed=2), version=4)])
    assert equal is not None
    assert equal.status is Status.PASS
    assert judge_version_cost([*before, *runs_of(6, noisy(80), version=4)]) is None, "too few runs"
    assert judge_version_cost([*before, *runs_of(29, noisy(80), version=4)]) is None
    assert judge_version_cost(before) is None, "there is no version before"


def test_a_cost_is_told_and_changes_no_action() -> None:
    fine = Finding("served.metric", Status.PASS, "It keeps its floor.")
    dear = judged([*runs_of(20, noisy(40)), *runs_of(2, noisy(80, seed=2))])
    verdict = decide_action([fine, dear])
    assert (verdict.action, verdict.status) == ("none", Status.PASS)
    assert dear.sentence in verdict.sentence
    by_chance = replace(dear, severity=Severity.INFO)
    assert decide_action([fine, by_chance]).status is Status.PASS
    floor = Finding("served.metric", Status.FAIL, "It misses its floor.")
    assert decide_action([floor, dear]).action == "downgrade"
