"""Suite files: read without Great Expectations, every mistake named with its file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.check import Check, CheckCost, Severity
from assay.core.expectations.judge import cost_of
from assay.core.expectations.sql.literals import literal, quote_name, quote_text
from assay.errors import InputError
from assay.quality.suite import load_suite, needs_fallback

from ...expect_errors import missing_data, raises_code, raises_naming, rendered_places

COLUMNS = {"air_time": "double", "distance": "int", "carrier": "string", "flight_date": "date", "late": "boolean"}
BETWEEN = "expect_column_values_to_be_between"
Z_SCORES = "expect_column_value_z_scores_to_be_less_than"
BY_SPARK = {"row_condition": "late", "condition_parser": "spark"}
BY_GX = {"row_condition": 'col("distance") > 1', "condition_parser": "great_expectations"}


def load(folder: Path, *entries: Any) -> list[Check]:
    path = folder / "outcomes.json"
    path.write_text(json.dumps({"name": "outcomes", "expectations": list(entries)}))
    return load_suite(path, COLUMNS)


def one(folder: Path, kind: str, **kwargs: Any) -> Check:
    return load(folder, {"type": kind, "kwargs": kwargs})[0]


def mistake(folder: Path, kind: str, **kwargs: Any) -> str:
    """Return message and hint of the refusal, and what it underlines."""
    with pytest.raises(InputError) as raised:
        one(folder, kind, **kwargs)
    assert raised.value.exit_code == 2
    assert "outcomes.json" in raised.value.message
    [(_, _, underlined)] = rendered_places(raised.value.render())
    return f"{raised.value.message} | {raised.value.hint} | {underlined}"


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
    ("kind", "kwargs", "named"),
    [
        (BETWEEN, {"column": "airtime", "min_value": 1}, ["airtime"]),
        (BETWEEN, {"column": "airtime", "min_value": 1}, ["air_time"]),
        (BETWEEN, {"column": "air_time"}, ["min_value", "max_value"]),
        (BETWEEN, {"min_value": 1}, ["column"]),
        (
            BETWEEN,
            {"column": "air_time", "min_value": 9, "max_value": 1},
            ["9", "1", "max_value"],
        ),
        (BETWEEN, {"column": "air_time", "min_valeu": 9}, ["min_valeu", "min_value"]),
        (BETWEEN, {"column": "air_time", "min_value": "late"}, ["late"]),
        (BETWEEN, {"column": "air_time", "min_value": {"$PARAMETER": "low"}}, ["$PARAMETER"]),
        (BETWEEN, {"column": "carrier", "min_value": 9}, ["9", "string"]),
        (BETWEEN, {"column": "flight_date", "min_value": "2013-02-30"}, ["2013-02-30"]),
        (BETWEEN, {"column": "late", "min_value": 0}, ["boolean", "expect_column_values_to_be_in_set"]),
        (BETWEEN, {"column": "air_time", "min_value": 1, "mostly": 95}, ["95", "mostly"]),
        ("expect_column_values_to_be_betwen", {"column": "air_time"}, [BETWEEN]),
        ("expect_column_values_to_be_in_set", {"column": "carrier", "value_set": []}, ["value_set", "[]"]),
        ("expect_column_values_to_be_in_set", {"column": "carrier", "value_set": [None]}, ["value_set", "[null]"]),
        ("expect_column_values_to_be_in_set", {"column": "carrier", "value_set": ["UA", 1]}, ["1", "string"]),
        ("expect_column_values_to_match_regex", {"column": "carrier"}, ["regex"]),
        ("expect_column_values_to_match_regex", {"column": "carrier", "regex": "(UA"}, ["regex", "(UA", 1]),
        ("expect_column_value_lengths_to_equal", {"column": "carrier", "value": 2.5}, ["value", 2.5]),
        (
            "expect_column_pair_values_to_be_equal",
            {"column_A": "air_time", "column_B": "carrier"},
            ["double", "air_time", "string", "carrier"],
        ),
        (
            "expect_column_pair_values_to_be_equal",
            {"column_A": "air_time", "column_B": "distanse"},
            ["distance"],
        ),
        ("expect_compound_columns_to_be_unique", {"column_list": ["carrier", "gate"]}, ["gate"]),
        ("expect_compound_columns_to_be_unique", {"column_list": ["carrier"]}, ["column_list", '["carrier"]']),
        ("expect_column_values_to_match_regex_list", {"column": "carrier", "regex_list": []}, ["regex_list", "[]"]),
        (
            "expect_column_values_to_match_regex_list",
            {"column": "carrier", "regex_list": ["a"], "match_on": "some"},
            ["some", "match_on"],
        ),
        (
            "expect_column_values_to_match_like_pattern",
            {"column": "carrier", "like_pattern": "a\\"},
            ["'a\\\\'"],
        ),
        (
            "expect_multicolumn_sum_to_equal",
            {"column_list": ["air_time", "carrier"], "sum_total": 1},
            ["carrier", "string"],
        ),
        (
            "expect_column_pair_values_to_be_in_set",
            {"column_A": "carrier", "column_B": "distance", "value_pairs_set": [["UA"]]},
            ["value_pairs_set", '[["UA"]]'],
        ),
        (
            "expect_column_quantile_values_to_be_between",
            {"column": "air_time", "quantile_ranges": {}},
            ["quantile_ranges", "{}"],
        ),
        (
            "expect_column_quantile_values_to_be_between",
            {"column": "air_time", "quantile_ranges": {"quantiles": [1.5], "value_ranges": [[0, 1]]}},
            ["1.5"],
        ),
        (
            BETWEEN,
            {
                "column": "air_time",
                "min_value": 1,
                "row_condition": {"type": "nullity", "column": {"name": "carier"}, "is_null": False},
            },
            ["carier", "carrier"],
        ),
    ],
)
def test_a_mistake_is_named_with_its_file(
    tmp_path: Path, kind: str, kwargs: dict[str, Any], named: list[object]
) -> None:
    assert missing_data(mistake(tmp_path, kind, **kwargs), *named) == []


def test_an_unknown_severity_is_refused(tmp_path: Path) -> None:
    entry = {"type": BETWEEN, "kwargs": {"column": "air_time", "min_value": 1}, "severity": "fatal"}
    with raises_code(InputError, "bad-suite", BETWEEN, "fatal"):
        load(tmp_path, entry)


def test_a_suite_of_version_0_says_what_to_do(tmp_path: Path) -> None:
    with raises_code(InputError, "bad-suite", "type", "0.x"):
        load(tmp_path, {"expectation_type": BETWEEN, "kwargs": {}})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "1:1"),
        ("{", "1:2"),
        ("[]", "1:1"),
        ('{"expectations": {}}', "1:18"),
        ('{"expectations": []}', "1:18"),
        ('{"expectations": [1]}', "1:19"),
    ],
)
def test_a_file_that_is_no_suite_is_refused_at_its_place(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "outcomes.json"
    path.write_text(text)
    with raises_code(InputError, "bad-suite", f"{path}:{place}"):
        load_suite(path, COLUMNS)


def test_a_missing_suite_suggests_the_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "outcomes.json").write_text("{}")
    with raises_code(InputError, "missing-suite", "outcome.json", "outcomes.json"):
        load_suite(tmp_path / "outcome.json", COLUMNS)


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


@given(st.text())
def test_a_quoted_text_has_no_open_quote_and_no_variable(text: str) -> None:
    quoted = quote_text(text)
    body = quoted[1:-1].replace("\\\\", "")
    assert quoted[0] == quoted[-1] == "'"
    assert body.count("'") == body.count("\\'")
    assert "${" not in quoted


def test_names_and_numbers_are_quoted_for_every_extreme() -> None:
    assert quote_name("a`b.c") == "`a``b.c`"
    assert literal(2**31, "long") == "2147483648L"
    assert literal(2**70, "long") == "1180591620717411303424BD"
    assert literal(2.0**53, "long") == "9007199254740992L"
    assert literal(-(2**63), "long") == "(-9223372036854775807L - 1L)"
    assert literal(1e300, "long") == "1e+300D"
    assert literal(2**70, "double") == "1.1805916207174113e+21D"
    assert literal(-1e308, "double") == "-1e+308D"
    assert literal(float("nan"), "double") == "CAST('nan' AS DOUBLE)"
    assert literal("2013-01-05T06:00:00+02:00", "timestamp") == "TIMESTAMP'2013-01-05 04:00:00Z'"
    assert literal(True, "boolean") == "TRUE"
    for value, kind in ((True, "int"), (1, "boolean"), ("x", "boolean"), (3, "date"), ("nope", "timestamp")):
        with raises_naming(ValueError, value):
            literal(value, kind)


def test_loading_a_suite_does_not_import_great_expectations(tmp_path: Path) -> None:
    load(tmp_path, {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "carrier"}})
    code = (
        "import sys; from pathlib import Path; from assay.quality.suite import load_suite\n"
        f"load_suite(Path({str(tmp_path / 'outcomes.json')!r}), {COLUMNS!r})\n"
        "print(sorted({'great_expectations', 'pandas', 'pyspark', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
