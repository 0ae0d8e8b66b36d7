"""Z-scores of a column without a finite mean fail: Great Expectations finds no value to look at, and passes it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay.core.check import Status
from assay.core.expectations.judge import judge_expectations
from assay.quality.suite import load_suite
from assay.spark.profiling.profile_job import MeasuredColumn, measure

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ENTRY = {
    "type": "expect_column_value_z_scores_to_be_less_than",
    "kwargs": {"column": "x", "threshold": 9, "double_sided": True},
}


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_z_scores_beside_a_value_that_is_not_finite_fail(
    spark: SparkSession, by_gx: Callable[[DataFrame, list[dict[str, Any]]], list[Any]], tmp_path: Path, odd: float
) -> None:
    suite = tmp_path / "suite.json"
    suite.write_text(json.dumps({"name": "suite", "expectations": [ENTRY]}))
    checks = load_suite(suite, {"x": "double"})
    frame = spark.createDataFrame([(1.0,), (2.5,), (odd,)], "x double")
    dated = frame.selectExpr("*", "DATE'2013-01-01' AS day")
    profile = measure(dated, "day", [MeasuredColumn("x", "double")], checks)[date(2013, 1, 1)]
    [finding], [result] = judge_expectations(checks, profile), by_gx(frame, [ENTRY])
    assert (finding.status, result.success) == (Status.FAIL, True)
