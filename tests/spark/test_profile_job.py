"""A measurement agrees with numpy on every kind of value, and days merge to the whole."""

from __future__ import annotations

import math
from collections import Counter as Tally
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from assay.core.check import Check
from assay.core.profiles.histogram import MAX_BIN, Histogram, bin_of
from assay.core.profiles.table_profile import (
    CUT,
    DIGEST,
    LONGEST,
    MAX_CATEGORIES,
    Counter,
    category_name,
    merge_profiles,
)
from assay.errors import InputError
from assay.spark.profiling.profile_job import (
    MAX_MAGNITUDE,
    MeasuredColumn,
    empty_profile,
    feature_columns_of,
    measure,
    measure_one,
)

from ..expect_errors import raises_code

DAYS = [date(2013, 1, 5), date(2013, 1, 6), date(2013, 1, 7)]
WILD = [math.nan, math.inf, -math.inf, 1e308, -1e308, 1e150, -0.0, 0.0, 5e-324, 1e149, None]


def random_numbers(rng: np.random.Generator, rows: int) -> list[float | None]:
    """Normal numbers of many sizes, with wild ones and nulls among them."""
    usual = rng.normal(0, 1, rows) * 10.0 ** rng.integers(-3, 5, rows)
    return [WILD[rng.integers(len(WILD))] if rng.random() < 0.3 else float(value) for value in usual]


def histogram_of(values: list[float], k: int) -> Histogram:
    """What the grid says of these values, one at a time."""
    bins = Tally(max(-MAX_BIN - 1, min(MAX_BIN, bin_of(value, k))) for value in values)
    under, over = bins.pop(-MAX_BIN - 1, 0), bins.pop(MAX_BIN, 0)
    return Histogram(k, dict(sorted(bins.items())), under, over)


def frame_of(spark: SparkSession, **columns: Any) -> DataFrame:
    return spark.createDataFrame(pa.table(columns))


@pytest.mark.parametrize(("seed", "k"), [(1, 0), (2, -3), (3, 5), (4, -12), (5, 40), (6, -1074)])
def test_every_number_is_counted_where_numpy_counts_it(spark: SparkSession, seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    values = random_numbers(rng, 1_500)
    days = [DAYS[i] for i in rng.integers(len(DAYS), size=len(values))]
    frame = frame_of(spark, day=days, x=pa.array(values, pa.float64()))
    measured = measure(frame, "day", [MeasuredColumn("x", "double", k)], [])
    assert list(measured) == DAYS
    for day in DAYS:
        of_day = [value for value, own in zip(values, days, strict=True) if own == day]
        numbers = np.array([math.nan if v is None else v for v in of_day])
        usual = numbers[np.isfinite(numbers) & (np.abs(numbers) < MAX_MAGNITUDE)]
        state = measured[day].columns["x"]
        assert measured[day].rows == state.rows == len(of_day)
        assert state.nulls == of_day.count(None)
        assert state.nans == np.isnan(numbers).sum() - state.nulls
        assert (state.plus_inf, state.minus_inf) == ((numbers == np.inf).sum(), (numbers == -np.inf).sum())
        assert state.huge == (np.isfinite(numbers) & (np.abs(numbers) >= MAX_MAGNITUDE)).sum()
        assert (state.low, state.high) == (usual.min(), usual.max())
        assert state.total == pytest.approx(math.fsum(usual), rel=1e-9)
        assert float(state.squares or 0) == pytest.approx(math.fsum(usual**2), rel=1e-9)
        assert state.values == len(usual)
        assert state.histogram == histogram_of(usual.tolist(), k)


def test_minus_zero_is_zero(spark: SparkSession) -> None:
    state = measure_one(frame_of(spark, x=[-0.0, -0.0]), [MeasuredColumn("x", "double")], []).columns["x"]
    assert state.histogram == Histogram(0, {0: 2})
    assert state.low is not None and state.high is not None
    assert [math.copysign(1, value) for value in (state.low, state.high, state.total)] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("k", "within"), [(19, 1e-9), (0, 2e-7), (None, 2e-7)])
