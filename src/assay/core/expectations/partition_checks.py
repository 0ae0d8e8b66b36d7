"""Checks that need all rows of a partition at once: unique, distinct, ranked, in order. They are of the second class of
cost: one more job for all duplicates, one for all quantiles and one for all orders, whatever the number of days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assay.core.check import Check, Finding, Status
from assay.core.expectations.ranges import judge_range, within
from assay.core.expectations.row_checks import judge_counter
from assay.core.expectations.wording import bounds, check_finding, number
from assay.core.profiles.required_stats import Measurement
from assay.core.profiles.table_profile import Counter, Holistic, TableProfile


def measurement_of(check: Check) -> Measurement | None:
    """What must be measured for the check; None for one that is not of this class, or whose row condition is beyond
    plain SQL. Thresholds are no part of it, so that the stored result can be judged again under others."""
    if check.type not in HOLISTIC_TYPES or not check.applies:
        return None
    return HOLISTIC_TYPES[check.type][0](check)


def judge_holistic(check: Check, profile: TableProfile, place: str) -> Finding:
    """The finding of a check of this class on a profile with rows; what was not measured fails."""
    measurement = measurement_of(check)
    measured = profile.holistic.get(measurement.id) if measurement else None
    if measured is None:
        sentence = f"{place}: {check.type} was not measured; it needs the data: validate --rescan"
        return check_finding(check, Status.FAIL, sentence)
    return HOLISTIC_TYPES[check.type][1](check, measured, profile, place)


def _duplicates(check: Check) -> Measurement:
    columns = check.params["column_list"] if check.column is None else [check.column]
    return Measurement("duplicates", tuple(columns), check.applies)


def _median(check: Check) -> Measurement:
    return Measurement("median", (str(check.column),), check.applies)


def _quantiles(check: Check) -> Measurement:
    quantiles = check.params["quantile_ranges"]["quantiles"]
    return Measurement("quantiles", (str(check.column),), check.applies, tuple(map(float, quantiles)))


def _order(check: Check) -> Measurement:
    rising, strictly = "increasing" in check.type, bool(check.params.get("strictly"))
    if rising:
        return Measurement("order", (str(check.column),), check.applies, direction=">" if strictly else ">=")
    return Measurement("order", (str(check.column),), check.applies, direction="<" if strictly else "<=")


def _judge_unique(check: Check, measured: Holistic, profile: TableProfile, place: str) -> Finding:
    listed = check.params.get("column_list")
    broken = f"have {', '.join(listed)} as another row has" if listed else "occur more than once"
    return judge_counter(check, Counter(measured.evaluated, measured.failed), broken, profile.rows, place)


def _judge_order(check: Check, measured: Holistic, profile: TableProfile, place: str) -> Finding:
    side = "below" if "increasing" in check.type else "above"
    broken = f"are not {'above' if side == 'below' else 'below'}" if check.params.get("strictly") else f"are {side}"
    counter = Counter(measured.evaluated, measured.failed)
    return judge_counter(check, counter, f"{broken} the one before, by the table's key", profile.rows, place)


def _judge_distinct(check: Check, measured: Holistic, _: TableProfile, place: str) -> Finding:
    return judge_range(check, measured.distinct, place, "the number of distinct values")


def _judge_proportion(check: Check, measured: Holistic, _: TableProfile, place: str) -> Finding:
    share = measured.distinct / measured.evaluated if measured.evaluated else 0
    return judge_range(check, share, place, "the share of distinct values")


def _judge_median(check: Check, measured: Holistic, _: TableProfile, place: str) -> Finding:
    return judge_range(check, measured.quantiles[0] if measured.quantiles else None, place, "the median")


def _judge_quantiles(check: Check, measured: Holistic, _: TableProfile, place: str) -> Finding:
    quantile_ranges = check.params["quantile_ranges"]
    ranges = [{"min_value": low, "max_value": high} for low, high in quantile_ranges["value_ranges"]]
    wanted = [
        f"{q:g}: {bounds(r) if _limited(r) else 'any'}"
        for q, r in zip(quantile_ranges["quantiles"], ranges, strict=True)
    ]
    expected = f"quantiles {', '.join(wanted)}"
    if not measured.quantiles:
        return check_finding(check, Status.FAIL, f"{place}: there is no value to take quantiles of", expected=expected)
    pairs = list(zip(measured.quantiles, ranges, strict=True))
    bad = [index for index, (value, limits) in enumerate(pairs) if not _reaches(value, limits)]
    shown = [str(value) if value in (float("inf"), float("-inf")) else value for value in measured.quantiles]
    if not bad:
        sentence = f"{place}: all {len(pairs)} quantiles are as expected"
        return check_finding(check, Status.PASS, sentence, observed=shown, expected=expected)
    first = bad[0]
    sentence = (
        f"{place}: the quantile {quantile_ranges['quantiles'][first]:g} is {number(measured.quantiles[first])},"
        f" not {bounds(ranges[first])}" + (f" (and {len(bad) - 1} more)" if len(bad) > 1 else "")
    )
    return check_finding(check, Status.FAIL, sentence, observed=shown, expected=expected)


def _limited(limits: Mapping[str, Any]) -> bool:
    return limits["min_value"] is not None or limits["max_value"] is not None


def _reaches(value: float, limits: Mapping[str, Any]) -> bool:
    """Whether a quantile keeps its range, with the tolerance at the edges that Great Expectations gives it."""
    edges = [edge for edge in limits.values() if edge is not None]
    near = any(abs(value - edge) <= 1e-8 + 1e-4 * abs(edge) for edge in edges)
    return near or not edges or within(value, limits)


HOLISTIC_TYPES: Mapping[
    str,
    tuple[Callable[[Check], Measurement], Callable[[Check, Holistic, TableProfile, str], Finding]],
] = {
    "expect_column_values_to_be_unique": (_duplicates, _judge_unique),
    "expect_compound_columns_to_be_unique": (_duplicates, _judge_unique),
    "expect_column_unique_value_count_to_be_between": (_duplicates, _judge_distinct),
    "expect_column_proportion_of_unique_values_to_be_between": (_duplicates, _judge_proportion),
    "expect_column_median_to_be_between": (_median, _judge_median),
    "expect_column_quantile_values_to_be_between": (_quantiles, _judge_quantiles),
    "expect_column_values_to_be_increasing": (_order, _judge_order),
    "expect_column_values_to_be_decreasing": (_order, _judge_order),
}
"""The types of this class: what each needs measured, and how it is judged."""
