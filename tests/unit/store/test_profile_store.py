"""Profiles come back exactly as they were put, and equal profiles are equal bytes."""

from __future__ import annotations

import gzip
import itertools
import json
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.evaluation.metrics import METRICS, metrics_of
from assay.core.profiles.from_arrays import histogram_of, label_scores, residuals_of
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT
from assay.core.profiles.table_profile import ColumnState, Counter, DailyProfiles, Holistic, TableProfile
from assay.core.task_type import TaskType
from assay.errors import InfrastructureError, InputError
from assay.store.profiles.profile_codec import Profile, decode, encode
from assay.store.profiles.profile_store import ProfileStore

from ...expect_errors import raises_code, raises_naming

counts = st.integers(0, 10**12)
numbers = st.floats(allow_nan=False)
sums = numbers | st.fractions()
histograms = st.builds(
    Histogram,
    bin_exponent=st.integers(-1_000, 1_000),
    bins=st.dictionaries(st.integers(-4_096, 4_095), st.integers(1, 10**9), max_size=5),
    under=counts,
    over=counts,
)
states = st.builds(
    ColumnState,
    kind=st.sampled_from(["number", "text", "boolean", "date", "timestamp"]),
    rows=counts,
    nulls=counts,
    nans=counts,
    plus_inf=counts,
    minus_inf=counts,
    huge=counts,
    low=st.none() | numbers,
    high=st.none() | numbers,
    total=sums,
    squares=st.none() | sums,
    histogram=st.none() | histograms,
    categories=st.dictionaries(st.text(max_size=8), counts, max_size=4),
    other=counts,
)
tables = st.builds(
    TableProfile,
    rows=counts,
    columns=st.dictionaries(st.text(max_size=8), states, max_size=3),
    counters=st.dictionaries(st.text(max_size=8), st.builds(Counter, counts, counts), max_size=3),
    selections=st.dictionaries(st.text(max_size=8), states, max_size=2),
    holistic=st.dictionaries(
        st.text(max_size=8),
        st.builds(Holistic, counts, counts, counts, st.lists(st.floats(allow_nan=False), max_size=3).map(tuple)),
        max_size=2,
    ),
)
labelled = st.builds(
    LabelledScores,
    positives=histograms,
    negatives=histograms,
    unlabelled=counts,
    sums=st.dictionaries(st.text(max_size=8), numbers, max_size=3),
    unlabelled_scores=histograms.map(lambda one: one if one.total else Histogram(LOG_ODDS_EXPONENT)),
)
residuals = st.builds(
    Residuals,
    rows=counts,
    scores=histograms,
    residuals=histograms,
    label_sums=st.dictionaries(st.integers(-50, 50), sums, max_size=3),
    unlabelled=counts,
    unusable=counts,
    sums=st.dictionaries(st.text(max_size=8), numbers, max_size=3),
)
scores = st.one_of(labelled, residuals)
outcomes = st.builds(
    OutcomeProfile,
    overall=scores,
    slices=st.dictionaries(st.text(max_size=8), st.dictionaries(st.text(max_size=8), scores, max_size=2), max_size=2),
)


@given(tables | outcomes | st.builds(DailyProfiles, st.dictionaries(st.dates(), tables, max_size=2)))
def test_every_profile_survives_the_round_trip_exactly(profile: Profile) -> None:
    back = decode(encode(profile))
    assert back == profile
    assert encode(back) == encode(profile)


@given(tables)
def test_the_columns_keep_their_order(profile: TableProfile) -> None:
    back = decode(encode(profile))
    assert isinstance(back, TableProfile)
    assert list(back.columns) == list(profile.columns)


def test_equal_profiles_are_equal_bytes_however_they_were_built() -> None:
    one = Histogram(SCORE_BIN_EXPONENT, {1: 2, 3: 4})
    two = Histogram(SCORE_BIN_EXPONENT, {3: 4, 1: 2})
    assert encode(OutcomeProfile(LabelledScores(one, one))) == encode(OutcomeProfile(LabelledScores(two, two)))


A_TABLE = TableProfile(842, {"air_time": ColumnState("number", 842, low=20.0, high=695.0)}, {"c": Counter(842, 3)})
DAYS = {date(2013, 1, 5): A_TABLE, date(2013, 1, 6): TableProfile(0, {})}


def test_a_store_gives_back_all_dates_or_those_asked_for(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, "flight_delays")
    store.write("table", "outcomes", "run-1", DAYS)
    store.write("table", "outcomes", "run-2", {date(2013, 1, 7): A_TABLE})
    assert store.read("table", "outcomes", "run-1") == DAYS
    assert store.read("table", "outcomes", "run-1", [date(2013, 1, 5)]) == {date(2013, 1, 5): A_TABLE}
    place = tmp_path / "_assay/flight_delays/profiles/table/outcomes/2013-01-05/run-1.json.gz"
    assert place.is_file()


