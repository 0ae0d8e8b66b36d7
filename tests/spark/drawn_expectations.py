"""Drawn frames, and for each type of expectation that Assay judges itself a drawn suite's entry."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    Drawn = dict[str, Any]


DAY = date(2013, 1, 1)
AT = datetime(2013, 1, 1, tzinfo=UTC)
COLUMNS = {
    "k": "int",
    "x": "double",
    "y": "double",
    "n": "int",
    "big": "long",
    "t": "string",
    "u": "string",
    "d": "date",
    "at": "timestamp",
    "b": "boolean",
    "s": "string",
}
NUMBERS = [-8, -2.5, 0, 0.5, 1, 2, 5, 700]
TEXTS = ["", " ", "UA", "AA", "O'Hare", "a%b", "a\\b", "é", "${x}"]
DATES = ["2013-02-28", "2013-2-28", "2013-02-30", "2012-02-29", "2013-02-28 ", "0000-01-01", "2013-02-28T24:00:00"]
DATES += ["2013-02-28T06:07:08", "2013-02-28t6:7:60", "28.02.13", " 1.02.13", "31.04.13", "29.02.00", "\x1c", ""]
POOLS: dict[str, list[Any]] = {
    "x": [None, math.nan, math.inf, -math.inf, -0.0, 0.0, 0.5, -2.5, 1.0, 700.0],
    "y": [None, 0.0, 0.5, 1.0, 2.0, -8.0],
    "n": [None, -8, 0, 1, 2, 5],
    "big": [None, 0, 2, 5, 2**53, 2**53 + 1, -(2**62)],
    "t": [None, *TEXTS],
    "u": [None, "", "UA", "x"],
    "d": [None, *[DAY + timedelta(days=i) for i in range(5)]],
    "at": [None, *[AT + timedelta(hours=i, microseconds=i) for i in range(5)]],
    "b": [None, True, False],
    "s": [None, *DATES],
}
# Great Expectations leaves the row condition of pairs in a set out of account, and refuses one of a query.
NO_CONDITION = (
    *("table_column", "_to_exist", "_of_type", "type_list", "type_to_be", "pair_values_to_be_in_set"),
    "unexpected_rows",
)


def frame_of(spark: SparkSession, seed: int, size: int) -> DataFrame:
    seeded = random.Random(seed)
    rows = [(DAY, k, *[seeded.choice(pool) for pool in POOLS.values()]) for k in range(size)]
    types = {"long": "bigint"}
    schema = ", ".join(f"{name} {types.get(kind, kind)}" for name, kind in COLUMNS.items())
    return spark.createDataFrame(rows, f"day date, {schema}").coalesce(1).sortWithinPartitions("k").cache()


def column(seeded: random.Random, *names: str) -> Drawn:
    return {"column": seeded.choice(names)}


def limits(seeded: random.Random, pool: list[Any]) -> Drawn:
    low, high = sorted(seeded.sample(pool, 2))
    drawn = seeded.choice([{"min_value": low}, {"max_value": high}, {"min_value": low, "max_value": high}])
    return drawn | {
        f"strict_{side}": True for side in ("min", "max") if f"{side}_value" in drawn and seeded.random() < 0.3
    }


def limited(seeded: random.Random) -> Drawn:
    """A column with limits of its type."""
    name = seeded.choice(["x", "y", "n", "big", "d", "at"])
    pool = {"d": [f"2013-01-0{i}" for i in (1, 3, 5)], "at": [f"2013-01-01T0{i}:00:00" for i in (0, 2, 4)]}
    return {"column": name} | limits(seeded, pool.get(name, NUMBERS))


def among(seeded: random.Random, *names: str) -> Drawn:
    name = seeded.choice(names)
    pools: dict[str, list[Any]] = {
        "t": TEXTS, "u": TEXTS, "n": [-8, 0, 1, 2, 5], "y": [0.0, 0.5, 1.0, 2.0, -8.0], "b": [True, False],
    }  # fmt: skip
    pool = pools[name]
    return {"column": name, "value_set": seeded.sample(pool, seeded.randint(1, len(pool)))}


def pair(seeded: random.Random) -> Drawn:
    one, two = seeded.choice([("x", "y"), ("n", "big"), ("t", "u"), ("y", "n")])
    ignored = seeded.choice(["both_values_are_missing", "either_value_is_missing", "neither"])
    return {"column_A": one, "column_B": two, "ignore_row_if": ignored}


def listed(seeded: random.Random, *lists: list[str]) -> Drawn:
    ignored = seeded.choice(["all_values_are_missing", "any_value_is_missing", "never"])
    return {"column_list": seeded.choice(lists), "ignore_row_if": ignored}


def ranked(seeded: random.Random) -> Drawn:
    quantiles = sorted(seeded.sample([0.0, 0.05, 0.25, 0.5, 0.9, 1.0], 3))
    ranges = [sorted(seeded.sample(NUMBERS, 2)) for _ in quantiles]
    return column(seeded, "x", "y", "n", "big") | {"quantile_ranges": {"quantiles": quantiles, "value_ranges": ranges}}


NUMERIC = ("x", "y", "n", "big")
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%d.%m.%y", "%d"]
QUERIES = ["x > y", "n IS NULL OR t = ''", "y < -100", "d > DATE'2013-01-03' AND NOT b"]
PATTERNS = ["A", "^UA$", "^$", "\\$\\{", "[a-z]"]
RECORDS = (["x", "y"], ["n", "big", "y"], ["t", "u"])
DRAW: dict[str, Callable[[random.Random], Drawn]] = {
    "column_values_to_not_be_null": lambda r: column(r, *POOLS),
    "column_values_to_be_null": lambda r: column(r, *POOLS),
    "column_values_to_be_between": limited,
    "column_values_to_be_in_set": lambda r: among(r, "t", "n", "y", "b"),
    "column_values_to_not_be_in_set": lambda r: among(r, "t", "n", "y", "b"),
    "column_values_to_match_regex": lambda r: column(r, "t", "u") | {"regex": r.choice(PATTERNS)},
    "column_values_to_not_match_regex": lambda r: column(r, "t", "u") | {"regex": r.choice(PATTERNS)},
    "column_values_to_match_regex_list": lambda r: (
        column(r, "t", "u") | {"regex_list": r.sample(PATTERNS, 2), "match_on": r.choice(["any", "all"])}
    ),
    "column_values_to_not_match_regex_list": lambda r: column(r, "t", "u") | {"regex_list": r.sample(PATTERNS, 2)},
    "column_values_to_match_strftime_format": lambda r: {"column": "s", "strftime_format": r.choice(FORMATS)},
    "unexpected_rows_expectation": lambda r: (
        {"unexpected_rows_query": f"SELECT * FROM {{batch}} WHERE {r.choice(QUERIES)}"}
    ),
    "column_value_lengths_to_be_between": lambda r: column(r, "t", "u") | limits(r, [0, 1, 2, 3, 6]),
    "column_value_lengths_to_equal": lambda r: column(r, "t", "u") | {"value": r.choice([0, 1, 2])},
    "column_distinct_values_to_be_in_set": lambda r: among(r, "t", "n", "b"),
    "column_distinct_values_to_contain_set": lambda r: among(r, "t", "n", "b"),
    "column_distinct_values_to_equal_set": lambda r: among(r, "t", "n", "b"),
    "column_most_common_value_to_be_in_set": lambda r: among(r, "t", "n", "b") | {"ties_okay": r.random() < 0.5},
    "column_pair_values_a_to_be_greater_than_b": lambda r: pair(r) | {"or_equal": r.random() < 0.5},
    "column_pair_values_to_be_equal": pair,
    "column_pair_values_to_be_in_set": lambda r: (
        {**pair(r), "column_A": "n", "column_B": "u"}
        | {"value_pairs_set": [[1, "UA"], [0, ""], [2, None], [None, "x"]]}
    ),
    "multicolumn_sum_to_equal": lambda r: (
        listed(r, ["x", "y"], ["n", "big", "y"]) | {"sum_total": r.choice([0, 1, 0.5])}
    ),
    "multicolumn_values_to_be_equal": lambda r: listed(r, *RECORDS),
    "select_column_values_to_be_unique_within_record": lambda r: listed(r, *RECORDS),
    "column_mean_to_be_between": lambda r: column(r, *NUMERIC) | limits(r, NUMBERS),
    "column_sum_to_be_between": lambda r: column(r, *NUMERIC) | limits(r, NUMBERS),
    "column_stdev_to_be_between": lambda r: column(r, "x", "y", "n") | limits(r, [0, 0.5, 1, 2, 5, 700]),
    "column_value_z_scores_to_be_less_than": lambda r: (
        column(r, *NUMERIC) | {"threshold": r.choice([-0.5, 0.7, 1.3, 2, 4]), "double_sided": r.random() < 0.5}
    ),
    "column_min_to_be_between": limited,
    "column_max_to_be_between": limited,
    "column_proportion_of_non_null_values_to_be_between": lambda r: column(r, *POOLS) | limits(r, [0, 0.5, 0.9, 1]),
    "column_values_to_be_of_type": lambda r: column(r, *POOLS) | {"type_": r.choice(["DoubleType", "StringType"])},
    "column_values_to_be_in_type_list": lambda r: column(r, *POOLS) | {"type_list": ["LongType", "DateType"]},
    "column_type_to_be": lambda r: column(r, *POOLS) | {"type_": r.choice(["TimestampType", "BooleanType"])},
    "column_to_exist": lambda r: {"column": r.choice(["x", "gone"]), "column_index": r.choice([None, 2])},
    "table_row_count_to_be_between": lambda r: limits(r, [0, 1, 7, 40, 150]),
    "table_row_count_to_equal": lambda r: {"value": r.choice([1, 7, 40, 150])},
    "table_column_count_to_be_between": lambda r: r.choice([{"min_value": 12}, {"max_value": 11}]),
    "table_column_count_to_equal": lambda r: {"value": r.choice([11, 12])},
    "table_columns_to_match_ordered_list": lambda r: {"column_list": r.choice([["day", *COLUMNS], list(COLUMNS)])},
    "table_columns_to_match_set": lambda r: {"column_set": list(COLUMNS), "exact_match": r.random() < 0.5},
    "column_values_to_be_unique": lambda r: column(r, *POOLS),
    "compound_columns_to_be_unique": lambda r: listed(r, ["x", "n"], ["t", "d", "b"], ["big", "at"]),
    "column_unique_value_count_to_be_between": lambda r: column(r, *POOLS) | limits(r, [0, 2, 4, 6]),
    "column_proportion_of_unique_values_to_be_between": lambda r: column(r, *POOLS) | limits(r, [0, 0.1, 0.5, 1]),
    "column_median_to_be_between": lambda r: column(r, *NUMERIC) | limits(r, NUMBERS),
    "column_quantile_values_to_be_between": ranked,
    # To Great Expectations two infinities in a row, whose difference is NaN, are out of order; x is left out for that.
    "column_values_to_be_increasing": lambda r: column(r, "y", "n", "big") | {"strictly": r.random() < 0.5},
    "column_values_to_be_decreasing": lambda r: column(r, "y", "n", "big") | {"strictly": r.random() < 0.5},
}


def drawn(seed: int) -> list[dict[str, Any]]:
    seeded = random.Random(seed)
    entries = []
    for kind, draw in DRAW.items():
        kwargs = draw(seeded)
        if seeded.random() < 0.3 and not any(part in kind for part in NO_CONDITION):
            kwargs |= {"row_condition": "n >= 1", "condition_parser": "spark"}
        entries.append({"type": kind if kind.startswith("unexpected") else f"expect_{kind}", "kwargs": kwargs})
    return entries
