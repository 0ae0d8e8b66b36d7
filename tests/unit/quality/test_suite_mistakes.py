"""Mistakes in a suite file: each is named with its file, its place and what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assay.errors import InputError
from assay.quality.suite import load_suite

from ...expect_errors import missing_data, raises_code, rendered_places
from .suite_files import BETWEEN, COLUMNS, load, one


def mistake(folder: Path, kind: str, **kwargs: Any) -> str:
    """Return message and hint of the refusal, and what it underlines."""
    with pytest.raises(InputError) as raised:
        one(folder, kind, **kwargs)
    assert raised.value.exit_code == 2
    assert "outcomes.json" in raised.value.message
    [(_, _, underlined)] = rendered_places(raised.value.render())
    return f"{raised.value.message} | {raised.value.hint} | {underlined}"


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