def test_a_date_that_is_not_there_is_never_silently_left_out(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, "flight_delays")
    store.write("table", "outcomes", "run-1", DAYS)
    with raises_code(InfrastructureError, "missing-profile", "2013-01-07/run-1.json.gz"):
        store.read("table", "outcomes", "run-1", [date(2013, 1, 5), date(2013, 1, 7)])


@pytest.mark.parametrize("keep", [0, 10, 60])
def test_a_torn_profile_is_an_infrastructure_error_naming_the_file(tmp_path: Path, keep: int) -> None:
    store = ProfileStore(tmp_path, "flight_delays")
    store.write("table", "outcomes", "run-1", {date(2013, 1, 5): A_TABLE})
    path = next(tmp_path.rglob("run-1.json.gz"))
    path.write_bytes(path.read_bytes()[:keep])
    with raises_code(InfrastructureError, "corrupt-file", "run-1.json.gz"):
        store.read("table", "outcomes", "run-1")


def test_a_profile_of_a_later_format_is_refused() -> None:
    data = json.loads(gzip.decompress(encode(A_TABLE))) | {"format": 4}
    with raises_naming(ValueError, 4, 1, 3):
        decode(gzip.compress(json.dumps(data).encode()))


def test_scores_of_before_the_grid_of_log_odds_are_put_on_it_and_keep_their_metrics() -> None:
    random = np.random.default_rng(3)
    labels = random.random(4_000) < 0.2
    scores = np.clip(random.normal(np.where(labels, 0.4, 0.3), 0.1), 0.0, 1.0)
    sides = [histogram_of(scores[labels == label], SCORE_BIN_EXPONENT) for label in (True, False)]
    document = json.loads(gzip.decompress(encode(OutcomeProfile(LabelledScores(sides[0], sides[1]))))) | {"format": 2}
    read = decode(gzip.compress(json.dumps(document).encode()))
    assert isinstance(read, OutcomeProfile) and isinstance(read.overall, LabelledScores)
    assert read.overall.counted == {"positive": labels.sum(), "negative": (~labels).sum()}
    fresh = label_scores(scores, labels)
    for name in ("roc_auc", "pr_auc", "f1"):
        metric = METRICS[name]
        assert metric.function(read.overall) == pytest.approx(metric.function(fresh), abs=2e-3), name


AnyProfile = TypeVar("AnyProfile", TableProfile, OutcomeProfile)


def as_format_1(profile: AnyProfile) -> AnyProfile:
    document = json.loads(gzip.decompress(encode(profile))) | {"format": 1}
    read = decode(gzip.compress(json.dumps(document).encode()))
    assert isinstance(read, type(profile))
    return read


@pytest.mark.parametrize(("centre", "known"), [(0.0, True), (1e3, True), (1.4e9, False), (-1.4e9, False)])
def test_a_spread_that_format_1_lost_to_rounding_is_read_as_unknown(centre: float, known: bool) -> None:
    values = centre + np.random.default_rng(1).normal(0, 1, 4_000)
    state = ColumnState("number", 4_000, total=float(values.sum()), squares=float((values**2).sum()))
    read = as_format_1(TableProfile(4_000, {"x": state}))
    assert isinstance(read, TableProfile)
    column = read.columns["x"]
    assert column.mean == pytest.approx(values.mean())
    assert column.variance == (pytest.approx(np.var(values, ddof=1), rel=1e-6) if known else None)
    assert decode(encode(read)) == read, "what is unknown stays so"


@pytest.mark.parametrize(("spread", "error", "unknown"), [(300.0, 40.0, set()), (1.0, 1.0, {"rmse", "r2"})])
def test_metrics_that_format_1_lost_to_rounding_are_undefined(spread: float, error: float, unknown: set[str]) -> None:
    """Format 1 rounded to 2^-30 of a bin: labels of some 2^10 in bins of 4, and unix seconds in bins of 2^19."""
    chance = np.random.default_rng(2)
    k, centre = (2, 1_000.0) if spread > 1 else (19, 1.4e9)
    labels = centre + chance.normal(0, spread, 2_000)
    state = residuals_of(labels + chance.normal(0, error, 2_000), labels, k)
    as_doubles = {name: float(total) for name, total in state.sums.items()}
    read = as_format_1(OutcomeProfile(replace(state, sums=as_doubles))).overall
    for name, metric in metrics_of(TaskType.REGRESSION).items():
        expected = None if name in unknown else pytest.approx(metric.function(state), rel=1e-3)
        assert metric.function(read) == expected, name


