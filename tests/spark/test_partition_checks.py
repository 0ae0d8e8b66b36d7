"""What needs whole days is measured for all days at once, and is what Great Expectations finds day by day."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assay.core.check import Check, CheckCost, Finding, Status
from assay.core.expectations.judge import cost_of, judge_expectations
from assay.core.profiles.table_profile import TableProfile, merge_profiles
from assay.quality.suite import load_suite
from assay.spark.profiling.partition_checks import measure_holistic
from assay.spark.profiling.profile_job import MeasuredColumn, measure
from assay.store.profiles.profile_codec import decode, encode

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    Oracle = Callable[[DataFrame, list[dict[str, Any]]], list[Any]]
    Compared = list[tuple[date, dict[str, Any], Finding, Any]]

COLUMNS = {"k": "int", "x": "double", "n": "int", "big": "long", "t": "string", "at": "timestamp", "f": "date"}
DAYS = [date(2013, 1, day) for day in (1, 2, 3, 4)]
EDGES, NULLS, ONE, MANY = DAYS
AT = datetime(2013, 11, 3, 4, tzinfo=UTC)  # the clocks of New York are set back two hours later


def rows() -> list[tuple[Any, ...]]:
    seeded = random.Random(7)
    edges = [
        (0.0, 1, 2**53, "a", AT, DAYS[0]),
        (-0.0, 1, 2**53 + 1, "", AT + timedelta(hours=1), DAYS[1]),
        (math.nan, 2, None, "", AT + timedelta(hours=2), None),
        (math.nan, None, -(2**62), None, AT + timedelta(hours=3), DAYS[1]),
        (math.inf, 3, 2**62, "a ", None, DAYS[2]),
        (None, 5, 7, "A", AT + timedelta(hours=4), DAYS[3]),
        (1.5, -8, 7, None, AT + timedelta(hours=4), DAYS[0]),
    ]
    many = [
        (
            seeded.choice([None, math.nan, round(seeded.gauss(0, 10), 1)]) if i % 5 == 0 else seeded.gauss(0, 1),
            i // 3,
            seeded.randrange(50),
            seeded.choice("abcdef") * seeded.randrange(4),
            AT + timedelta(minutes=i),
            DAYS[0] + timedelta(days=i // 7),
        )
        for i in range(150)
    ]
    of_day: dict[date, list[tuple[Any, ...]]] = {
        EDGES: edges,
        NULLS: [(None,) * 6] * 3,
        ONE: [(2.0, 4, 4, "x", AT, DAYS[0])],
        MANY: many,
    }
    return [(day, k, *row) for day, some in of_day.items() for k, row in enumerate(some)]


def spec(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": kwargs}


def ranks(*ranges: tuple[float, float | None, float | None]) -> dict[str, Any]:
    return {"quantiles": [q for q, _, _ in ranges], "value_ranges": [[low, high] for _, low, high in ranges]}


BY_SQL = {"row_condition": "n > 1", "condition_parser": "spark"}
COUNTED = [
    *[spec("column_values_to_be_unique", column=name) for name in ("x", "big", "t", "at")],
    spec("column_values_to_be_unique", column="n", mostly=4 / 6),
    spec("column_values_to_be_unique", column="n", mostly=0.67),
    spec("column_values_to_be_unique", column="t", mostly=0, **BY_SQL),
    spec("compound_columns_to_be_unique", column_list=["x", "n"]),
    spec("compound_columns_to_be_unique", column_list=["t", "f"], ignore_row_if="any_value_is_missing"),
    spec("compound_columns_to_be_unique", column_list=["n", "t"], ignore_row_if="never", mostly=0.5, **BY_SQL),
    spec("column_values_to_be_increasing", column="n"),
    spec("column_values_to_be_increasing", column="big", strictly=True, mostly=0.5),
    spec("column_values_to_be_decreasing", column="x", mostly=0.5),
    spec("column_values_to_be_decreasing", column="n", strictly=True, **BY_SQL),
]
OBSERVED = [
    spec("column_unique_value_count_to_be_between", column="x", min_value=5, max_value=150),
    spec("column_unique_value_count_to_be_between", column="t", max_value=3, **BY_SQL),
    spec("column_proportion_of_unique_values_to_be_between", column="n", min_value=0.5),
    spec("column_proportion_of_unique_values_to_be_between", column="big", max_value=0.9, strict_max=True),
    spec("column_median_to_be_between", column="x", min_value=0, max_value=1),
    spec("column_median_to_be_between", column="n", min_value=1.5, max_value=30),
    spec("column_median_to_be_between", column="big", max_value=7, **BY_SQL),
]
QUANTILES = [
    spec("column_quantile_values_to_be_between", column="x", quantile_ranges=ranks((0.0, None, 0), (1.0, 1.5, None))),
    spec(
        "column_quantile_values_to_be_between",
        column="n",
        quantile_ranges=ranks((0.05, -8, 2), (0.3, 1.0001, 20), (0.5, 2, 20), (0.9, 3, 99)),
    ),
]
ENTRIES = COUNTED + OBSERVED + QUANTILES


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    types = {"long": "bigint"}
    schema = ", ".join(f"{name} {types.get(kind, kind)}" for name, kind in COLUMNS.items())
    return spark.createDataFrame(rows(), f"day date, {schema}").coalesce(1).sortWithinPartitions("day", "k").cache()


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> list[Check]:
    path = tmp_path_factory.mktemp("suite") / "suite.json"
    path.write_text(json.dumps({"name": "suite", "expectations": ENTRIES}))
    return load_suite(path, COLUMNS)


@pytest.fixture(scope="module")
def profiles(frame: DataFrame, checks: list[Check]) -> dict[date, TableProfile]:
    measured = measure(frame, "day", [MeasuredColumn(name, kind) for name, kind in COLUMNS.items()], checks)
    return measure_holistic(frame, "day", ["k"], checks, measured)


@pytest.fixture(scope="module")
def compared(frame: DataFrame, checks: list[Check], profiles: dict[date, TableProfile], by_gx: Oracle) -> Compared:
    comparisons: Compared = []
    for day in DAYS:
        # What only Great Expectations takes time for is asked of every day; the rest of the two that hold the edges.
        chosen = [i for i in range(len(ENTRIES)) if day in (EDGES, MANY) or i % 3 == 0]
        gx_validations = by_gx(frame.where(frame.day == day), [ENTRIES[i] for i in chosen])
        findings = judge_expectations([checks[i] for i in chosen], profiles[day])
        comparisons += [
            (day, ENTRIES[i], finding, gx_validation)
            for i, finding, gx_validation in zip(chosen, findings, gx_validations, strict=True)
        ]
    return comparisons


def test_none_of_them_needs_the_fallback(checks: list[Check]) -> None:
    assert {cost_of(check) for check in checks} == {CheckCost.JOB}


def test_every_verdict_is_that_of_great_expectations(compared: Compared) -> None:
    other = [
        (day, entry, finding.sentence, result.result, str(result.exception_info)[-600:])
        for day, entry, finding, result in compared
        if (finding.status is not Status.FAIL) is not bool(result.success)
    ]
    assert other == []


def test_every_count_is_that_of_great_expectations(compared: Compared) -> None:
    other = [
        (day, entry, finding.details, result.result)
        for day, entry, finding, result in compared
        if entry in COUNTED
        and (finding.details["failed"], finding.details["evaluated"])
        != (result.result["unexpected_count"], result.result["element_count"] - result.result["missing_count"])
    ]
    assert other == []


def test_every_observed_value_is_that_of_great_expectations(compared: Compared) -> None:
    other = [
        (day, entry, finding.observed, result.result["observed_value"])
        for day, entry, finding, result in compared
        if entry in OBSERVED and finding.observed != result.result["observed_value"]
    ]
    assert other == []
    quantiles = [
        (day, entry, finding.observed, result.result["observed_value"])
        for day, entry, finding, result in compared
        if entry in QUANTILES
        and [float(value) for value in finding.observed or []]
        != [value for value in result.result["observed_value"]["values"] if value is not None]
    ]
    assert quantiles == []


def test_both_verdicts_are_seen_of_every_type(compared: Compared) -> None:
    seen: dict[str, set[bool]] = {}
    for _, entry, finding, _ in compared:
        seen.setdefault(entry["type"], set()).add(finding.status is Status.FAIL)
    assert {kind for kind, statuses in seen.items() if len(statuses) == 1} == set()


def test_a_stored_result_is_judged_again_without_spark_under_another_threshold(
    checks: list[Check], profiles: dict[date, TableProfile]
) -> None:
    stored = decode(encode(profiles[EDGES]))
    assert stored == profiles[EDGES]
    assert isinstance(stored, TableProfile)
    lower = [Check(c.type, c.column, {**c.params, "mostly": 0.0}, applies=c.applies) for c in checks[: len(COUNTED)]]
    assert {finding.status for finding in judge_expectations(lower, stored)} == {Status.PASS}


def test_two_days_together_tell_nothing_of_what_needs_a_whole_day(
    checks: list[Check], profiles: dict[date, TableProfile]
) -> None:
    merged = merge_profiles(profiles.values())
    assert merged is not None
    findings = judge_expectations(checks, merged)
    assert {finding.status for finding in findings} == {Status.FAIL}
    assert [finding.observed for finding in findings] == [None] * len(checks)


def test_the_number_of_jobs_does_not_grow_with_the_days(
    spark: SparkSession, frame: DataFrame, checks: list[Check], profiles: dict[date, TableProfile]
) -> None:
    context = spark.sparkContext

    def jobs(days: list[date]) -> int:
        group = f"holistic of {len(days)} days"
        context.setJobGroup(group, group)
        try:
            measure_holistic(frame.where(frame.day.isin(days)), "day", ["k"], checks, {d: profiles[d] for d in days})
        finally:
            context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
        return len(context.statusTracker().getJobIdsForGroup(group))

    assert jobs(DAYS) <= jobs(DAYS[:1]) <= 9


def test_nothing_runs_when_no_check_needs_it(frame: DataFrame, profiles: dict[date, TableProfile]) -> None:
    check = Check("expect_column_values_to_not_be_null", "x", predicate="x IS NOT NULL", applies="TRUE")
    measured = measure_holistic(frame, "day", ["k"], [check], profiles)
    assert all(profile.holistic == {} for profile in measured.values())
