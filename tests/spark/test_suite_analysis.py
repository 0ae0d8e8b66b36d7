"""A suite's patterns and conditions are held against Java and Spark before a job, and refused at their line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.errors import IllegalArgumentException

from assay.core.check import Check
from assay.core.expectations.sql.java_regex import java_problem
from assay.errors import InputError, SpecErrors
from assay.quality.gx_runner import check_arguments
from assay.quality.suite import load_suite, needs_fallback
from assay.spark.cleaning.suite_analysis import check_suite

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COLUMNS = [("t", "string"), ("n", "int"), ("d", "date")]
PIECES = ["(", ")", "[", "]", "{", "}", "a", "b", "1", ",", "*", "+", "?", "|", "^", "$", "\\", "-", "<", ">", "P", "Q"]
PIECES += [
    "E",
    ":",
    "=",
    "!",
    "#",
    "&",
    "x",
    "i",
    "(?P<a>",
    "(?<a>",
    "(?P=a)",
    "(?#",
    "(?:",
    "(?x)",
    "\\Q",
    "\\E",
    "{2}",
]
PIECES += ["{,2}", "{2,1}", "\\d", "\\i", "\\U", "\\k<a>", "[^", "[]", "(?=", "(?<=", "(?(1)"]
KNOWN = [
    "^[A-Z]{2}$",
    "(?<code>[A-Z]+)\\k<code>",
    "(?i)o'hare",
    "[]a]",
    "[^]a]",
    "[[:alpha:]]",
    "a{2}{3}",
    "\\p{L}+",
    "\\Q{(\\E",
    "(?x) a # (?P<",
    "x*+y?+",
    "(?>a)b",
    "\\R\\h\\z",
    "(?s-i:a.b)",
]
UNKNOWN = [
    "(?P<a>x)",
    "(?P=a)",
    "(?#x)a",
    "(a)(?(1)b)",
    "a{,3}",
    "{",
    "x{2,1}",
    "\\i",
    "(?<a_b>x)",
    "(?<a>x)(?<a>y)",
    "(?a)x",
]


def java_refuses(spark: SparkSession, pattern: str) -> bool:
    jvm: Any = spark.sparkContext._jvm
    try:
        jvm.java.util.regex.Pattern.compile(pattern)
    except IllegalArgumentException:
        return True
    return False


def loaded(folder: Path, *entries: dict[str, Any]) -> list[Check]:
    path = folder / "outcomes.json"
    path.write_text(json.dumps({"name": "outcomes", "expectations": list(entries)}, indent=1))
    return load_suite(path, COLUMNS)


def matches(regex: str) -> dict[str, Any]:
    return {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "t", "regex": regex}}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
def test_what_is_refused_without_a_jvm_java_refuses_too(spark: SparkSession, pattern: str) -> None:
    if java_problem(pattern) is not None:
        assert java_refuses(spark, pattern), pattern


@pytest.mark.parametrize("pattern", KNOWN)
def test_a_pattern_that_java_knows_is_read(spark: SparkSession, tmp_path: Path, pattern: str) -> None:
    assert not java_refuses(spark, pattern)
    check_suite(spark, loaded(tmp_path, matches(pattern)), COLUMNS)


@pytest.mark.parametrize("pattern", UNKNOWN)
def test_a_pattern_that_only_python_knows_is_refused_without_a_jvm(
    spark: SparkSession, tmp_path: Path, pattern: str
) -> None:
    assert java_refuses(spark, pattern)
    with pytest.raises(InputError) as refused:
        loaded(tmp_path, matches(pattern))
    assert refused.value.code == "bad-regex"


@pytest.mark.parametrize("pattern", ["x**", "[z-a]", "[[a]", "\\k<none>", "\\p{Nonsense}"])
def test_what_only_java_can_tell_is_refused_by_it_at_its_line_before_a_job(
    spark: SparkSession, tmp_path: Path, pattern: str
) -> None:
    checks = loaded(tmp_path, matches("^[A-Z]+$"), matches(pattern))
    with pytest.raises(InputError) as refused:
        check_suite(spark, checks, COLUMNS)
    assert (refused.value.code, refused.value.exit_code) == ("bad-regex", 2)
    assert refused.value.location is not None
    assert refused.value.location.text.strip() == f'"regex": {json.dumps(pattern)}'


def test_conditions_that_spark_cannot_plan_are_refused_together_each_at_its_line(
    spark: SparkSession, tmp_path: Path
) -> None:
    def null(condition: str) -> dict[str, Any]:
        kwargs = {"column": "t", "row_condition": condition, "condition_parser": "spark"}
        return {"type": "expect_column_values_to_not_be_null", "kwargs": kwargs}

    good = loaded(tmp_path, null("n > 1 AND d < DATE'2013-01-05'"), matches("a"))
    check_suite(spark, good, COLUMNS)
    for alone in ("n + 1", "count(n) > 1"):
        with pytest.raises(InputError):
            check_suite(spark, loaded(tmp_path, null(alone)), COLUMNS)
    checks = loaded(tmp_path, null("n > 1"), null("nn > 1"), null("n >"), null("n + 1"), matches("x**"))
    with pytest.raises(SpecErrors) as refused:
        check_suite(spark, checks, COLUMNS)
    assert {error.code for error in refused.value.errors} == {"unknown-column", "syntax", "not-boolean", "bad-regex"}
    assert len({error.location for error in refused.value.errors}) == 4


def test_arguments_that_great_expectations_does_not_take_are_refused_before_a_job(tmp_path: Path) -> None:
    good = {"column": "t", "mostly": 0.5}
    checks = loaded(tmp_path, {"type": "expect_column_values_to_be_json_parseable", "kwargs": good})
    assert needs_fallback(checks[0])
    check_arguments(checks)
    bad = {"column": "t", "mostyl": 0.5}
    with pytest.raises(InputError) as refused:
        check_arguments(loaded(tmp_path, {"type": "expect_column_values_to_be_json_parseable", "kwargs": bad}))
    assert refused.value.code == "bad-suite"
    assert refused.value.location is not None
