"""Drift: distances against scipy, false alarms as promised, and sentences that say what moved."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from assay.core.check import Finding, Severity, Status
from assay.core.monitoring.distances import Binned, aligned, bin_together, jensen_shannon, ks, psi, wasserstein
from assay.core.monitoring.drift import drifting_since, judge_drift, measure_drift, null_quantile
from assay.core.profiles.histogram import MAX_BIN, Histogram, bin_of
from assay.core.profiles.table_profile import ColumnState, TableProfile

from ...expect_errors import missing_data


def number(values: np.ndarray, k: int = -5, *, nulls: int = 0, nans: int = 0, infinite: int = 0) -> ColumnState:
    index, counts = np.unique(np.floor(np.ldexp(values, -k)).astype(int), return_counts=True)
    pairs = [(int(i), int(n)) for i, n in zip(index, counts, strict=True)]
    histogram = Histogram(
        k,
        {i: n for i, n in pairs if -MAX_BIN <= i < MAX_BIN},
        sum(n for i, n in pairs if i < -MAX_BIN),
        sum(n for i, n in pairs if i >= MAX_BIN),
    )
    return ColumnState(
        "number",
        rows=len(values) + nulls + nans + infinite,
        nulls=nulls,
        nans=nans,
        plus_inf=infinite,
        total=float(values.sum()),
        squares=float((values**2).sum()),
        histogram=histogram,
    )


def text(counts: dict[str, int], other: int = 0, nulls: int = 0) -> ColumnState:
    return ColumnState("text", sum(counts.values()) + other + nulls, nulls, categories=counts, other=other)


def table(**columns: ColumnState) -> TableProfile:
    return TableProfile(max((state.rows for state in columns.values()), default=0), columns)


def judged(reference: ColumnState, current: ColumnState, floor: float = 0.1) -> Finding:
    findings = judge_drift(table(x=reference), table(x=current), floor=floor, max_false_alarms_per_month=1)
    assert len(findings) == 1
    return findings[0]


NORMAL = np.random.default_rng(0).normal(0, 1, 20_000)
FEW = st.lists(st.floats(-50, 50), min_size=1, max_size=60).map(np.array)
SOME = st.lists(st.floats(-50, 50), min_size=3, max_size=20).map(np.array)  # scipy warns below three


@settings(max_examples=50)
@given(SOME, SOME)
def test_wasserstein_and_ks_are_those_of_scipy_on_the_binned_values(one: np.ndarray, two: np.ndarray) -> None:
    a, b = number(one, 0), number(two, 0)
    binned = np.floor(one), np.floor(two)
    assert wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(*binned), abs=1e-9)
    assert ks(a, b) == pytest.approx(stats.ks_2samp(*binned, method="asymp").statistic, abs=1e-9)
    assert abs(wasserstein(a, b) - stats.wasserstein_distance(one, two)) <= 1 + 1e-9
    assert ks(a, b) <= stats.ks_2samp(one, two, method="asymp").statistic + 1e-9


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12))
def test_jensen_shannon_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    one, two = ([pair[side] + (i == 0) for i, pair in enumerate(pairs)] for side in (0, 1))
    binned = Binned(tuple("abcdefghijkl"[: len(pairs)]), tuple(one), tuple(two))
    assert jensen_shannon(binned) == pytest.approx(jensenshannon(one, two, base=2), abs=1e-7)


@settings(max_examples=60)
@given(FEW, FEW, st.integers(-4, 2), st.integers(-4, 2), st.integers(0, 5))
def test_bins_hold_every_row_once_and_every_distance_is_finite(
    one: np.ndarray, two: np.ndarray, k: int, other_k: int, nulls: int
) -> None:
    a, b = number(one, k, nulls=nulls), number(two, other_k, nans=2, infinite=1)
    binned = bin_together(a, b)
    assert (sum(binned.reference), sum(binned.current)) == (a.rows, b.rows)
    assert len(set(binned.labels)) == len(binned.labels)
    drift = measure_drift(a, b, floor=0.1, alpha=0.01)
    numbers = (drift.psi, drift.threshold, drift.jensen_shannon, drift.wasserstein, drift.ks)
    assert all(x is not None and math.isfinite(x) and x >= 0 for x in numbers)


def test_the_psi_of_plain_bins_is_the_textbook_one() -> None:
    binned = Binned(("a", "b"), (50_000, 50_000), (80_000, 20_000))
    textbook = 0.3 * math.log(0.8 / 0.5) + (-0.3) * math.log(0.2 / 0.5)
    assert sum(psi(binned)) == pytest.approx(textbook, abs=1e-4)


def test_quantile_bins_hold_about_a_tenth_each() -> None:
    binned = bin_together(number(NORMAL), number(NORMAL))
    assert len(binned.labels) == 10
    assert all(0.09 < n / len(NORMAL) < 0.11 for n in binned.reference)


def test_a_spike_has_a_bin_of_its_own() -> None:
    values = np.concatenate([np.zeros(16_000), np.abs(NORMAL[:4_000]) + 0.1])
    binned = bin_together(number(values), number(values))
    assert 16_000 in binned.reference


def test_values_at_different_grids_beyond_the_finer_range_are_counted_alike() -> None:
    values = np.array([1.0] * 50 + [5_000.0] * 50 + [-5_000.0] * 20)
    fine, coarse = number(values, -1), number(values, 3)
    one, two = aligned(fine.histogram, coarse.histogram)
    assert one == two
    assert measure_drift(fine, coarse, floor=0, alpha=0.01).psi == 0
    far = aligned(number(values, -12).histogram, number(values, 10).histogram)
    assert far[0].total == far[1].total == 120
    assert measure_drift(number(values, -12), number(values, 10), floor=0, alpha=0.01).psi == 0


@pytest.mark.parametrize(("reference_rows", "rows"), [(2_000, 2_000), (200_000, 500)])
def test_nothing_drifts_as_often_as_promised(reference_rows: int, rows: int) -> None:
    random, runs, alpha = np.random.default_rng(4), 200, 0.05
    alarms = 0
    one = number(random.normal(0, 1, reference_rows))
    for _ in range(runs):
        if rows == reference_rows:
            one = number(random.normal(0, 1, rows))
        two = number(random.normal(0, 1, rows))
        drift = measure_drift(one, two, floor=0.0, alpha=alpha)
        alarms += drift.drifted
    assert 0.01 * runs <= alarms <= 0.1 * runs


def test_the_null_quantile_is_that_of_chi_squared() -> None:
    assert null_quantile(10, 500, 2_000, 0.01) == pytest.approx(stats.chi2.ppf(0.99, 9) * (1 / 500 + 1 / 2_000))


def test_a_shift_is_named_with_its_means() -> None:
    finding = judged(number(NORMAL), number(NORMAL + 1))
    assert (finding.status, finding.severity, finding.column) == (Status.WARN, Severity.WARNING, "x")
    assert finding.observed > 0.5
    assert missing_data(finding.sentence, "x", f"{finding.observed:.3f}", "0.100", "0.004681", "1.005") == []
    assert finding.details["wasserstein"] == pytest.approx(1.0, abs=0.04)


def test_a_small_real_move_is_no_alarm_and_chance_on_few_rows_is_none_either() -> None:
    assert judged(number(NORMAL), number(NORMAL + 0.05)).status is Status.PASS
    small = judged(number(NORMAL[:200]), number(NORMAL[300:360]))
    assert small.status is Status.PASS
    assert small.details["threshold"] > 0.1


def test_nulls_that_come_up_are_named() -> None:
    finding = judged(number(NORMAL), number(NORMAL[:15_000], nulls=5_000))
    assert finding.status is Status.WARN
    assert missing_data(finding.sentence, finding.details["moved"], "0.0 %", "25.0 %") == []
    assert finding.details["moved"] == "null"
    assert f"{finding.details['mean_to']:.4g}" not in finding.sentence, "a mean says nothing of nulls"


def test_a_constant_that_takes_another_value_drifts() -> None:
    finding = judged(number(np.full(500, 5.0)), number(np.full(500, 7.0)))
    assert finding.status is Status.WARN
    assert (finding.details["share_from"], finding.details["share_to"]) in {(0.0, 1.0), (1.0, 0.0)}


def test_values_beyond_the_range_of_the_reference_drift() -> None:
    finding = judged(number(np.abs(NORMAL)), number(np.concatenate([np.abs(NORMAL[:14_000]), np.full(6_000, 100.0)])))
    assert (finding.details["share_from"], finding.details["share_to"]) == (0.0, 0.3)
    assert finding.details["moved"] in finding.sentence


def test_the_category_that_moved_most_is_named() -> None:
    finding = judged(text({"UA": 500, "DL": 400, "AA": 100}), text({"UA": 200, "DL": 700, "AA": 100}))
    assert missing_data(finding.sentence, "'UA'", "50.0 %", "20.0 %") == []


def test_a_category_never_seen_is_named_unless_the_reference_left_some_unnamed() -> None:
    new = text({"UA": 500, "XX": 500})
    never, unnamed = judged(text({"UA": 990, "DL": 10}), new), judged(text({"UA": 990}, other=10), new)
    assert (never.details["share_from"], never.details["share_to"]) == (0.0, 0.5)
    assert never.details["moved"] in never.sentence
    assert unnamed.details["moved"] != never.details["moved"]


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (table(x=number(NORMAL)), TableProfile(0, {"x": ColumnState("number")})),
        (TableProfile(0, {"x": ColumnState("number")}), table(x=number(NORMAL))),
        (table(x=number(NORMAL)), table(y=number(NORMAL))),
        (table(x=number(NORMAL)), table(x=text({"a": 5}))),
        (table(x=number(NORMAL)), table(x=ColumnState("number", 9, total=9.0))),
        (table(), table()),
    ],
)
def test_what_cannot_be_computed_fails(reference: TableProfile, current: TableProfile) -> None:
    findings = judge_drift(reference, current, floor=0.2, max_false_alarms_per_month=1)
    assert [f.status for f in findings] == [Status.FAIL]
    assert findings[0].severity is Severity.CRITICAL


def test_a_column_of_nulls_alone_is_judged_by_its_nulls() -> None:
    nulls = ColumnState("number", rows=300, nulls=300)
    assert judged(nulls, nulls).status is Status.PASS
    finding = judged(nulls, number(NORMAL[:300]))
    assert finding.status is Status.WARN
    assert (finding.details["share_from"], finding.details["share_to"]) in {(0.0, 1.0), (1.0, 0.0)}


def test_dates_are_judged_only_when_asked_for() -> None:
    profile = table(x=number(NORMAL), day=ColumnState("date", 20_000, histogram=Histogram(0, {3: 20_000})))
    assert [f.column for f in judge_drift(profile, profile, floor=0.2, max_false_alarms_per_month=1)] == ["x"]
    date_findings = judge_drift(profile, profile, floor=0.2, max_false_alarms_per_month=1, columns=["day"])
    assert [f.column for f in date_findings] == ["day"]


def test_drift_is_dated_from_the_first_day_of_its_unbroken_run() -> None:
    start, still, moved = date(2013, 5, 1), number(NORMAL), number(NORMAL + 2)
    empty = TableProfile(0, {"x": ColumnState("number"), "y": ColumnState("number")})
    run = [moved, still, moved, None, moved]
    days = {start + timedelta(days=i): table(x=s, y=still) if s else empty for i, s in enumerate(run)}
    since = drifting_since(days, table(x=still, y=still), floor=0.2, max_false_alarms_per_month=1)
    assert since == {"x": start + timedelta(days=2)}


def test_the_bins_of_the_test_helper_are_those_of_the_grid() -> None:
    state = number(NORMAL[:100], -5)
    assert state.histogram is not None
    assert dict(state.histogram.bins) == Counter(bin_of(v, -5) for v in NORMAL[:100].tolist())
