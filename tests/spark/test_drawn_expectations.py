"""Every type that Assay judges itself, on drawn frames and with drawn parameters: verdict, counts and observed value
are those of Great Expectations on the same Spark frame, also where `mostly` lies on the very edge."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay.core.check import Check, Finding, Status
from assay.core.expectations.catalog import EXPECTATION_TYPES
from assay.core.expectations.judge import judge_expectations
from assay.core.profiles.table_profile import TableProfile
from assay.quality.suite import load_suite, needs_fallback
from assay.spark.profiling.partition_checks import measure_holistic
from assay.spark.profiling.profile_job import MeasuredColumn, measure

from .drawn_expectations import COLUMNS, DAY, DRAW, drawn, frame_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    Oracle = Callable[[DataFrame, list[dict[str, Any]]], list[Any]]

FRAMES = [(2, 2), (4, 40), (5, 150), (7, 12)]
"""Seed and rows of each."""
NO_MOSTLY = (
    *("_columns_", "_of_type", "type_list", "type_to_be", "_to_exist", "table_", "distinct", "unique_value"),
    *("mean", "sum_to_be", "stdev", "min_to", "max_to", "proportion", "median", "quantile", "most_common"),
    *("z_scores", "unexpected_rows"),
)
NOT_IN_GX = "like_pattern"


def measured(frame: DataFrame, checks: list[Check]) -> TableProfile:
    columns = [MeasuredColumn(name, kind) for name, kind in {"day": "date", **COLUMNS}.items()]
    profiles = measure(frame, "day", columns, checks)
    return measure_holistic(frame, "day", ["k"], checks, profiles)[DAY]


def on_the_edge(seeded: random.Random, entry: dict[str, Any], finding: Finding) -> dict[str, Any]:
    """The entry with a `mostly` that its rows reach exactly, or by the smallest step do not; or 0, or 1."""
    if any(part in entry["type"] for part in NO_MOSTLY):
        return entry
    evaluated, failed = finding.details["evaluated"], finding.details["failed"]
    share = (evaluated - failed) / evaluated if evaluated else 1.0
    mostly = seeded.choice([share, share, min(1.0, math.nextafter(share, 2)), 0.0, 1.0])
    return {**entry, "kwargs": {**entry["kwargs"], "mostly": mostly}}


def test_every_type_that_assay_judges_itself_is_drawn() -> None:
    missing = {kind for kind in EXPECTATION_TYPES if kind.removeprefix("expect_") not in DRAW}
    assert {kind for kind in missing if NOT_IN_GX not in kind} == set()


@pytest.mark.parametrize(("seed", "size"), FRAMES)
def test_a_drawn_suite_on_a_drawn_frame_is_judged_as_great_expectations_judges_it(
    spark: SparkSession, by_gx: Oracle, tmp_path: Path, seed: int, size: int
) -> None:
    def load(entries: list[dict[str, Any]]) -> list[Check]:
        path = tmp_path / "suite.json"
        path.write_text(json.dumps({"name": "suite", "expectations": entries}))
        return load_suite(path, {"day": "date", **COLUMNS})

    frame, entries = frame_of(spark, seed, size), drawn(seed)
    checks = load(entries)
    assert not [check.type for check in checks if needs_fallback(check)]
    profile, seeded = measured(frame, checks), random.Random(seed)
    entries = [on_the_edge(seeded, e, f) for e, f in zip(entries, judge_expectations(checks, profile), strict=True)]
    findings = judge_expectations(load(entries), profile)
    compared = list(zip(entries, findings, by_gx(frame, entries), strict=True))
    frame.unpersist()
    different = [difference for difference in map(other, compared) if difference]
    assert not different, "\n".join(different)


def other(compared: tuple[dict[str, Any], Finding, Any]) -> str:
    """In which the two differ, empty if in nothing."""
    entry, finding, gx_validation = compared
    gx_numbers, name = gx_validation.result, f"{entry['type']} {entry['kwargs']}: {finding.sentence}"
    if gx_validation.exception_info.get("raised_exception") or (not gx_numbers and "to_exist" not in entry["type"]):
        return f"{name}, and they raised {gx_validation.exception_info}"
    if (finding.status is not Status.FAIL) is not bool(gx_validation.success):
        return f"{name}, and theirs is {gx_validation.success}: {gx_numbers}"
    if entry["type"].startswith("unexpected"):
        return "" if finding.details["failed"] == gx_numbers["observed_value"] else f"{name}, and they: {gx_numbers}"
    if "evaluated" in finding.details and "distinct" not in entry["type"]:
        missing = 0 if "be_null" in entry["type"] else gx_numbers.get("missing_count") or 0
        counts = (gx_numbers["element_count"] - missing, gx_numbers["unexpected_count"] or 0)
        return (
            ""
            if counts == (finding.details["evaluated"], finding.details["failed"])
            else f"{name}, and theirs is {counts}"
        )
    return "" if same(finding.observed, gx_numbers.get("observed_value")) else f"{name}, and they observed {gx_numbers}"


def same(observed: Any, gx_observed: Any) -> bool:
    if isinstance(gx_observed, dict):
        observed, gx_observed = observed or [], [value for value in gx_observed["values"] if value is not None]
        return bool([float(value) for value in observed] == gx_observed)
    if isinstance(gx_observed, date):
        gx_observed = gx_observed.isoformat()
    if isinstance(observed, bool) or isinstance(gx_observed, list | None) or isinstance(observed, list):
        return True  # of sets, orders and what is undefined the two show different things
    if isinstance(observed, str) and isinstance(gx_observed, str):
        return observed == gx_observed
    return math.isclose(float(observed), float(gx_observed), rel_tol=1e-12)


def test_on_an_empty_frame_great_expectations_passes_what_assay_fails(
    spark: SparkSession, by_gx: Oracle, tmp_path: Path
) -> None:
    frame = frame_of(spark, 0, 1).where("false")
    entries = [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "x"}},
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "x", "min_value": 0}},
        {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "x"}},
    ]
    path = tmp_path / "suite.json"
    path.write_text(json.dumps({"name": "suite", "expectations": entries}))
    checks = load_suite(path, COLUMNS)
    assert all(result.success for result in by_gx(frame, entries))
    assert {f.status for f in judge_expectations(checks, TableProfile(0, {}))} == {Status.FAIL}


@pytest.mark.parametrize(
    ("kind", "kwargs", "failed"),
    [
        ("match_like_pattern", {"like_pattern": "%A"}, 2),
        ("match_like_pattern", {"like_pattern": "a\\%b"}, 3),
        ("match_like_pattern", {"like_pattern": "a!%b", "escape": "!"}, 3),
        ("not_match_like_pattern", {"like_pattern": "_A"}, 2),
        ("match_like_pattern_list", {"like_pattern_list": ["U%", "A%"]}, 2),
        ("match_like_pattern_list", {"like_pattern_list": ["%A", "U_"], "match_on": "all"}, 3),
        ("not_match_like_pattern_list", {"like_pattern_list": ["U%", ""]}, 2),
    ],
)
def test_like_patterns_which_great_expectations_does_not_judge_on_spark_are_those_of_spark(
    spark: SparkSession, tmp_path: Path, kind: str, kwargs: dict[str, Any], failed: int
) -> None:
    texts = ["UA", "AA", "", None, "a%b"]
    frame = spark.createDataFrame([(DAY, k, text) for k, text in enumerate(texts)], "day date, k int, t string")
    path = tmp_path / "suite.json"
    entry = {"type": f"expect_column_values_to_{kind}", "kwargs": {"column": "t", **kwargs}}
    path.write_text(json.dumps({"name": "suite", "expectations": [entry]}))
    checks = load_suite(path, COLUMNS)
    [finding] = judge_expectations(checks, measure(frame, "day", [MeasuredColumn("t", "string")], checks)[DAY])
    assert (finding.details["evaluated"], finding.details["failed"]) == (4, failed)


def test_where_great_expectations_is_wrong_assay_differs(spark: SparkSession, by_gx: Oracle, tmp_path: Path) -> None:
    rows = [(DAY, 0, 1, "UA", math.inf), (DAY, 1, 0, "AA", math.inf), (DAY, 2, 5, "UA", math.inf)]
    frame = spark.createDataFrame(rows, "day date, k int, n int, u string, x double").coalesce(1)
    pairs = {"column_A": "n", "column_B": "u", "value_pairs_set": [[1, "UA"], [5, "UA"]]}
    entries = [
        {
            "type": "expect_column_pair_values_to_be_in_set",
            "kwargs": {**pairs, "row_condition": "n > 0", "condition_parser": "spark"},
        },
        {"type": "expect_column_values_to_be_decreasing", "kwargs": {"column": "x"}},
    ]
    path = tmp_path / "suite.json"
    path.write_text(json.dumps({"name": "suite", "expectations": entries}))
    checks = load_suite(path, COLUMNS)
    profiles = measure(frame, "day", [MeasuredColumn("x", "double")], checks)
    findings = judge_expectations(checks, measure_holistic(frame, "day", ["k"], checks, profiles)[DAY])
    assert [finding.status for finding in findings] == [Status.PASS, Status.PASS]
    assert [bool(result.success) for result in by_gx(frame, entries)] == [False, False]
