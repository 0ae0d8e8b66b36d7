"""Which keywords an expectation takes: a misspelt one would silently not limit anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.core.suggestions import did_you_mean
from assay.quality.sql.invalid_expectation import MistakeError

_COMMON = frozenset({"column", "row_condition", "condition_parser", "result_format", "catch_exceptions", "batch_id"})
_COMMON_TOO = frozenset({"meta", "notes", "description", "windows", "severity", "id", "rendered_content"})
_RANGE = frozenset({"min_value", "max_value", "strict_min", "strict_max"})
_LIMITS = frozenset({"min_value", "max_value"})
_MOSTLY = frozenset({"mostly"})
_SET = frozenset({"value_set"})
_PAIR = frozenset({"column_A", "column_B", "ignore_row_if", "mostly"})
_RECORD = frozenset({"column_list", "ignore_row_if", "mostly"})
_OWN: Mapping[str, frozenset[str]] = {
    "expect_column_values_to_not_be_null": _MOSTLY,
    "expect_column_values_to_be_null": _MOSTLY,
    "expect_column_values_to_be_between": _RANGE | _MOSTLY,
    "expect_column_values_to_be_in_set": _SET | _MOSTLY,
    "expect_column_values_to_not_be_in_set": _SET | _MOSTLY,
    "expect_column_values_to_match_regex": _MOSTLY | {"regex"},
    "expect_column_values_to_not_match_regex": _MOSTLY | {"regex"},
    "expect_column_value_lengths_to_be_between": _RANGE | _MOSTLY,
    "expect_column_value_lengths_to_equal": _MOSTLY | {"value"},
    "expect_column_distinct_values_to_be_in_set": _SET,
    "expect_column_distinct_values_to_contain_set": _SET,
    "expect_column_distinct_values_to_equal_set": _SET,
    "expect_column_pair_values_a_to_be_greater_than_b": _PAIR | {"or_equal"},
    "expect_column_pair_values_to_be_equal": _PAIR,
    "expect_column_pair_values_to_be_in_set": _PAIR | {"value_pairs_set"},
    "expect_column_values_to_match_regex_list": _MOSTLY | {"regex_list", "match_on"},
    "expect_column_values_to_not_match_regex_list": _MOSTLY | {"regex_list"},
    "expect_column_values_to_match_like_pattern": _MOSTLY | {"like_pattern", "escape"},
    "expect_column_values_to_not_match_like_pattern": _MOSTLY | {"like_pattern", "escape"},
    "expect_column_values_to_match_like_pattern_list": _MOSTLY | {"like_pattern_list", "match_on", "escape"},
    "expect_column_values_to_not_match_like_pattern_list": _MOSTLY | {"like_pattern_list", "escape"},
    "expect_multicolumn_sum_to_equal": _RECORD | {"sum_total"},
    "expect_multicolumn_values_to_be_equal": _RECORD,
    "expect_select_column_values_to_be_unique_within_record": _RECORD,
    "expect_column_mean_to_be_between": _RANGE,
    "expect_column_sum_to_be_between": _RANGE,
    "expect_column_min_to_be_between": _RANGE,
    "expect_column_max_to_be_between": _RANGE,
    "expect_column_stdev_to_be_between": _RANGE,
    "expect_column_proportion_of_non_null_values_to_be_between": _RANGE,
    "expect_column_values_to_be_of_type": _MOSTLY | {"type_"},
    "expect_column_values_to_be_in_type_list": _MOSTLY | {"type_list"},
    "expect_column_type_to_be": frozenset({"type_"}),
    "expect_column_most_common_value_to_be_in_set": _SET | {"ties_okay"},
    "expect_column_values_to_be_unique": _MOSTLY,
    "expect_compound_columns_to_be_unique": _RECORD,
    "expect_column_unique_value_count_to_be_between": _RANGE,
    "expect_column_proportion_of_unique_values_to_be_between": _RANGE,
    "expect_column_median_to_be_between": _RANGE,
    "expect_column_quantile_values_to_be_between": frozenset({"quantile_ranges", "allow_relative_error"}),
    "expect_column_values_to_be_increasing": _MOSTLY | {"strictly"},
    "expect_column_values_to_be_decreasing": _MOSTLY | {"strictly"},
    "expect_column_to_exist": frozenset({"column_index"}),
    "expect_table_row_count_to_be_between": _RANGE,
    "expect_table_row_count_to_equal": frozenset({"value"}),
    "expect_table_column_count_to_be_between": _LIMITS,
    "expect_table_column_count_to_equal": frozenset({"value"}),
    "expect_table_columns_to_match_ordered_list": frozenset({"column_list"}),
    "expect_table_columns_to_match_set": frozenset({"column_set", "exact_match"}),
}
_NEEDED = frozenset(
    {"value_set", "regex", "regex_list", "like_pattern", "like_pattern_list", "value", "value_pairs_set", "sum_total"}
    | {"type_", "type_list", "column_list", "column_set", "column_A", "column_B", "quantile_ranges"}
)


def check_keywords(kind: str, kwargs: Mapping[str, Any]) -> None:
    """Nothing if Assay's own judging of `kind` can take `kwargs`; MistakeError, in words, for an unknown or missing
    one. The keywords of other types are Great Expectations' to check."""
    if kind not in _OWN:
        return
    own = _OWN[kind]
    for name in kwargs:
        if name not in own | _COMMON | _COMMON_TOO:
            raise MistakeError(f"it does not take '{name}'; {did_you_mean(name, sorted(own))}", keyword=name)
    for name in sorted(_NEEDED & own):
        if kwargs.get(name) is None:
            raise MistakeError(f"it needs '{name}'", keyword=name)
    if own >= _LIMITS and kwargs.get("min_value") is None and kwargs.get("max_value") is None:
        raise MistakeError("it has neither min_value nor max_value", hint="without a limit it can never fail")