def test_a_profile_of_before_selections_and_whole_days_were_measured_is_read() -> None:
    document = json.loads(gzip.decompress(encode(A_TABLE)))
    del document["table"]["selections"], document["table"]["holistic"]
    assert decode(gzip.compress(json.dumps(document).encode())) == A_TABLE


def test_a_kind_or_subject_that_climbs_is_refused(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, "flight_delays")
    with raises_naming(ValueError, "../x"):
        store.write("../x", "outcomes", "run-1", DAYS)  # type: ignore[arg-type]
    with raises_code(InputError, "bad-name", "../x"):
        store.write("table", "../x", "run-1", DAYS)


MARCH = date(2013, 3, 1)


def names(lake: Path) -> list[str]:
    return sorted(path.relative_to(lake / "_assay/flight_delays/profiles").as_posix() for path in lake.rglob("*.*"))


def a_store_of_two_months(lake: Path) -> tuple[ProfileStore, dict[date, TableProfile]]:
    store = ProfileStore(lake, "flight_delays")
    days = {date(2013, 1, 30) + timedelta(days=n): TableProfile(n, {}) for n in range(5)}
    store.write("table", "outcomes", "run-1", days)
    store.write("table", "outcomes", "run-2", {date(2013, 1, 30): A_TABLE})
    return store, days


def test_months_that_are_over_are_packed_and_read_as_before(tmp_path: Path) -> None:
    store, days = a_store_of_two_months(tmp_path)
    assert [pack.name for pack in store.unarchived(date(2013, 2, 28))] == ["2013-01.zip"]
    assert [pack.name for pack in store.unarchived(MARCH)] == ["2013-01.zip", "2013-02.zip"]
    list(store.archive(date(2013, 2, 28)))
    assert names(tmp_path) == [
        "table/outcomes/2013-01.zip",
        *(f"table/outcomes/2013-02-0{n}/run-1.json.gz" for n in (1, 2, 3)),
    ]
    assert store.read("table", "outcomes", "run-1") == days
    assert store.read("table", "outcomes", "run-1", [date(2013, 1, 31)]) == {date(2013, 1, 31): TableProfile(1, {})}
    assert store.read("table", "outcomes", "run-2") == {date(2013, 1, 30): A_TABLE}
    assert store.unarchived(date(2013, 2, 28)) == {}


def test_what_comes_later_of_a_packed_month_is_added_to_its_pack(tmp_path: Path) -> None:
    store, days = a_store_of_two_months(tmp_path)
    list(store.archive(MARCH))
    store.write("table", "outcomes", "run-3", {date(2013, 1, 31): A_TABLE})
    assert store.read("table", "outcomes", "run-3") == {date(2013, 1, 31): A_TABLE}
    list(store.archive(MARCH))
    assert names(tmp_path) == ["table/outcomes/2013-01.zip", "table/outcomes/2013-02.zip"]
    assert store.read("table", "outcomes", "run-3") == {date(2013, 1, 31): A_TABLE}
    assert store.read("table", "outcomes", "run-1") == days


def test_a_date_that_no_pack_holds_is_missing_all_the_same(tmp_path: Path) -> None:
    store, _ = a_store_of_two_months(tmp_path)
    list(store.archive(MARCH))
    with raises_code(InfrastructureError, "missing-profile", "2013-01-31/run-2.json.gz"):
        store.read("table", "outcomes", "run-2", [date(2013, 1, 30), date(2013, 1, 31)])


def test_a_damaged_pack_is_named(tmp_path: Path) -> None:
    store, _ = a_store_of_two_months(tmp_path)
    list(store.archive(MARCH))
    pack = next(tmp_path.rglob("2013-01.zip"))
    pack.write_bytes(pack.read_bytes()[:-30])
    with raises_code(InfrastructureError, "corrupt-file", "2013-01.zip"):
        store.read("table", "outcomes", "run-1")


@given(st.lists(st.integers(0, 8), max_size=4))
def test_packing_killed_at_any_steps_and_run_again_keeps_every_profile(kills: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        store, days = a_store_of_two_months(lake)
        for kill in kills:
            for _ in itertools.islice(store.archive(MARCH), kill):
                assert store.read("table", "outcomes", "run-1") == days
                assert store.read("table", "outcomes", "run-2") == {date(2013, 1, 30): A_TABLE}
        list(store.archive(MARCH))
        assert names(lake) == ["table/outcomes/2013-01.zip", "table/outcomes/2013-02.zip"]
        assert store.read("table", "outcomes", "run-1") == days
