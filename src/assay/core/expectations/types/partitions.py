"""Types about all rows of a partition together: repeated, different, ranked and ordered values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from assay.core.check import Check, Finding, Status
from assay.core.expectations.definition.domain import RECORDS, VALUES, Params
from assay.core.expectations.definition.expectation_type import NUMBERS, ORDERED, RANGE, Limits
from assay.core.expectations.definition.families import PartitionWise
from assay.core.expectations.definition.findings import judge_counter, judge_range, within
from assay.core.expectations.definition.wording import bounds, check_finding, number, pass_or_fail
from assay.core.profiles.table_profile import Counter, Holistic, TableProfile


def _quantiles(check: Check) -> Params:
    return {"probabilities": tuple(map(float, check.params["quantile_ranges"]["quantiles"]))}


def _direction(check: Check) -> Params:
    return {"direction": (">" if "increasing" in check.type else "<") + "=" * (not check.params.get("strictly"))}


@PartitionWise("expect_column_values_to_be_unique", "duplicates", domain=VALUES, has_bad_rows=True)
@PartitionWise("expect_compound_columns_to_be_unique", "duplicates", domain=RECORDS, has_bad_rows=True)
def _judge_unique(check: Check, measured: Holistic, profile: TableProfile, place: str) -> Finding:
    listed = check.params.get("column_list")
    broken = f"have {', '.join(listed)} as another row has" if listed else "occur more than once"
    noun = "rows" if listed else "values"
    return judge_counter(check, Counter(measured.evaluated, measured.failed), broken, noun, profile, place)


_in_order = partial(
    PartitionWise,
    measures="order",
    details=_direction,
    domain=VALUES,
    takes=["strictly"],
    columns=ORDERED,
    has_bad_rows=True,
)


@_in_order("expect_column_values_to_be_increasing")
@_in_order("expect_column_values_to_be_decreasing")
def _judge_ordered(check: Check, measured: Holistic, profile: TableProfile, place: str) -> Finding:
    side = "below" if "increasing" in check.type else "above"
    broken = f"are not {'above' if side == 'below' else 'below'}" if check.params.get("strictly") else f"are {side}"
    broken += " the one before, by the table's key"
    return judge_counter(check, Counter(measured.evaluated, measured.failed), broken, "values", profile, place)


@PartitionWise("expect_column_unique_value_count_to_be_between", "duplicates", takes=RANGE, limits=Limits.COUNT)
def _judge_distinct_count(check: Check, measured: Holistic, _: TableProfile, place: str) -> Finding:
    return judge_range(check, measured.distinct, place, "the number of distinct values")


@PartitionWise(
    "expect_column_proportion_of_unique_values_to_be_between", "duplicates", takes=RANGE, limits=Limits.SHARE
)
def _judge_distinct_share(check: Check, measured: Holistic, _: TableProfile, place: str) -> Finding:
    share = measured.distinct / measured.evaluated if measured.evaluated else 0
    return judge_range(check, share, place, "the share of distinct values")


@PartitionWise("expect_column_median_to_be_between", "median", takes=RANGE, columns=NUMBERS)
def _judge_median(check: Check, measured: Holistic, _: TableProfile, place: str) -> Finding:
    return judge_range(check, measured.quantiles[0] if measured.quantiles else None, place, "the median")


@PartitionWise(
    "expect_column_quantile_values_to_be_between",
    "quantiles",
    details=_quantiles,
    needs=["quantile_ranges"],
    takes=["allow_relative_error"],
    columns=NUMBERS,
)
def _judge_quantiles(check: Check, measured: Holistic, _: TableProfile, place: str) -> Finding:
    quantile_ranges = check.params["quantile_ranges"]
    ranges = [{"min_value": low, "max_value": high} for low, high in quantile_ranges["value_ranges"]]
    limited = [bounds(limits) if any(edge is not None for edge in limits.values()) else "any" for limits in ranges]
    wanted = [f"{q:g}: {limits}" for q, limits in zip(quantile_ranges["quantiles"], limited, strict=True)]
    expected = f"quantiles {', '.join(wanted)}"
    if not measured.quantiles:
        return check_finding(check, Status.FAIL, f"{place}: there is no value to take quantiles of", expected=expected)
    pairs = list(zip(measured.quantiles, ranges, strict=True))
    bad = [index for index, (value, limits) in enumerate(pairs) if not _reaches(value, limits)]
    shown = [str(value) if value in (float("inf"), float("-inf")) else value for value in measured.quantiles]
    sentence = f"{place}: all {len(pairs)} quantiles are as expected"
    if bad:
        first, more = bad[0], f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        name, value = f"{quantile_ranges['quantiles'][first]:g}", number(measured.quantiles[first])
        sentence = f"{place}: the quantile {name} is {value}, not {bounds(ranges[first])}{more}"
    return pass_or_fail(check, not bad, sentence, observed=shown, expected=expected)


def _reaches(value: float, limits: Mapping[str, Any]) -> bool:
    """Return whether a quantile is within its range, with the tolerance of Great Expectations at the edges."""
    edges = [edge for edge in limits.values() if edge is not None]
    near = any(abs(value - edge) <= 1e-8 + 1e-4 * abs(edge) for edge in edges)
    return near or not edges or within(value, limits)
