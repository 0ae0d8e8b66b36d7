"""The expectations of the golden file: every type with good, wrong and missing arguments, `mostly` and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Kwargs = dict[str, Any]

COLUMNS = {
    "x": "double",
    "n": "int",
    "big": "long",
    "t": "string",
    "d": "date",
    "at": "timestamp",
    "b": "boolean",
}
BY_SQL = {"row_condition": "n > 1", "condition_parser": "spark"}
BY_GX = {"row_condition": 'col("n") > 1', "condition_parser": "great_expectations"}
NULLITY = {"type": "nullity", "column": {"name": "n"}, "is_null": False}
CONDITIONS: list[Kwargs] = [
    BY_SQL,
    BY_GX,
    {"row_condition": NULLITY},
    {"row_condition": "n > 1"},
    {"row_condition": {**NULLITY, "column": {"name": "gone"}}},
]
SETS = {"x": [1.5, 2], "n": [1, 2], "big": [1, 2**60], "t": ["a", "b"], "d": ["2013-01-05"], "b": [True]}
SETS["at"] = ["2013-01-05T06:00:00"]
LOWS = {"x": 0.5, "n": 1, "big": 2**60, "t": "a", "d": "2013-01-05", "at": "2013-01-05T06:00:00", "b": True}
RANGE = {"min_value": 1, "max_value": 9}
SHARE = {"min_value": 0.25, "max_value": 0.75}
PAIR = {"column_A": "x", "column_B": "n"}
RECORD = {"column_list": ["x", "n"]}
RANKS = {"quantiles": [0.1, 0.5], "value_ranges": [[0, 1], [1, None]]}

OF_A_COLUMN: dict[str, Kwargs] = {
    "column_values_to_not_be_null": {},
    "column_values_to_be_null": {},
    "column_values_to_be_between": {"min_value": LOWS},
    "column_values_to_be_in_set": {"value_set": SETS},
    "column_values_to_not_be_in_set": {"value_set": SETS},
    "column_values_to_match_regex": {"regex": "^[a-z]+$"},
    "column_values_to_not_match_regex": {"regex": "^[a-z]+$"},
    "column_values_to_match_regex_list": {"regex_list": ["a", "b"], "match_on": "all"},
    "column_values_to_not_match_regex_list": {"regex_list": ["a", "b"]},
    "column_values_to_match_like_pattern": {"like_pattern": "a%", "escape": "!"},
    "column_values_to_not_match_like_pattern": {"like_pattern": "a%"},
    "column_values_to_match_like_pattern_list": {"like_pattern_list": ["a%", "_b"], "match_on": "any"},
    "column_values_to_not_match_like_pattern_list": {"like_pattern_list": ["a%", "_b"]},
    "column_value_lengths_to_be_between": RANGE,
    "column_value_lengths_to_equal": {"value": 3},
    "column_distinct_values_to_be_in_set": {"value_set": SETS},
    "column_distinct_values_to_contain_set": {"value_set": SETS},
    "column_distinct_values_to_equal_set": {"value_set": SETS},
    "column_most_common_value_to_be_in_set": {"value_set": SETS, "ties_okay": True},
    "column_mean_to_be_between": RANGE,
    "column_sum_to_be_between": RANGE,
    "column_stdev_to_be_between": RANGE,
    "column_min_to_be_between": {"min_value": LOWS},
    "column_max_to_be_between": {"max_value": LOWS},
    "column_proportion_of_non_null_values_to_be_between": SHARE,
    "column_values_to_be_of_type": {"type_": "DoubleType"},
    "column_values_to_be_in_type_list": {"type_list": ["DoubleType", "float64"]},
    "column_type_to_be": {"type_": "NumericType"},
    "column_values_to_be_unique": {},
    "column_unique_value_count_to_be_between": RANGE,
    "column_proportion_of_unique_values_to_be_between": SHARE,
    "column_median_to_be_between": RANGE,
    "column_quantile_values_to_be_between": {"quantile_ranges": RANKS},
    "column_values_to_be_increasing": {"strictly": True},
    "column_values_to_be_decreasing": {},
    "column_to_exist": {"column_index": 1},
    # Left to Great Expectations, which alone reads the rest of their arguments.
    "column_value_z_scores_to_be_less_than": {"threshold": 3, "double_sided": True},
    "column_values_to_match_strftime_format": {"strftime_format": "%Y-%m-%d"},
    "column_values_to_be_json_parseable": {},
    "column_kl_divergence_to_be_less_than": {"threshold": 0.1},
}
OF_OTHERS: dict[str, Kwargs] = {
    "column_pair_values_a_to_be_greater_than_b": {**PAIR, "or_equal": True},
    "column_pair_values_to_be_equal": PAIR,
    "column_pair_values_to_be_in_set": {**PAIR, "value_pairs_set": [[1.5, 1], [None, 2]]},
    "column_pair_cramers_phi_value_to_be_less_than": {**PAIR, "threshold": 0.1},
    "multicolumn_sum_to_equal": {**RECORD, "sum_total": 7},
    "multicolumn_values_to_be_equal": RECORD,
    "multicolumn_values_to_be_unique": RECORD,
    "select_column_values_to_be_unique_within_record": {"column_list": ["x", "n", "big"]},
    "compound_columns_to_be_unique": RECORD,
    "table_row_count_to_be_between": RANGE,
    "table_row_count_to_equal": {"value": 100},
    "table_row_count_to_equal_other_table": {"other_table_name": "u"},
    "table_column_count_to_be_between": RANGE,
    "table_column_count_to_equal": {"value": 7},
    "table_columns_to_match_ordered_list": {"column_list": list(COLUMNS)},
    "table_columns_to_match_set": {"column_set": ["x", "n"], "exact_match": False},
}
QUERY = {"unexpected_rows_query": "SELECT * FROM {batch} WHERE x > n"}
NAMED_OTHERWISE: dict[str, Kwargs] = {"unexpected_rows_expectation": QUERY, "expect_nothing": {}}
WRONG: dict[str, list[Any]] = {
    "min_value": [9.5, -1, "1", True, 2**70, {"$PARAMETER": "a"}],
    "max_value": [0, -1, "2013-01-05", [1]],
    "value_set": [[], [None], "a", [1, "a", None], ["2013-02-30"]],
    "regex": ["", "(", "(?P<a>x)", 7],
    "regex_list": [[], ["(?#x)"], "a"],
    "match_on": ["some"],
    "like_pattern": ["a!", 7],
    "like_pattern_list": [[], [7]],
    "escape": ["ab"],
    "value": [-1, 2.5, "3", True],
    "value_pairs_set": [[], [[1]], [["a", 1]]],
    "sum_total": ["7", True, 0.5],
    "type_": ["DoubelType", 7],
    "type_list": [[], "DoubleType", ["float64"], ["DataType"]],
    "quantile_ranges": [{}, {**RANKS, "quantiles": [0.1]}, {**RANKS, "quantiles": [0.1, 1.5]}],
    "column_A": ["b", "n", "t", "gone", 7],
    "column_B": ["b", "t"],
    "column_list": [["x"], ["x", "x"], ["x", "gone"], ["x", "t"], "x", ["n", "big", "x"]],
    "column_set": [[], ["x", "x"], "x"],
    "ignore_row_if": ["always", "never", "neither", "any_value_is_missing", "either_value_is_missing"],
    "threshold": ["3", -3],
    "strftime_format": ["YYYY", "%Y-%Q", 7],
    "column_index": [-1, 2],
    **{name: ["yes", False] for name in ("or_equal", "ties_okay", "exact_match", "strictly", "double_sided")},
}


def cases() -> Iterator[tuple[str, Kwargs]]:
    """Yield the type and the keywords of every case, always the same in the same order."""
    for name, kwargs in OF_A_COLUMN.items():
        for column in COLUMNS:
            yield f"expect_{name}", _of_column(column, kwargs)
        yield f"expect_{name}", _of_column("gone", kwargs)
        yield f"expect_{name}", kwargs | _of_column("x", {}) | {"column": None}
        usual = "t" if name.endswith(("like_pattern", "like_pattern_list", "strftime_format")) else "n"
        for changed in _changed(_of_column(usual, kwargs)):
            yield f"expect_{name}", changed
        if "min_value" in kwargs or "max_value" in kwargs:
            strict = {"min_value": 5, "max_value": 5, "strict_max": True}
            yield f"expect_{name}", {"column": "n", **strict}
            yield f"expect_{name}", {"column": "n", **strict, "max_value": 5.5, "strict_min": True}
    others = {f"expect_{name}": kwargs for name, kwargs in OF_OTHERS.items()}
    for name, kwargs in (others | NAMED_OTHERWISE).items():
        yield name, kwargs
        yield name, {**kwargs, "column": "x"}
        for changed in _changed(kwargs):
            yield name, changed
        if "column_A" in kwargs or "column_list" in kwargs:
            for ignored in WRONG["ignore_row_if"]:
                yield name, {**kwargs, "ignore_row_if": ignored}


def _of_column(column: str, kwargs: Kwargs) -> Kwargs:
    """Return the keywords for a column, whose type decides what a set and a limit hold."""
    chosen = {name: value.get(column, 1) if value in (SETS, LOWS) else value for name, value in kwargs.items()}
    return {"column": column, **chosen}


def _changed(kwargs: Kwargs) -> Iterator[Kwargs]:
    yield {**kwargs, "mostly": 0.97}
    yield {**kwargs, "mostly": "0.9"}
    yield {**kwargs, "mostly": 1.5}
    yield {**kwargs, "catch_exceptions": True, "meta": {}}
    yield {**kwargs, "unkown": 1}
    for condition in CONDITIONS:
        yield {**kwargs, **condition}
    for name in kwargs:
        yield {other: value for other, value in kwargs.items() if other != name}
        for wrong in (None, *WRONG.get(name, [])):
            yield {**kwargs, name: wrong}