@pytest.mark.parametrize("centre", [1.4e9, -1.4e9, 524_288.0 * 2_670, 0.0])
def test_the_variance_does_not_cancel_far_from_zero(
    spark: SparkSession, centre: float, k: int | None, within: float
) -> None:
    """Unix seconds with a standard deviation of 1, also where they straddle an edge of the grid; without a grid that
    fits, what is lost is 1e-16 times mean over deviation, and not its square."""
    values = centre + np.random.default_rng(3).normal(0, 1, 40_000)
    days = [DAYS[n % 3] for n in range(len(values))]
    frame = frame_of(spark, day=days, x=values).repartition(4)
    measured = measure(frame, "day", [MeasuredColumn("x", "double", k)], [])
    for n, day in enumerate(DAYS):
        state = measured[day].columns["x"]
        assert state.variance == pytest.approx(np.var(values[n::3], ddof=1), rel=within)
        assert state.mean == pytest.approx(values[n::3].mean(), rel=1e-14, abs=1e-12)
    merged = merge_profiles(measured.values())
    assert merged is not None
    assert merged.columns["x"].variance == pytest.approx(np.var(values, ddof=1), rel=within)


def test_merged_days_name_the_same_categories_in_any_order(spark: SparkSession) -> None:
    """Ties at the last place that is named are broken by name, whatever the partitioning."""
    rng = np.random.default_rng(5)
    names = [f"c{n}" for n in rng.integers(0, 3 * MAX_CATEGORIES, 9_000)]
    frame = frame_of(spark, day=[DAYS[n % 3] for n in range(len(names))], name=names)
    columns = [MeasuredColumn("name", "string")]
    measured = measure(frame, "day", columns, [])
    assert measure(frame.repartition(5), "day", columns, []) == measured
    for n, day in enumerate(DAYS):
        ranked = sorted(Tally(names[n::3]).items(), key=lambda item: (-item[1], item[0]))[:MAX_CATEGORIES]
        assert measured[day].columns["name"].categories == dict(ranked)
    parts = list(measured.values())
    assert merge_profiles(parts) == merge_profiles(parts[::-1]) == parts[1].merge(parts[2].merge(parts[0]))


def all_kinds(spark: SparkSession, rows: int) -> DataFrame:
    """Every type, over three days."""
    rng = np.random.default_rng(7)
    start = datetime(2013, 11, 3, 4, 59, 59, 500_000, tzinfo=UTC)
    return frame_of(
        spark,
        day=[DAYS[n % 3] for n in range(rows)],
        x=pa.array(random_numbers(rng, rows), pa.float64()),
        n=pa.array([None if n % 7 == 0 else int(n) for n in range(rows)], pa.int32()),
        big=pa.array([n * 2**40 for n in range(rows)], pa.int64()),
        name=pa.array([None if n % 5 == 0 else f"c{n % 4}" for n in range(rows)], pa.string()),
        yes=pa.array([None if n % 3 == 0 else n % 2 == 0 for n in range(rows)], pa.bool_()),
        on=pa.array([None if n % 4 == 0 else date(2040, 2, 28) + timedelta(n) for n in range(rows)], pa.date32()),
        at=pa.array([start + timedelta(hours=n) for n in range(rows)], pa.timestamp("us", "UTC")),
    )


KINDS = [
    MeasuredColumn("x", "double", -2),
    MeasuredColumn("n", "int", 1),
    MeasuredColumn("big", "long", 30),
    MeasuredColumn("name", "string"),
    MeasuredColumn("yes", "boolean"),
    MeasuredColumn("on", "date"),
    MeasuredColumn("at", "timestamp"),
]
CHECKS = [
    Check("expect_column_values_to_not_be_null", "n", predicate="n IS NOT NULL"),
    Check("expect_column_values_to_be_between", "n", predicate="n >= 10"),
    Check("expect_column_values_to_be_between", "n", predicate="n >= 10", applies="name = 'c1'"),
    Check("expect_column_values_to_be_between", "n", predicate="100 / n > 0"),
    Check("expect_table_row_count_to_be_between"),
]


