"""Great Expectations' checks, judged from a Profile instead of from the data.

The verdicts are those of Great Expectations on Spark, with two exceptions, both towards caution: nothing passes on zero
rows, and what was not measured, or cannot be told from the measurement, fails.
"""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.check import Check, Finding, Status
from assay.core.expectation_rows import ROW_TYPES, judge_rows
from assay.core.expectation_states import STATE_TYPES, judge_state, state_suffices
from assay.core.expectation_words import found, where
from assay.core.profile import TableProfile


def is_judged(check: Check) -> bool:
    """Whether a Profile can answer the check: row-wise with a predicate, or from the states of columns and table."""
    if check.predicate:
        return check.type in ROW_TYPES
    return check.type in STATE_TYPES and not check.params.get("row_condition") and state_suffices(check)


def judge_expectations(checks: Sequence[Check], profile: TableProfile, *, table: str = "") -> list[Finding]:
    """One finding per check, in their order, each with a sentence that names `table`, the column and the numbers.

    Never raises for what the data or the suite hold: a check that cannot be judged fails, and says why.

    >>> from assay.core.profile import ColumnState, Counter
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
        return found(check, Status.FAIL, f"{place}: there are no rows, and nothing passes on none", observed=0)
    if not is_judged(check):
        return found(
            check, Status.FAIL, f"{place}: {check.type} was not measured; it needs the data: validate --rescan"
        )
    try:
        judged = judge_rows(check, profile, place) if check.predicate else judge_state(check, profile, place)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return found(check, Status.FAIL, f"{place}: {check.type} could not be judged: {error}")
    return judged
