"""What Assay judges from a Profile is what Great Expectations says of the same frame, check by check."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay.core.check import Check, Finding, Status
from assay.core.expectations.judge import judge_expectations
from assay.quality.gx_runner import judge_with_gx
from assay.quality.suite import load_suite, needs_fallback
from assay.spark.profiling.profile_job import MeasuredColumn, measure

from ..expect_errors import missing_data

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    Oracle = Callable[[DataFrame, list[dict[str, Any]]], list[Any]]

COLUMNS = {
    "x": "double",
    "y": "double",
    "n": "int",
    "big": "long",
    "t": "string",
    "u": "string",
    "d": "date",
    "at": "timestamp",
    "b": "boolean",
    "none": "double",
}
D = [date(2013, 1, day) for day in range(1, 9)]
AT = [datetime(2013, 1, 1, hour, tzinfo=UTC) for hour in range(8)]
T = ["UA", "AA", "", None, "O'Hare", "${x}", "a\\b", "UA"]
ROWS = [
    # x, y, n, big, t, u, d, at, b, none
    (1.5, 1.5, 1, 2**40, T[0], "UA", D[0], AT[0], True, None),
    (-2.0, 0.0, 2, 5, T[1], None, D[1], AT[1], False, None),
    (math.nan, 1.0, None, 6, T[2], "x", D[2], None, None, None),
    (None, 3.0, 4, None, T[3], "y", None, AT[3], True, None),
    (math.inf, 2.0, 5, 8, T[4], "x", D[4], AT[4], True, None),
    (700.0, 9.0, 6, 9, T[5], "y", D[5], AT[5], False, None),
    (20.0, 2.0, 7, 10, T[6], "x", D[6], AT[6], None, None),
    (0.0, None, -8, -11, T[7], None, D[7], AT[7], True, None),
]


def spec(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": kwargs}


X, T_, N, U = {"column": "x"}, {"column": "t"}, {"column": "n"}, {"column": "u"}
NULLITY = {"type": "nullity", "column": {"name": "y"}, "is_null": False}
COMPARISON = {"type": "comparison", "column": {"name": "n"}, "operator": ">", "parameter": 2}
SETS = {"type": "comparison", "column": {"name": "t"}, "operator": "IN", "parameter": ["UA", "AA"]}
BY_SQL = {"row_condition": "n > 2", "condition_parser": "spark"}
BY_GX = {"row_condition": 'col("n") > 2', "condition_parser": "great_expectations"}
PAIR = {"column_A": "x", "column_B": "y"}
TEXTS = ["UA", "AA", "", "O'Hare", "${x}", "a\\b"]

ROW_WISE = [
    spec("column_values_to_not_be_null", **X),
    spec("column_values_to_not_be_null", **X, mostly=0.875),
    spec("column_values_to_not_be_null", **X, mostly=0.876),
    spec("column_values_to_not_be_null", column="b", row_condition=COMPARISON),
    spec("column_values_to_be_null", **X),
    spec("column_values_to_be_null", column="none"),
    spec("column_values_to_be_between", **X, min_value=-5),
    spec("column_values_to_be_between", **X, max_value=1e300),
    spec("column_values_to_be_between", **X, min_value=0, max_value=700, mostly=0.5),
    spec("column_values_to_be_between", **X, min_value=0, max_value=700, strict_min=True, strict_max=True),
    spec("column_values_to_be_between", **N, min_value=0.5, max_value=6, strict_max=True),
    spec("column_values_to_be_between", column="big", min_value=-11, max_value=2**40),
    spec("column_values_to_be_between", column="big", min_value=-11, max_value=2**40, strict_max=True),
    spec("column_values_to_be_between", column="d", min_value="2013-01-02", max_value="2013-01-31"),
    spec("column_values_to_be_between", column="at", min_value="2013-01-01T01:00:00", strict_min=True),
    spec("column_values_to_be_between", **N, min_value=3, row_condition=COMPARISON),
    spec("column_values_to_be_between", **X, min_value=0, row_condition=NULLITY),
    spec("column_values_to_be_between", **N, min_value=2, row_condition={"type": "and", "conditions": [NULLITY, SETS]}),
    spec("column_values_to_be_between", **N, min_value=2, row_condition="n > 1 AND t <> ''", condition_parser="spark"),
    spec("column_values_to_be_in_set", **T_, value_set=["UA", "AA", ""]),
    spec("column_values_to_be_in_set", **T_, value_set=TEXTS),
    spec("column_values_to_be_in_set", **N, value_set=[1, 2, 4, 5]),
    spec("column_values_to_be_in_set", **X, value_set=[1.5, -2, 700, 20, 0]),
    spec("column_values_to_be_in_set", column="b", value_set=[True]),
    spec("column_values_to_not_be_in_set", **T_, value_set=["O'Hare", "${x}"]),
    spec("column_values_to_not_be_in_set", **N, value_set=[100]),
    spec("column_values_to_match_regex", **T_, regex="^[A-Z]{2}$"),
    spec("column_values_to_match_regex", **T_, regex="^([A-Z]{2}|O'H.*|\\$\\{x\\}|a\\\\b)?$"),
    spec("column_values_to_not_match_regex", **T_, regex="'"),
    spec("column_value_lengths_to_be_between", **T_, min_value=1, max_value=6, strict_max=True),
    spec("column_value_lengths_to_be_between", **T_, max_value=6),
    spec("column_value_lengths_to_equal", **T_, value=2),
    spec("column_distinct_values_to_be_in_set", **T_, value_set=["UA", "AA"]),
    spec("column_distinct_values_to_be_in_set", **N, value_set=[1, 2, 4, 5, 6, 7, -8]),
    spec("column_pair_values_a_to_be_greater_than_b", **PAIR),
    spec("column_pair_values_a_to_be_greater_than_b", **PAIR, or_equal=True, mostly=0.5),
    spec("column_pair_values_a_to_be_greater_than_b", **PAIR, ignore_row_if="either_value_is_missing"),
    spec("column_pair_values_a_to_be_greater_than_b", **PAIR, ignore_row_if="neither"),
    spec("column_pair_values_to_be_equal", **PAIR),
    spec("column_pair_values_to_be_equal", column_A="t", column_B="u", ignore_row_if="either_value_is_missing"),
    spec("column_pair_values_to_be_in_set", column_A="n", column_B="u", value_pairs_set=[[1, "UA"], [5, "x"]]),
    spec("column_pair_values_to_be_in_set", **PAIR, value_pairs_set=[[1.5, 1.5], [0, None]], mostly=0.25),
    spec("column_values_to_match_regex_list", **T_, regex_list=["^UA$", "'"], mostly=0.4),
    spec("column_values_to_match_regex_list", **T_, regex_list=["A", "^A"], match_on="all"),
    spec("column_values_to_not_match_regex_list", **T_, regex_list=["^UA$", "x"]),
    spec("column_values_to_not_match_regex_list", **T_, regex_list=["zz"]),
    spec("multicolumn_sum_to_equal", column_list=["n", "big"], sum_total=7),
    spec("multicolumn_sum_to_equal", column_list=["x", "y"], sum_total=3, mostly=0.125),
    spec("multicolumn_sum_to_equal", column_list=["x", "n"], sum_total=2.5, ignore_row_if="any_value_is_missing"),
    spec("multicolumn_values_to_be_equal", column_list=["x", "y"], ignore_row_if="never"),
    spec("multicolumn_values_to_be_equal", column_list=["t", "u"], row_condition="n = 1", condition_parser="spark"),
    spec("select_column_values_to_be_unique_within_record", column_list=["x", "y", "n"]),
    spec("select_column_values_to_be_unique_within_record", column_list=["n", "big"], ignore_row_if="never"),
]
OF_STATES = [
    spec("column_mean_to_be_between", **N, min_value=2.4, max_value=2.5),
    spec("column_mean_to_be_between", **N, min_value=3),
    spec("column_mean_to_be_between", **X, min_value=-1e300, max_value=1e300),
    spec("column_sum_to_be_between", **N, min_value=17, max_value=17),
    spec("column_sum_to_be_between", **N, min_value=17, strict_min=True),
    spec("column_sum_to_be_between", column="none", min_value=-1),
    spec("column_min_to_be_between", **X, min_value=-2, max_value=0),
    spec("column_min_to_be_between", column="big", max_value=-11, strict_max=True),
    spec("column_max_to_be_between", **X, min_value=0),
    spec("column_max_to_be_between", column="y", min_value=9, max_value=9),
    spec("column_stdev_to_be_between", **N, min_value=5.06, max_value=5.07),
    spec("column_stdev_to_be_between", **N, max_value=5),
    spec("column_mean_to_be_between", **N, min_value=5.5, max_value=5.5, **BY_SQL),
    spec("column_sum_to_be_between", **N, max_value=21, strict_max=True, **BY_SQL),
    spec("column_min_to_be_between", **N, min_value=4, max_value=4, row_condition=COMPARISON),
    spec("column_max_to_be_between", column="big", max_value=10, **BY_SQL),
    spec("column_stdev_to_be_between", **N, min_value=1.29, max_value=1.3, row_condition=COMPARISON),
    spec("column_min_to_be_between", column="d", min_value="2013-01-01", strict_min=True),
    spec("column_max_to_be_between", column="d", min_value="2013-01-08", max_value="2013-01-08"),
    spec("column_max_to_be_between", column="d", max_value="2013-01-06", **BY_SQL),
    spec("column_min_to_be_between", column="at", min_value="2013-01-01T00:00:00", max_value="2013-01-01T00:30:00"),
    spec("column_max_to_be_between", column="at", max_value="2013-01-01T07:00:00", strict_max=True),
    spec("column_proportion_of_non_null_values_to_be_between", **X, min_value=0.8, **BY_SQL),
    spec("column_proportion_of_non_null_values_to_be_between", **X, min_value=0.75, max_value=0.75, **BY_SQL),
    spec("column_proportion_of_non_null_values_to_be_between", **X, min_value=0.875, max_value=0.875),
    spec("column_proportion_of_non_null_values_to_be_between", **X, min_value=0.875, strict_min=True),
    spec("column_distinct_values_to_contain_set", **T_, value_set=["UA", ""]),
    spec("column_distinct_values_to_contain_set", **T_, value_set=["UA", "DL"]),
    spec("column_distinct_values_to_equal_set", **T_, value_set=TEXTS),
    spec("column_distinct_values_to_equal_set", **T_, value_set=[*TEXTS, "DL"]),
    spec("column_distinct_values_to_equal_set", **T_, value_set=TEXTS[1:]),
    spec("column_distinct_values_to_contain_set", **N, value_set=[1, -8]),
    spec("column_distinct_values_to_contain_set", **N, value_set=[1, 3]),
    spec("column_distinct_values_to_equal_set", **N, value_set=[1, 2, 4, 5, 6, 7, -8]),
    spec("column_distinct_values_to_equal_set", **N, value_set=[4, 5, 6, 7], **BY_SQL),
    spec("column_distinct_values_to_equal_set", **T_, value_set=["UA", "AA"], **BY_SQL),
    spec("column_distinct_values_to_equal_set", column="b", value_set=[True, False]),
    spec("column_distinct_values_to_contain_set", column="d", value_set=["2013-01-01", "2013-01-08"]),
    spec("column_most_common_value_to_be_in_set", **T_, value_set=["UA"]),
    spec("column_most_common_value_to_be_in_set", **T_, value_set=["AA"]),
    spec("column_most_common_value_to_be_in_set", **U, value_set=["x"]),
    spec("column_most_common_value_to_be_in_set", **U, value_set=["x"], ties_okay=True),
    spec("column_most_common_value_to_be_in_set", **N, value_set=[4], ties_okay=True),
    spec("column_most_common_value_to_be_in_set", column="b", value_set=[True]),
    spec("column_value_z_scores_to_be_less_than", **N, threshold=1.5, double_sided=True),
    spec("column_value_z_scores_to_be_less_than", **N, threshold=-1.5, double_sided=False, **BY_SQL),
    spec("column_value_z_scores_to_be_less_than", column="big", threshold=2.5, double_sided=True),
    spec("column_value_z_scores_to_be_less_than", column="y", threshold=2, double_sided=False),
    spec("column_type_to_be", column="d", type_="DateType"),
    spec("column_type_to_be", column="d", type_="StringType"),
    spec("column_values_to_be_of_type", **X, type_="DoubleType"),
    spec("column_values_to_be_of_type", column="big", type_="IntegerType"),
    spec("column_values_to_be_in_type_list", column="at", type_list=["DateType", "TimestampType"]),
    spec("column_to_exist", column="x"),
    spec("column_to_exist", column="gone"),
    spec("column_to_exist", column="n", column_index=2),
    spec("table_row_count_to_be_between", min_value=1, max_value=8),
    spec("table_row_count_to_be_between", min_value=8, strict_min=True),
    spec("table_row_count_to_equal", value=8),
    spec("table_row_count_to_equal", value=4, **BY_SQL),
    spec("table_row_count_to_be_between", min_value=5, **BY_SQL),
    spec("table_row_count_to_equal", value=9),
    spec("table_column_count_to_equal", value=10),
    spec("table_column_count_to_be_between", max_value=9),
    spec("table_columns_to_match_ordered_list", column_list=list(COLUMNS)),
    spec("table_columns_to_match_ordered_list", column_list=list(COLUMNS)[::-1]),
    spec("table_columns_to_match_set", column_set=list(COLUMNS)[::-1]),
    spec("table_columns_to_match_set", column_set=["x", "y"], exact_match=False),
    spec("table_columns_to_match_set", column_set=["x", "y"]),
    spec("table_columns_to_match_set", column_set=["x", "z"], exact_match=False),
]
OTHERS = [
    spec("column_values_to_be_json_parseable", **T_),
    spec("column_value_z_scores_to_be_less_than", **N, threshold=3, double_sided=True, mostly=0.9),
    spec("column_values_to_be_json_parseable", **T_, mostly=0),
    spec("column_values_to_be_between", **N, min_value=3, **BY_GX),
    spec("column_values_to_be_dateutil_parseable", **T_),
]


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    types = {"long": "bigint"}
    schema = ", ".join(f"{name} {types.get(kind, kind)}" for name, kind in COLUMNS.items())
    return spark.createDataFrame(ROWS, schema).coalesce(1).cache()


def loaded(folder: Path, entries: list[dict[str, Any]]) -> list[Check]:
    path = folder / "suite.json"
    path.write_text(json.dumps({"name": "suite", "expectations": entries}))
    return load_suite(path, COLUMNS)


@pytest.fixture(scope="module")
def compared(
    frame: DataFrame, by_gx: Oracle, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[dict[str, Any], Finding, Any]]:
    entries = ROW_WISE + OF_STATES
    checks = loaded(tmp_path_factory.mktemp("suite"), entries)
    assert not any(needs_fallback(check) for check in checks)
    columns = [MeasuredColumn(name, kind) for name, kind in COLUMNS.items()]
    profile = measure(frame.selectExpr("*", "DATE'2013-01-01' AS day"), "day", columns, checks)[D[0]]
    return list(zip(entries, judge_expectations(checks, profile), by_gx(frame, entries), strict=True))


def test_every_verdict_is_that_of_great_expectations(
    compared: list[tuple[dict[str, Any], Finding, Any]],
) -> None:
    other = [
        (entry, finding.sentence, result.result, result.exception_info)
        for entry, finding, result in compared
        if (finding.status is not Status.FAIL) is not bool(result.success)
    ]
    assert other == []


def test_every_count_of_a_row_wise_check_is_that_of_great_expectations(
    compared: list[tuple[dict[str, Any], Finding, Any]],
) -> None:
    pairs = [(e, f.details, r.result) for e, f, r in compared[: len(ROW_WISE)] if "distinct" not in e["type"]]
    other = [
        (e, counts, gx_counts) for e, counts, gx_counts in pairs if counts["failed"] != gx_counts["unexpected_count"]
    ]
    assert other == []
    looked_at = [
        (e, counts, gx_counts)
        for e, counts, gx_counts in pairs
        if "be_null" not in e["type"] and counts["evaluated"] != gx_counts["element_count"] - gx_counts["missing_count"]
    ]
    assert looked_at == []


def test_the_table_holds_both_verdicts_of_nearly_every_type(
    compared: list[tuple[dict[str, Any], Finding, Any]],
) -> None:
    seen: dict[str, set[Status]] = {}
    for entry, finding, _ in compared:
        seen.setdefault(entry["type"], set()).add(finding.status)
    one_sided = {kind for kind, statuses in seen.items() if len(statuses) == 1}
    assert one_sided <= {
        "expect_column_values_to_be_in_type_list",
        "expect_column_value_lengths_to_equal",
        "expect_column_pair_values_to_be_equal",
        "expect_column_values_to_not_match_regex",
        "expect_column_max_to_be_between",
    } | {kind for kind in seen if kind.endswith("count_to_equal") or "column_count" in kind}


def test_what_no_profile_can_tell_is_judged_by_great_expectations_itself(frame: DataFrame, tmp_path: Path) -> None:
    checks = loaded(tmp_path, OTHERS)
    assert all(needs_fallback(check) for check in checks)
    findings = judge_with_gx(frame, checks, table="t")
    assert [f.status.value for f in findings] == ["fail", "pass", "pass", "pass", "fail"]
    assert missing_data(findings[0].sentence, "t.t", "expect_column_values_to_be_json_parseable", 7, 8) == []
    assert [f.observed is None for f in findings] == [False, False, False, False, True], "the last was not judged"
    assert [f.details["check_id"] for f in findings] == [check.id for check in checks]
    json.dumps([f.observed for f in findings] + [dict(f.details) for f in findings], allow_nan=False)


def test_great_expectations_passes_nothing_on_zero_rows_here(frame: DataFrame, tmp_path: Path) -> None:
    findings = judge_with_gx(frame.where("false"), loaded(tmp_path, OTHERS[:2]))
    assert [f.status for f in findings] == [Status.FAIL, Status.FAIL]
    assert [f.observed for f in findings] == [0, 0]


def test_the_fallback_leaves_session_and_frame_as_they_were(
    spark: SparkSession, frame: DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = dict(spark.sparkContext.getConf().getAll())
    part = frame.where("n > 1")
    judge_with_gx(part, [Check("expect_column_values_to_be_unique", "n")])
    assert dict(spark.sparkContext.getConf().getAll()) == settings
    assert not part.is_cached
    assert list(tmp_path.iterdir()) == []