def test_the_kinds_of_columns_are_measured_each_in_its_way(spark: SparkSession) -> None:
    profile = measure_one(all_kinds(spark, 60), KINDS, [])
    assert list(profile.columns) == [column.name for column in KINDS]
    name, yes, on, at = (profile.columns[c] for c in ("name", "yes", "on", "at"))
    assert (name.kind, name.nulls, name.histogram) == ("text", 12, None)
    assert name.categories == {"c0": 12, "c1": 12, "c2": 12, "c3": 12}
    assert (yes.kind, yes.nulls, yes.categories) == ("boolean", 20, {"false": 20, "true": 20})
    first = datetime(2040, 2, 29, tzinfo=UTC).timestamp()
    assert (on.kind, on.nulls, on.histogram, on.low, on.high) == ("date", 15, None, first, first + 58 * 86_400)
    start = datetime(2013, 11, 3, 4, 59, 59, 500_000, tzinfo=UTC).timestamp()
    assert (at.kind, at.low, at.high, at.mean) == ("timestamp", start, start + 59 * 3_600, start + 29.5 * 3_600)


def test_days_merge_to_what_is_measured_at_once(spark: SparkSession) -> None:
    frame = all_kinds(spark, 300).persist()
    whole = measure_one(frame, KINDS, CHECKS)
    merged = merge_profiles(measure(frame, "day", KINDS, CHECKS).values())
    frame.unpersist()
    assert merged is not None
    assert (merged.rows, merged.counters) == (whole.rows, whole.counters)
    for name, state in whole.columns.items():
        other = merged.columns[name]
        for field in ("kind", "rows", "nulls", "nans", "huge", "low", "high", "histogram", "categories", "other"):
            assert getattr(other, field) == getattr(state, field), (name, field)
        assert other.total == pytest.approx(state.total, rel=1e-12)
        assert other.variance == pytest.approx(state.variance, rel=1e-9)


def test_a_check_looks_at_the_rows_it_applies_to_and_at_no_null(spark: SparkSession) -> None:
    counters = measure_one(all_kinds(spark, 60), [], CHECKS).counters
    nulls = len(range(0, 60, 7))
    assert counters[CHECKS[0].id] == Counter(60, nulls)
    assert counters[CHECKS[1].id] == Counter(60 - nulls, 10 - 2)
    named = [n for n in range(60) if n % 5 and n % 4 == 1 and n % 7]
    assert counters[CHECKS[2].id] == Counter(len(named), sum(n < 10 for n in named))
    assert counters[CHECKS[3].id] == Counter(60 - nulls, 0)
    assert CHECKS[4].id not in counters


def test_a_check_that_fails_on_a_row_does_not_end_the_job(spark: SparkSession) -> None:
    checks = [Check("custom", "x", predicate="CAST(name AS INT) > 0"), Check("custom", "x", predicate="1 / x > 0")]
    counters = measure_one(frame_of(spark, name=["a", "1"], x=[0, 1]), [], checks).counters
    assert [counters[check.id] for check in checks] == [Counter(1, 0), Counter(1, 0)]


def test_two_checks_with_one_id_are_measured_once(spark: SparkSession) -> None:
    loose = Check("between", "x", {"mostly": 0.5}, predicate="x > 1")
    tight = Check("between", "x", {"mostly": 0.9}, predicate="x > 1")
    assert measure_one(frame_of(spark, x=[1, 2, 3]), [], [loose, tight]).counters == {tight.id: Counter(3, 1)}


def test_a_million_distinct_values_stay_in_spark(spark: SparkSession) -> None:
    frame = spark.range(200_000).selectExpr("concat('v', if(id < 3000, id % 3, id)) AS name", "date'2013-01-05' AS day")
    profile = measure(frame, "day", [MeasuredColumn("name", "string")], [])[DAYS[0]]
    state = profile.columns["name"]
    assert len(state.categories) == MAX_CATEGORIES
    assert [state.categories[name] for name in ("v0", "v1", "v2")] == [1_000] * 3
    assert sum(state.categories.values()) + state.other == state.rows == profile.rows == 200_000


