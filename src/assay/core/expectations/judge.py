"""The checks of Great Expectations, judged from a Profile instead of from the data.

The verdicts are those of Great Expectations on Spark, with two differences. Nothing passes on zero rows. A check fails
if its value was not measured, or does not follow from the measurement.

The page docs/expectations.md lists every type with its cost and its differences.
"""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.check import Check, CheckCost, Finding, Status
from assay.core.expectations.catalog import find_type
from assay.core.expectations.definition.expectation_type import not_measured
from assay.core.expectations.definition.wording import check_finding, where
from assay.core.profiles.table_profile import TableProfile


def cost_of(check: Check) -> CheckCost:
    """Return the cost of judging the check."""
    judged = find_type(check.type)
    return judged.cost if judged.suffices(check) else CheckCost.FALLBACK


def judge_expectations(checks: Sequence[Check], profile: TableProfile, *, table: str = "") -> list[Finding]:
    """Return one finding per check, in their order; its sentence names `table`, the column and the numbers.

    It never raises an error for data or a suite: a check that cannot be judged fails, with the reason.

    >>> from assay.core.profiles.table_profile import ColumnState, Counter
    >>> params = {"min_value": 20, "mostly": 0.999}
    >>> check = Check("expect_column_values_to_be_between", "air_time", params, predicate="air_time >= 20")
    >>> profile = TableProfile(842, {"air_time": ColumnState("number", 842)}, {check.id: Counter(842, 3)})
    >>> judge_expectations([check], profile, table="outcomes")[0].sentence
    'outcomes.air_time: 3 of 842 values (0.36 %) are not at least 20; at most 0.1 % may be'
    """
    return [_judge(check, profile, table) for check in checks]


def _judge(check: Check, profile: TableProfile, table: str) -> Finding:
    place = where(check, table)
    if profile.rows == 0:
        return check_finding(check, Status.FAIL, f"{place}: there are no rows, and nothing passes on none", observed=0)
    if cost_of(check) is CheckCost.FALLBACK:
        return not_measured(check, place)
    try:
        return find_type(check.type).judge(check, profile, place)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return check_finding(check, Status.FAIL, f"{place}: {check.type} could not be judged: {error}")
