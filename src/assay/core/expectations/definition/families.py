"""The families of types that Assay judges itself, one for each kind of measurement."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any

from assay.core.check import Check, CheckCost, Finding
from assay.core.expectations.definition.domain import VALUES, Domain, Params, WrittenExpectation
from assay.core.expectations.definition.expectation_type import (
    DECLARED_TYPE,
    NUMBERS,
    RANGE,
    ColumnTypes,
    ExpectationType,
    Limits,
    not_measured,
)
from assay.core.expectations.definition.findings import judge_counter, judge_range
from assay.core.expectations.definition.wording import fill
from assay.core.expectations.sql.literals import NUMERIC
from assay.core.profiles.required_stats import Measurement, MeasurementKind, Selection, StateKind
from assay.core.profiles.table_profile import ColumnState, Holistic, TableProfile

NOT_COUNTED = "its row condition was not counted; validate --rescan does it"
Condition = Callable[[Any, Params], str | None]
StateVerdict = Callable[[Check, ColumnState, str], Finding]
PartitionVerdict = Callable[[Check, Holistic, TableProfile, str], Finding]
TableVerdict = Callable[[Check, TableProfile, str], Finding]
Statistic = Callable[[ColumnState], float | None]


@dataclass(frozen=True)
class RowWise(ExpectationType[Condition]):
    """A type whose good rows meet a condition, counted in the scan that measures the columns.

    Its function returns the condition as SQL, or None for parameters that Great Expectations alone judges. The text
    `broken` describes the rows that fail, and begins with a verb, such as "are not one of {value_set}". With `negated`,
    good rows do not meet the condition.
    """

    broken: str | Callable[[Params], str]
    _: KW_ONLY
    domain: Domain = VALUES
    negated: bool = False
    has_bad_rows: bool = True
    cost = CheckCost.PROFILE

    def compile(self, written: WrittenExpectation) -> tuple[str, str]:
        """Return the condition and the rows to look at, as SQL that is never null: a counter cannot lose rows."""
        predicate = self.function(self.columns_of(written), written.params)
        return self.compiled(f"NOT ({predicate})" if self.negated and predicate else predicate, written)

    def suffices(self, check: Check) -> bool:
        """Return whether the check's condition is one that Spark counts."""
        return bool(check.predicate)

    def judge(self, check: Check, profile: TableProfile, place: str) -> Finding:
        """Return the finding on the rows that were counted."""
        broken = fill(self.broken, check.params) if isinstance(self.broken, str) else self.broken(check.params)
        return judge_counter(check, profile.counters.get(check.id), broken, self.domain.noun, profile, place)


@dataclass(frozen=True)
class PartitionWise(ExpectationType[PartitionVerdict]):
    """A type with a verdict on one measurement of whole partitions, for which checks of a kind share a job.

    Thresholds are no part of the measurement, so that a stored result can be judged again under others. The function
    `details` returns its further parameters, beside the columns and their rows.
    """

    measures: MeasurementKind
    _: KW_ONLY
    details: Callable[[Check], Params] = lambda _: {}
    cost = CheckCost.JOB

    def compile(self, written: WrittenExpectation) -> tuple[str, str]:
        """Return the rows to look at; none for a column that is neither ranked nor compared."""
        return self.compiled("", written)

    def suffices(self, check: Check) -> bool:
        """Return whether the check has rows to look at."""
        return bool(check.applies)

    def measurement(self, check: Check) -> Measurement | None:
        """Return the measurement that the check needs; None where Great Expectations judges it."""
        columns = tuple(self.domain.names(check))
        return Measurement(self.measures, columns, check.applies, **self.details(check)) if check.applies else None

    def judge(self, check: Check, profile: TableProfile, place: str) -> Finding:
        """Return the verdict on the measurement; without a measurement the check fails."""
        measurement = self.measurement(check)
        measured = profile.holistic.get(measurement.id) if measurement else None
        if measured is None:
            return not_measured(check, place)
        return self.function(check, measured, profile, place)


@dataclass(frozen=True)
class OfColumnState(ExpectationType[StateVerdict]):
    """A type with a verdict on the state of its column, which every Profile holds.

    The function `extra_state` returns the kind of state that a check needs beside the column's own, None for no other.
    The function `answers` is false for a check that no state answers.
    """

    _: KW_ONLY
    extra_state: Callable[[Check], StateKind | None] = lambda _: None
    answers: Callable[[Check], bool] = lambda _: True
    cost = CheckCost.PROFILE
    notes_column_type = True

    def suffices(self, check: Check) -> bool:
        """Return whether states of such columns are measured, over rows that plain SQL selects."""
        if check.params.get("row_condition") and not check.applies:
            return False
        declared = check.params.get(DECLARED_TYPE)
        return (declared is None or declared in self.columns.measured) and self.answers(check)

    def selection(self, check: Check) -> Selection | None:
        """Return the state that must be measured beside those of whole columns."""
        kind = None if check.predicate or check.column is None else self.extra_state(check)
        return Selection(check.column or "", check.applies or "TRUE", kind) if kind else None

    def judge(self, check: Check, profile: TableProfile, place: str) -> Finding:
        """Return the verdict on the state, which a row condition may have reduced to a counter."""
        selection = self.selection(check)
        state = profile.selections.get(selection.id) if selection else profile.columns.get(check.column or "")
        if check.predicate:
            counter = profile.counters.get(check.id)
            if counter is None:
                return not_measured(check, place, NOT_COUNTED)
            state = ColumnState("", counter.evaluated, nulls=counter.failed)
        if state is None:
            return not_measured(check, place, "the column was not measured; validate --rescan does it")
        return self.function(check, state, place)


@dataclass(frozen=True)
class TableWise(ExpectationType[TableVerdict]):
    """A type with a verdict on the rows and columns of a Profile."""

    cost = CheckCost.PROFILE


def own_state(check: Check) -> StateKind | None:
    """Return the kind of the column's own state for a check with a row condition, None for one without."""
    declared = check.params.get(DECLARED_TYPE)
    if not check.applies:
        return None
    return "number" if declared in NUMERIC else "date" if declared == "date" else "timestamp"


def statistic(
    name: str, words: str, *, limits: Limits = Limits.NUMBER, columns: ColumnTypes = NUMBERS, counts: str = ""
) -> Callable[[Statistic], Statistic]:
    """Register the type `name`, whose range must hold the number that the decorated function computes from a state.

    The `words` name the number, as in "the mean". Where limits are values of the column, the number has to be exact.
    """

    def decorate(compute: Statistic) -> Statistic:
        @OfColumnState(name, takes=RANGE, limits=limits, columns=columns, counts=counts, extra_state=own_state)
        def verdict(check: Check, state: ColumnState, place: str) -> Finding:
            observed = compute(state)
            if limits is Limits.VALUE and check.params.get(DECLARED_TYPE) == "long":
                _refuse_rounded(observed)
            return judge_range(check, observed, place, words, state.kind if limits is Limits.VALUE else "number")

        return compute

    return decorate


def _refuse_rounded(observed: float | None) -> None:
    """Raise ValueError for an extreme of longs from 2^53 on that an older Profile holds as a double.

    Such a double is equal to several longs.
    """
    if isinstance(observed, float) and math.isfinite(observed) and abs(observed) >= 2**53:
        raise ValueError("it was measured as a double, which is not exact from 2^53 on; validate --rescan measures it")
