"""Suite files: read without Great Expectations, each entry as the check that it stands for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.core.check import CheckCost, Severity
from assay.core.expectations.judge import cost_of
from assay.quality.suite import needs_fallback

from .suite_files import BETWEEN, BY_GX, BY_SPARK, COLUMNS, load, one

Z_SCORES = "expect_column_value_z_scores_to_be_less_than"


def test_a_suite_as_great_expectations_writes_it_becomes_checks(tmp_path: Path) -> None:
    entry = {
        "type": BETWEEN,
        "kwargs": {"column": "air_time", "min_value": 20.0, "max_value": 700, "mostly": 0.999},
        "severity": "warning",
        "meta": {"notes": "long flights"},
        "id": "7d3a",
    }
    (check,) = load(tmp_path, entry)
    assert (check.type, check.column, check.severity) == (BETWEEN, "air_time", Severity.WARNING)
    assert check.predicate == "`air_time` >= 20.0D AND `air_time` <= 700"
    assert check.applies == "`air_time` IS NOT NULL"
    assert not needs_fallback(check)


def test_a_check_without_severity_blocks(tmp_path: Path) -> None:
    assert one(tmp_path, "expect_column_values_to_not_be_null", column="carrier").severity is Severity.CRITICAL


def test_a_threshold_does_not_change_what_is_measured_and_a_bound_does(tmp_path: Path) -> None:
    ids = [
        one(tmp_path, BETWEEN, column="air_time", min_value=low, mostly=mostly).id
        for low, mostly in ((20, 1.0), (20, 0.9), (21, 1.0))
    ]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_be_dateutil_parseable", {"column": "carrier"}),
        ("expect_column_values_to_be_increasing", {"column": "carrier"}),
        ("expect_column_min_to_be_between", {"column": "carrier", "min_value": "A"}),
        ("expect_column_distinct_values_to_equal_set", {"column": "air_time", "value_set": [1]}),
        ("expect_column_type_to_be", {"column": "air_time", "type_": "NumericType"}),
        ("expect_column_mean_to_be_between", {"column": "air_time", "min_value": 1} | BY_GX),
        ("expect_column_values_to_be_unique", {"column": "air_time"} | BY_GX),
        ("expect_table_row_count_to_equal", {"value": 1} | BY_GX),
        (
            BETWEEN,
            {
                "column": "air_time",
                "min_value": 1,
                "row_condition": 'col("x") > 1',
                "condition_parser": "great_expectations",
            },
        ),
    ],
)
def test_what_a_profile_cannot_answer_is_left_to_great_expectations(
    tmp_path: Path, kind: str, kwargs: dict[str, Any]
) -> None:
    check = one(tmp_path, kind, **kwargs)
    assert needs_fallback(check)
    assert check.predicate == ""


@pytest.mark.parametrize(
    ("kind", "kwargs", "cost"),
    [
        (BETWEEN, {"column": "air_time", "min_value": 1} | BY_SPARK, CheckCost.PROFILE),
        ("expect_column_mean_to_be_between", {"column": "air_time", "min_value": 1} | BY_SPARK, CheckCost.PROFILE),
        ("expect_column_max_to_be_between", {"column": "flight_date", "max_value": "2013-01-31"}, CheckCost.PROFILE),
        ("expect_column_distinct_values_to_equal_set", {"column": "distance", "value_set": [1]}, CheckCost.PROFILE),
        ("expect_table_row_count_to_equal", {"value": 1} | BY_SPARK, CheckCost.PROFILE),
        ("expect_column_values_to_be_unique", {"column": "carrier"} | BY_SPARK, CheckCost.JOB),
        ("expect_compound_columns_to_be_unique", {"column_list": ["carrier", "late"]}, CheckCost.JOB),
        ("expect_column_median_to_be_between", {"column": "air_time", "min_value": 1}, CheckCost.JOB),
        (Z_SCORES, {"column": "air_time", "threshold": 3, "double_sided": True}, CheckCost.PROFILE),
        (Z_SCORES, {"column": "air_time", "threshold": 3, "double_sided": True, "mostly": 0.9}, CheckCost.FALLBACK),
    ],
)
def test_each_check_has_its_class_of_cost(tmp_path: Path, kind: str, kwargs: dict[str, Any], cost: CheckCost) -> None:
    assert cost_of(one(tmp_path, kind, **kwargs)) is cost


def test_a_column_that_must_exist_may_be_missing_in_the_schema(tmp_path: Path) -> None:
    check = one(tmp_path, "expect_column_to_exist", column="gate")
    assert not needs_fallback(check)


def test_a_null_in_a_set_does_not_hide_the_other_values(tmp_path: Path) -> None:
    check = one(tmp_path, "expect_column_values_to_be_in_set", column="carrier", value_set=["UA", None])
    assert check.predicate == "`carrier` IN ('UA')"


def test_row_conditions_become_part_of_what_is_looked_at(tmp_path: Path) -> None:
    condition = {
        "type": "or",
        "conditions": [
            {"type": "comparison", "column": {"name": "carrier"}, "operator": "==", "parameter": "O'Hare"},
            {"type": "comparison", "column": {"name": "distance"}, "operator": "NOT_IN", "parameter": [1, 2]},
        ],
    }
    check = one(tmp_path, BETWEEN, column="air_time", min_value=1, row_condition=condition)
    assert check.applies == "((`carrier` = 'O\\'Hare') OR (`distance` NOT IN (1, 2))) AND `air_time` IS NOT NULL"


def test_loading_a_suite_does_not_import_great_expectations(tmp_path: Path) -> None:
    load(tmp_path, {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "carrier"}})
    code = (
        "import sys; from pathlib import Path; from assay.quality.suite import load_suite\n"
        f"load_suite(Path({str(tmp_path / 'outcomes.json')!r}), {COLUMNS!r})\n"
        "print(sorted({'great_expectations', 'pandas', 'pyspark', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
