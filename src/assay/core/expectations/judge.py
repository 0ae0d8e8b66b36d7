"""Great Expectations' checks, judged from a Profile instead of from the data.

The verdicts are those of Great Expectations on Spark, but nothing passes on zero rows, and what was not measured, or
cannot be told from the measurement, fails; docs/expectations.md lists every type with its cost and its differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assay.core.check import Check, CheckCost, Finding, Status
from assay.core.expectations.column_checks import STATE_TYPES, judge_state, state_suffices
from assay.core.expectations.partition_checks import HOLISTIC_TYPES, judge_holistic, measurement_of
from assay.core.expectations.row_checks import ROW_TYPES, judge_rows
from assay.core.expectations.table_checks import TABLE_TYPES, judge_table
from assay.core.expectations.wording import check_finding, where
from assay.core.profiles.table_profile import TableProfile

JUDGED_TYPES = frozenset(ROW_TYPES) | frozenset(TABLE_TYPES) | STATE_TYPES | frozenset(HOLISTIC_TYPES)
"""The types that Assay judges itself, as long as their parameters and columns allow it."""


def cost_of(check: Check) -> CheckCost:
    """What judging the check costs: nothing where a Profile holds what it needs, a shared job where only a whole
    partition tells, and Great Expectations itself for everything else."""
    if check.type in HOLISTIC_TYPES:
        return CheckCost.JOB if measurement_of(check) else CheckCost.FALLBACK
    if check.type in ROW_TYPES:
        return CheckCost.PROFILE if check.predicate else CheckCost.FALLBACK
    if check.type in TABLE_TYPES:
        return CheckCost.FALLBACK if check.params.get("row_condition") and not check.predicate else CheckCost.PROFILE
    return CheckCost.PROFILE if check.type in STATE_TYPES and state_suffices(check) else CheckCost.FALLBACK


def judge_expectations(checks: Sequence[Check], profile: TableProfile, *, table: str = "") -> list[Finding]:
    """One finding per check, in their order, each with a sentence that names `table`, the column and the numbers.

    Never raises for what the data or the suite hold: a check that cannot be judged fails, and says why.

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
        return check_finding(
            check, Status.FAIL, f"{place}: {check.type} was not measured; it needs the data: validate --rescan"
        )
    try:
        return _judge_of(check)(check, profile, place)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return check_finding(check, Status.FAIL, f"{place}: {check.type} could not be judged: {error}")


def _judge_of(check: Check) -> Callable[[Check, TableProfile, str], Finding]:
    if check.type in HOLISTIC_TYPES:
        return judge_holistic
    if check.type in ROW_TYPES:
        return judge_rows
    return judge_table if check.type in TABLE_TYPES else judge_state