def test_a_long_text_is_cut_but_not_taken_for_another_and_odd_ones_survive(spark: SparkSession) -> None:
    texts = ["x" * 300, "x" * 250, "é✈️", "", "a'b\"c`d\n"]
    state = measure_one(frame_of(spark, name=texts), [MeasuredColumn("name", "string")], []).columns["name"]
    assert state.categories == {category_name(text): 1 for text in texts}
    assert max(map(len, state.categories)) == LONGEST + len(CUT) + DIGEST


def test_no_rows_give_the_empty_profile(spark: SparkSession) -> None:
    empty = all_kinds(spark, 3).where("false")
    assert measure(empty, "day", KINDS, CHECKS) == {}
    profile = measure_one(empty, KINDS, CHECKS)
    assert profile == empty_profile(KINDS, CHECKS)
    assert profile.rows == 0
    assert list(profile.columns) == [column.name for column in KINDS]
    assert profile.counters == {check.id: Counter(0, 0) for check in CHECKS if check.predicate}


def test_twenty_columns_and_thirty_checks_are_one_pass(spark: SparkSession) -> None:
    frame = spark.range(2_000).selectExpr(
        *[f"CAST(id % {n + 2} AS DOUBLE) AS c{n}" for n in range(20)], "date_add(date'2013-01-05', int(id % 3)) AS day"
    )
    columns = [MeasuredColumn(f"c{n}", "double") for n in range(20)]
    allowed = ", ".join(map(str, range(100)))
    checks = [Check("in_set", f"c{n % 20}", predicate=f"c{n % 20} IN ({allowed}) AND {n} >= 0") for n in range(30)]
    measured = measure(frame, "day", columns, checks)
    whole = merge_profiles(measured.values())
    assert whole is not None
    assert set(whole.counters.values()) == {Counter(2_000, 0)}
    assert len(whole.counters) == 30
    for n in range(20):
        assert whole.columns[f"c{n}"].histogram == histogram_of([float(i % (n + 2)) for i in range(2_000)], 0)


def test_names_with_odd_characters_are_measured(spark: SparkSession) -> None:
    frame = frame_of(spark, **{"a b": [1, 2], "x.y": ["p", "q"], "q`r": [1.0, 2.0]})
    columns = [MeasuredColumn("a b", "int"), MeasuredColumn("x.y", "string"), MeasuredColumn("q`r", "double")]
    assert [state.rows for state in measure_one(frame, columns, []).columns.values()] == [2, 2, 2]


def test_a_column_that_cannot_be_measured_is_named(spark: SparkSession) -> None:
    frame = spark.sql("SELECT array(1) AS many")
    with raises_code(InputError, "unmeasurable", "many", "array<int>"):
        measure_one(frame, [MeasuredColumn("many", "array<int>")], [])


def test_the_grid_of_a_feature_comes_from_its_usual_values_or_from_the_profile_before(spark: SparkSession) -> None:
    share = [n / 1_000 for n in range(1_000)]
    frame = frame_of(
        spark, share=[*share, 1e9, math.nan], name=["x"] * 1_002, none=pa.array([None] * 1_002, pa.float64())
    )
    columns = feature_columns_of(frame, ["share", "name", "none"])
    assert [(c.name, c.type, c.bin_exponent) for c in columns] == [
        ("share", "double", -8),
        ("name", "string", None),
        ("none", "double", 0),
    ]
    profile = measure_one(frame, columns, [])
    assert profile.columns["share"].histogram is not None
    assert profile.columns["share"].histogram.over == 1
    wider = frame.selectExpr("share * 100 AS share", "name", "none")
    assert [c.bin_exponent for c in feature_columns_of(wider, ["share", "name", "none"], profile)] == [-8, None, 0]
