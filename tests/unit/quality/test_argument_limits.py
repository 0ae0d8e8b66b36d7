"""Suites that make no sense are refused when they are read, with the place of the argument and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assay.errors import InputError, SpecErrors
from assay.quality.suite import load_suite
from assay.spec.project import load_pipeline, open_project

ROOT = Path(__file__).parents[3]
COLUMNS = {"x": "double", "n": "int", "big": "long", "t": "string", "u": "string", "d": "date", "at": "timestamp"}
COLUMNS |= {"b": "boolean"}
X, N, T, D, AT, B = ({"column": name} for name in ("x", "n", "t", "d", "at", "b"))
PAIR = {"column_A": "x", "column_B": "n"}
CONDITION = {"type": "comparison", "column": {"name": "n"}, "operator": ">", "parameter": 2}


def ranks(quantiles: list[Any], ranges: list[Any]) -> dict[str, Any]:
    return {"quantiles": quantiles, "value_ranges": ranges}


SENSELESS: list[tuple[str, dict[str, Any], str]] = [
    # type, kwargs, the argument that is shown
    ("column_values_to_be_between", {**X, "min_value": 2, "max_value": 1}, "min_value"),
    ("column_values_to_be_between", {**X, "min_value": 2, "max_value": 1.5}, "min_value"),
    ("column_values_to_be_between", {**X, "min_value": 2, "max_value": 2, "strict_min": True}, "max_value"),
    ("column_values_to_be_between", {**X}, "type"),
    ("column_values_to_be_between", {**X, "min_value": None, "max_value": None}, "type"),
    ("column_values_to_be_between", {**X, "min_value": "2"}, "min_value"),
    ("column_values_to_be_between", {**X, "min_value": "2013-01-05"}, "min_value"),
    ("column_values_to_be_between", {**X, "min_value": True}, "min_value"),
    ("column_values_to_be_between", {**X, "min_value": [1]}, "min_value"),
    ("column_values_to_be_between", {**X, "min_value": 1, "strict_min": "yes"}, "strict_min"),
    ("column_values_to_be_between", {**T, "max_value": 9}, "max_value"),
    ("column_values_to_be_between", {**T, "min_value": "b", "max_value": "a"}, "min_value"),
    ("column_values_to_be_between", {**D, "min_value": 20130105}, "min_value"),
    ("column_values_to_be_between", {**D, "min_value": "2013-01-05", "max_value": "2013-01-04"}, "min_value"),
    ("column_values_to_be_between", {**D, "min_value": "05.01.2013"}, "min_value"),
    (
        "column_values_to_be_between",
        {**AT, "min_value": "2013-01-05T06:00:00", "max_value": "2013-01-05T07:00:00+02:00"},
        "min_value",
    ),
    ("column_values_to_be_between", {**B, "min_value": 0}, "min_value"),
    ("column_values_to_be_between", {"column": "gone", "min_value": 0}, "column"),
    ("column_values_to_be_between", {"column": 7, "min_value": 0}, "column"),
    ("column_values_to_be_between", {"min_value": 0}, "type"),
    ("column_values_to_be_between", {**X, "min_value": 0, "mostly": 1.5}, "mostly"),
    ("column_values_to_be_between", {**X, "min_value": 0, "mostly": -0.1}, "mostly"),
    ("column_values_to_be_between", {**X, "min_value": 0, "mostly": "0.9"}, "mostly"),
    ("column_values_to_be_between", {**X, "min_value": 0, "mostyl": 0.9}, "mostyl"),
    ("column_values_to_be_betwen", {**X, "min_value": 0}, "type"),
    ("column_mean_to_be_between", {**X, "min_value": 9, "max_value": 3}, "min_value"),
    ("column_mean_to_be_between", {**X, "min_value": "a"}, "min_value"),
    ("column_mean_to_be_between", {**T, "min_value": 1}, "column"),
    ("column_mean_to_be_between", {"min_value": 1}, "type"),
    ("column_sum_to_be_between", {**D, "min_value": 1}, "column"),
    ("column_stdev_to_be_between", {**X, "max_value": -1}, "max_value"),
    ("column_median_to_be_between", {**D, "min_value": "2013-01-01"}, "column"),
    ("column_median_to_be_between", {**X, "min_value": 2, "max_value": 1}, "min_value"),
    ("column_min_to_be_between", {**N, "min_value": "1"}, "min_value"),
    ("column_min_to_be_between", {**D, "min_value": 1}, "min_value"),
    ("column_max_to_be_between", {**B, "max_value": True}, "column"),
    ("column_max_to_be_between", {**AT, "max_value": "soon"}, "max_value"),
    ("column_proportion_of_non_null_values_to_be_between", {**X, "min_value": 95}, "min_value"),
    ("column_proportion_of_unique_values_to_be_between", {**X, "max_value": -0.5}, "max_value"),
    ("column_unique_value_count_to_be_between", {**X, "min_value": -1}, "min_value"),
    ("column_unique_value_count_to_be_between", {**X, "min_value": 1.5}, "min_value"),
    ("column_values_to_be_in_set", {**T, "value_set": []}, "value_set"),
    ("column_values_to_be_in_set", {**T, "value_set": [None]}, "value_set"),
    ("column_values_to_be_in_set", {**T, "value_set": "UA"}, "value_set"),
    ("column_values_to_be_in_set", {**T, "value_set": ["UA", 1]}, "value_set"),
    ("column_values_to_be_in_set", {**N, "value_set": ["1"]}, "value_set"),
    ("column_values_to_not_be_in_set", {**D, "value_set": ["2013-02-30"]}, "value_set"),
    ("column_distinct_values_to_contain_set", {**N, "value_set": ["UA"]}, "value_set"),
    ("column_distinct_values_to_equal_set", {**T, "value_set": []}, "value_set"),
    ("column_most_common_value_to_be_in_set", {**B, "value_set": ["true"]}, "value_set"),
    ("column_most_common_value_to_be_in_set", {**T, "value_set": ["UA"], "ties_okay": 1}, "ties_okay"),
    ("column_value_lengths_to_be_between", {**T, "min_value": 5, "max_value": 2}, "min_value"),
    ("column_value_lengths_to_be_between", {**T, "min_value": -1}, "min_value"),
    ("column_value_lengths_to_be_between", {**T, "max_value": "9"}, "max_value"),
    ("column_value_lengths_to_equal", {**T, "value": -2}, "value"),
    ("column_values_to_match_regex", {**T, "regex": "(?P<code>[A-Z]+)"}, "regex"),
    ("column_values_to_match_regex", {**T, "regex": "("}, "regex"),
    ("column_values_to_match_regex", {**T, "regex": "[A-Z]{,3}"}, "regex"),
    ("column_values_to_match_regex", {**T, "regex": ""}, "regex"),
    ("column_values_to_match_regex", {**T, "regex": 7}, "regex"),
    ("column_values_to_not_match_regex_list", {**T, "regex_list": ["a", "(?#x)b"]}, "regex_list"),
    ("column_values_to_match_regex_list", {**T, "regex_list": []}, "regex_list"),
    ("column_values_to_match_regex_list", {**T, "regex_list": ["a"], "match_on": "some"}, "match_on"),
    ("column_values_to_match_like_pattern", {**T, "like_pattern": "a\\"}, "type"),
    ("column_values_to_match_strftime_format", {**T, "strftime_format": "%Y-%Q"}, "strftime_format"),
    ("column_values_to_match_strftime_format", {**T, "strftime_format": "YYYY-MM-DD"}, "strftime_format"),
    ("column_values_to_match_strftime_format", {**T, "strftime_format": "%Y %Y"}, "strftime_format"),
    ("column_values_to_be_between", {**X, "min_value": 10**400}, "min_value"),
    ("column_values_to_be_in_set", {**N, "value_set": [1, 10**400]}, "value_set"),
    ("multicolumn_sum_to_equal", {"column_list": ["x", "n"], "sum_total": -(10**400)}, "sum_total"),
    ("table_row_count_to_equal", {"value": 10**400}, "value"),
    ("column_values_to_be_of_type", {**X, "type_": "DoubelType"}, "type_"),
    ("column_values_to_be_in_type_list", {**X, "type_list": []}, "type_list"),
    ("column_values_to_be_in_type_list", {**X, "type_list": "DoubleType"}, "type_list"),
    ("column_values_to_be_in_type_list", {**X, "type_list": [7]}, "type_list"),
    ("column_values_to_be_in_type_list", {**X, "type_list": ["nonsense"]}, "type_list"),
    ("column_values_to_be_increasing", {**B}, "column"),
    ("column_values_to_be_increasing", {**N, "strictly": "no"}, "strictly"),
    ("column_value_z_scores_to_be_less_than", {**T, "threshold": 3, "double_sided": True}, "column"),
    ("column_value_z_scores_to_be_less_than", {**X, "threshold": "3", "double_sided": True}, "threshold"),
    ("column_quantile_values_to_be_between", {**X, "quantile_ranges": ranks([0.5], [])}, "quantile_ranges"),
    ("column_quantile_values_to_be_between", {**X, "quantile_ranges": ranks([1.5], [[0, 1]])}, "quantile_ranges"),
    ("column_quantile_values_to_be_between", {**X, "quantile_ranges": ranks([0.5], [[2, 1]])}, "quantile_ranges"),
    ("column_quantile_values_to_be_between", {**X, "quantile_ranges": ranks([0.5], [["a", 1]])}, "quantile_ranges"),
    ("column_quantile_values_to_be_between", {**T, "quantile_ranges": ranks([0.5], [[0, 1]])}, "column"),
    ("column_pair_values_to_be_equal", {"column_A": "x", "column_B": "x"}, "column_B"),
    ("column_pair_values_to_be_equal", {"column_A": "x", "column_B": "t"}, "type"),
    ("column_pair_values_to_be_equal", {"column_A": "x", "column_B": "gone"}, "column_B"),
    ("column_pair_values_to_be_equal", {**PAIR, "ignore_row_if": "always"}, "ignore_row_if"),
    ("column_pair_values_a_to_be_greater_than_b", {**PAIR, "or_equal": "yes"}, "or_equal"),
    ("column_pair_values_a_to_be_greater_than_b", {"column_A": "b", "column_B": "x"}, "column_A"),
    ("column_pair_values_to_be_in_set", {**PAIR, "value_pairs_set": []}, "value_pairs_set"),
    ("compound_columns_to_be_unique", {"column_list": ["x"]}, "column_list"),
    ("compound_columns_to_be_unique", {"column_list": ["x", "x"]}, "column_list"),
    ("compound_columns_to_be_unique", {"column_list": ["x", "gone"]}, "column_list"),
    ("multicolumn_sum_to_equal", {"column_list": ["x", "n"], "sum_total": "7"}, "sum_total"),
    ("multicolumn_sum_to_equal", {"column_list": ["x", "t"], "sum_total": 7}, "type"),
    ("column_to_exist", {**X, "column_index": -1}, "column_index"),
    ("table_row_count_to_be_between", {"min_value": 9, "max_value": 3}, "min_value"),
    ("table_row_count_to_be_between", {"min_value": -5}, "min_value"),
    ("table_row_count_to_be_between", {"min_value": 0.5}, "min_value"),
    ("table_row_count_to_be_between", {"min_value": "550"}, "min_value"),
    ("table_row_count_to_be_between", {}, "type"),
    ("table_row_count_to_be_between", {"column": "x", "min_value": 1}, "column"),
    ("table_row_count_to_equal", {"value": -1}, "value"),
    ("table_row_count_to_equal", {"value": None}, "value"),
    ("table_column_count_to_equal", {"value": "8"}, "value"),
    ("table_columns_to_match_ordered_list", {"column_list": []}, "column_list"),
    ("table_columns_to_match_ordered_list", {"column_list": ["x", "x"]}, "column_list"),
    ("table_columns_to_match_set", {"column_set": "x"}, "column_set"),
    ("table_columns_to_match_set", {"column_set": ["x"], "exact_match": "yes"}, "exact_match"),
    ("column_values_to_not_be_null", {**X, "row_condition": "n > 1"}, "type"),
    ("column_values_to_not_be_null", {**X, "row_condition": "", "condition_parser": "spark"}, "row_condition"),
    (
        "column_values_to_not_be_null",
        {**X, "row_condition": "n > 1", "condition_parser": "pandas"},
        "condition_parser",
    ),
    ("column_values_to_not_be_null", {**X, "row_condition": {**CONDITION, "operator": "~"}}, "row_condition"),
    ("column_values_to_not_be_null", {**X, "row_condition": {**CONDITION, "parameter": "a"}}, "row_condition"),
    (
        "column_values_to_not_be_null",
        {**X, "row_condition": {**CONDITION, "operator": "IN", "parameter": []}},
        "row_condition",
    ),
]

SENSIBLE: list[tuple[str, dict[str, Any]]] = [
    ("column_values_to_be_between", {**X, "min_value": 0, "max_value": 0}),
    ("column_values_to_be_between", {**N, "min_value": 0.5}),
    ("column_values_to_be_between", {"column": "big", "min_value": -(2**63), "max_value": 2**63 - 1}),
    ("column_values_to_be_between", {**X, "min_value": 0, "max_value": None, "mostly": 0}),
    ("column_values_to_be_between", {**T, "min_value": "a", "max_value": "z"}),
    ("column_min_to_be_between", {**T, "min_value": "A"}),
    ("column_stdev_to_be_between", {**X, "min_value": -1}),
    ("column_values_to_be_in_set", {**T, "value_set": ["UA", None]}),
    ("column_values_to_be_in_type_list", {**X, "type_list": ["float64", "DoubleType"]}),
    ("column_values_to_match_strftime_format", {**T, "strftime_format": "%Y-%m-%dT%H:%M:%S.%f%z"}),
    ("column_values_to_match_regex", {**T, "regex": "^(?<code>[A-Z]{2,3})\\k<code>?$"}),
    ("column_to_exist", {"column": "gone"}),
    ("table_row_count_to_be_between", {"min_value": 0, "max_value": 550.0}),
    ("table_columns_to_match_set", {"column_set": ["x"], "exact_match": False}),
    ("column_value_z_scores_to_be_less_than", {**X, "threshold": 3, "double_sided": True}),
]


def written(folder: Path, kind: str, kwargs: dict[str, Any]) -> Path:
    path = folder / "outcomes.json"
    entries = [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "x"}},
        {"type": f"expect_{kind}", "kwargs": kwargs},
    ]
    path.write_text(json.dumps({"name": "outcomes", "expectations": entries}, indent=2))
    return path


@pytest.mark.parametrize(("kind", "kwargs", "argument"), SENSELESS)
def test_a_senseless_expectation_is_refused_when_it_is_read_at_its_argument(
    kind: str, kwargs: dict[str, Any], argument: str, tmp_path: Path
) -> None:
    path = written(tmp_path, kind, kwargs)
    with pytest.raises(InputError) as raised:
        load_suite(path, COLUMNS)
    error = raised.value
    assert error.exit_code == 2
    assert error.code in {"bad-suite", "bad-regex", "unknown-column", "unknown-expectation"}
    assert f"expect_{kind} (expectation 2)" in error.message
    assert error.location is not None
    assert error.location.file == str(path)
    lines = path.read_text().splitlines()
    second = next(i for i, line in enumerate(lines) if f'"expect_{kind}"' in line)
    assert error.location.line > second
    assert error.location.text.strip().startswith(f'"{argument}":')
    assert error.location.column > error.location.text.index(":")


@pytest.mark.parametrize(("kind", "kwargs"), SENSIBLE)
def test_what_can_hold_and_can_fail_is_read(kind: str, kwargs: dict[str, Any], tmp_path: Path) -> None:
    assert len(load_suite(written(tmp_path, kind, kwargs), COLUMNS)) == 2


def test_all_mistakes_of_a_suite_are_shown_together(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.json"
    entries = [{"type": f"expect_{kind}", "kwargs": kwargs} for kind, kwargs, _ in SENSELESS[:3]]
    path.write_text(json.dumps({"expectations": entries}))
    with pytest.raises(SpecErrors) as raised:
        load_suite(path, COLUMNS)
    assert [error.code for error in raised.value.errors] == ["bad-suite"] * 3
    assert len({error.location for error in raised.value.errors}) == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"expectations": [\n {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 1,\n "value": 2}}]}', 3),
        ('{"expectations": [\n{"type": "a", "type": "b"}]}', 2),
        ('{"expectations": [\n{"type": "expect_table_row_count_to_equal", "kwargs": {"value": NaN}}]}', 2),
        ('{"expectations": [\n\n{"type": "expect_table_row_count_to_equal", "kwargs": {"value": }}]}', 3),
        ('{"name": "x",\n"expectations": []}', 2),
        ('{"name": "x",\n"expectations": {}}', 2),
        ('{"expectations": [\n7]}', 2),
        ('{"expectations": [\n{"type": "expect_table_row_count_to_equal", "kwargs": [1]}]}', 2),
        ('{"expectations": [\n{"type": "expect_column_to_exist",\n"kwargs": {"column": "x"}, "severity": []}]}', 3),
    ],
)
def test_what_is_no_suite_is_refused_at_its_line(text: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / "outcomes.json"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        load_suite(path, COLUMNS)
    assert raised.value.code == "bad-suite"
    assert raised.value.location is not None
    assert raised.value.location.line == line


@pytest.mark.parametrize("folder", [ROOT, ROOT / "tests" / "projects" / "parcels", ROOT / "bench" / "project"])
def test_the_projects_own_suites_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(folder))
    project = open_project(folder)
    read = 0
    for name in project.pipelines():
        pipeline = load_pipeline(project, name)
        for table in pipeline.spec.tables:
            path = pipeline.suite_path(table)
            if path is not None:
                assert all(check.location for check in load_suite(path, pipeline.columns(table)))
                read += 1
    assert read
