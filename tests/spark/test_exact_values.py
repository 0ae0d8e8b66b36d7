"""Whole numbers past 2^53 and texts past 200 characters: two that differ are never taken for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from assay.core.check import Check, Finding, Status
from assay.core.expectations.judge import judge_expectations
from assay.core.profiles.table_profile import TableProfile, category_name, merge_profiles
from assay.quality.suite import load_suite, needs_fallback
from assay.spark.profiling.profile_job import MeasuredColumn, measure
from assay.store.profiles.profile_codec import decode, encode

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    Oracle = Callable[[DataFrame, list[dict[str, Any]]], list[Any]]

DAY = date(2013, 1, 1)
COLUMNS = {"big": "long", "least": "long", "most": "long", "t": "string", "u": "string"}
EDGE, LEAST, MOST = 2**53, -(2**63), 2**63 - 1
LONG = "x" * 200
ROWS = [(DAY, EDGE + 1, LEAST, MOST, LONG + "a", LONG + "é"), (DAY, EDGE + 3, LEAST + 1, MOST - 1, LONG + "b", "short")]
BY_SQL = {"row_condition": "big > 0", "condition_parser": "spark"}


def spec(kind: str, column: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": {"column": column, **kwargs}}


GOOD = [
    spec("column_values_to_be_between", "big", min_value=EDGE + 1, max_value=EDGE + 3),
    spec("column_values_to_be_between", "big", min_value=EDGE, strict_min=True),
    spec("column_values_to_be_between", "most", max_value=MOST),
    spec("column_values_to_be_between", "most", max_value=2**63, strict_max=True),
    spec("column_values_to_be_between", "least", min_value=LEAST),
    spec("column_values_to_be_in_set", "big", value_set=[EDGE + 1, EDGE + 3]),
    spec("column_values_to_be_in_set", "most", value_set=[MOST, MOST - 1]),
    spec("column_values_to_not_be_in_set", "big", value_set=[EDGE, EDGE + 2, EDGE + 4]),
    spec("column_min_to_be_between", "big", min_value=EDGE + 1, max_value=EDGE + 1),
    spec("column_max_to_be_between", "big", min_value=EDGE + 3, max_value=EDGE + 3),
    spec("column_min_to_be_between", "least", min_value=LEAST, max_value=LEAST),
    spec("column_max_to_be_between", "most", min_value=MOST, max_value=MOST),
    spec("column_min_to_be_between", "big", min_value=EDGE, strict_min=True, **BY_SQL),
    spec("column_distinct_values_to_equal_set", "big", value_set=[EDGE + 1, EDGE + 3]),
    spec("column_distinct_values_to_contain_set", "most", value_set=[MOST]),
    spec("column_distinct_values_to_equal_set", "t", value_set=[LONG + "a", LONG + "b"]),
    spec("column_distinct_values_to_contain_set", "u", value_set=[LONG + "é", "short"]),
]
BAD = [
    spec("column_values_to_be_between", "big", max_value=EDGE),
    spec("column_values_to_be_between", "big", min_value=EDGE + 2),
    spec("column_values_to_be_between", "most", max_value=MOST - 1),
    spec("column_values_to_be_between", "most", min_value=2**63),
    spec("column_values_to_be_between", "least", min_value=LEAST + 1),
    spec("column_values_to_be_in_set", "big", value_set=[EDGE, EDGE + 2, EDGE + 4]),
    spec("column_values_to_not_be_in_set", "big", value_set=[EDGE + 1]),
    spec("column_min_to_be_between", "big", max_value=EDGE),
    spec("column_min_to_be_between", "big", min_value=EDGE + 1, strict_min=True),
    spec("column_max_to_be_between", "big", min_value=EDGE + 4),
    spec("column_max_to_be_between", "most", max_value=MOST - 1),
    spec("column_min_to_be_between", "least", min_value=LEAST + 1),
    spec("column_max_to_be_between", "big", max_value=EDGE + 2, **BY_SQL),
    spec("column_distinct_values_to_equal_set", "big", value_set=[EDGE + 1, EDGE + 2]),
    spec("column_distinct_values_to_equal_set", "t", value_set=[LONG + "a"]),
    spec("column_distinct_values_to_equal_set", "t", value_set=[LONG + "a", LONG + "c"]),
    spec("column_distinct_values_to_contain_set", "t", value_set=[LONG]),
    spec("column_values_to_be_in_set", "t", value_set=[LONG + "a"]),
    spec("column_most_common_value_to_be_in_set", "t", value_set=[LONG + "a"]),
]
BEYOND_DOUBLES = ("column_values_to_be_between", "column_min_to_be", "column_max_to_be")
"""Great Expectations 1.24 turns the limits of these into doubles when it reads them: no oracle past 2^53."""


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(ROWS, "day date, big bigint, least bigint, most bigint, t string, u string").cache()


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> list[Check]:
    path = tmp_path_factory.mktemp("suite") / "suite.json"
    path.write_text(json.dumps({"name": "suite", "expectations": GOOD + BAD}))
    suite = load_suite(path, COLUMNS)
    assert not any(needs_fallback(check) for check in suite)
    return suite


@pytest.fixture(scope="module")
def profile(frame: DataFrame, checks: list[Check]) -> TableProfile:
    return measure(frame, "day", [MeasuredColumn(name, kind) for name, kind in COLUMNS.items()], checks)[DAY]


def wrong(findings: list[Finding]) -> list[str]:
    good, bad = findings[: len(GOOD)], findings[len(GOOD) :]
    return [f.sentence for f in good if f.status is not Status.PASS] + [
        f.sentence for f in bad if f.status is not Status.FAIL
    ]


def test_longs_and_long_texts_are_judged_exactly(profile: TableProfile, checks: list[Check]) -> None:
    assert wrong(judge_expectations(checks, profile)) == []


def test_a_stored_and_merged_profile_is_as_exact(profile: TableProfile, checks: list[Check]) -> None:
    stored = decode(encode(profile))
    assert isinstance(stored, TableProfile)
    assert wrong(judge_expectations(checks, stored)) == []
    assert (stored.columns["most"].low, stored.columns["most"].high) == (MOST - 1, MOST)
    merged = merge_profiles([stored, stored])
    assert merged is not None
    assert merged.columns["least"].low == LEAST


def test_what_great_expectations_can_tell_it_says_too(frame: DataFrame, by_gx: Oracle) -> None:
    comparable = [entry for entry in GOOD + BAD if not any(part in entry["type"] for part in BEYOND_DOUBLES)]
    other = [
        entry
        for entry, result in zip(comparable, by_gx(frame, comparable), strict=True)
        if bool(result.success) is not (entry in GOOD)
    ]
    assert other == []


def test_a_category_is_called_by_spark_as_it_is_called_here(profile: TableProfile) -> None:
    assert set(profile.columns["t"].categories) == {category_name(LONG + "a"), category_name(LONG + "b")}
    assert set(profile.columns["u"].categories) == {category_name(LONG + "é"), "short"}
