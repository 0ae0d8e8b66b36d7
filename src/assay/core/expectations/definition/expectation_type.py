"""A type of expectation: one object holds its keywords, its columns, its cost, its SQL and its judge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

from assay.core.check import Check, CheckCost, Finding, Status
from assay.core.expectations.definition.domain import WHOLE_COLUMN, Domain, WrittenExpectation
from assay.core.expectations.definition.wording import check_finding
from assay.core.expectations.sql.literals import NUMERIC, SqlColumn, quote_name
from assay.core.profiles.required_stats import Measurement, Selection
from assay.core.profiles.table_profile import TableProfile

Function = TypeVar("Function", bound=Callable[..., Any])
UNWRITTEN: Any = None

DECLARED_TYPE = "_type"
"""The parameter in which a loaded suite stores the schema type of the column."""

BOUNDS = ("min_value", "max_value")
RANGE = (*BOUNDS, "strict_min", "strict_max")


class Limits(Enum):
    """The kinds of values that `min_value` and `max_value` can limit; a limit has to fit its kind."""

    NUMBER = "a number"
    VALUE = "a value of the column"
    COUNT = "a count"
    LENGTH = "a length"
    SHARE = "a share"
    SPREAD = "a spread"


@dataclass(frozen=True, slots=True)
class ColumnTypes:
    """The types of columns for which a type of expectation is measured, and those for which it makes no sense.

    For the other types of columns, Great Expectations judges it.
    """

    measured: frozenset[str]
    refused: frozenset[str] = frozenset()
    refusal: str = ""
    hint: str = ""


EVERY = frozenset({"string", "int", "long", "double", "boolean", "date", "timestamp"})
ANY = ColumnTypes(EVERY)
COMPARED = ColumnTypes(EVERY - {"boolean"}, frozenset({"boolean"}), "a {} has no order")
ORDERED = ColumnTypes(NUMERIC | {"date", "timestamp"}, frozenset({"boolean"}), "a {} has no order")
NUMBERS = ColumnTypes(
    NUMERIC, EVERY - NUMERIC, "a {} has none of what it measures", "it is one of numbers: int, long or double"
)


@dataclass(frozen=True)
class ExpectationType(Generic[Function]):
    """A type of expectation; Great Expectations judges this class, and Assay judges its subclasses.

    An object is a decorator: it registers the type by its name, with the decorated function.

    Attributes:
        domain: The columns and rows that it is about.
        needs: Its own required keywords. A missing one is refused.
        takes: Its own optional keywords. Others are refused.
        limits: The kind of value that `min_value` and `max_value` limit.
        columns: The types of columns that it is measured for. Great Expectations judges it for others.
        counts: The SQL to count over the rows of a row condition. It is for types that need no SQL without one.
        has_bad_rows: True if single rows break a check.
    """

    name: str
    _: KW_ONLY
    domain: Domain = WHOLE_COLUMN
    needs: Collection[str] = ()
    takes: Collection[str] = ()
    limits: Limits = Limits.NUMBER
    columns: ColumnTypes = ANY
    counts: str = ""
    has_bad_rows: bool = False
    function: Function = UNWRITTEN
    cost: ClassVar[CheckCost] = CheckCost.FALLBACK
    notes_column_type: ClassVar[bool] = False

    def __call__(self, function: Function) -> Function:
        """Register the type with its function."""
        if self.name in REGISTERED:
            raise ValueError(f"{self.name} is registered twice")
        needs, takes = {*self.needs, *self.domain.needs}, {*self.takes, *self.domain.takes}
        REGISTERED[self.name] = replace(self, needs=needs, takes=takes, function=function)
        return function

    def compile(self, written: WrittenExpectation) -> tuple[str, str]:
        """Return the predicate of a good row and the SQL of the rows to look at, as `Check` has them.

        Raises:
            ValueError: The parameters make no sense for the columns.
        """
        if written.selected and self.counts:
            return self.counts.format(column=quote_name(written.column or "")), written.selected
        return "", written.selected or ""

    def columns_of(self, written: WrittenExpectation) -> Any:
        """Return the column that an expectation names, or a list of the columns where it names several."""
        named = [name for name in self.domain.names(written) if name in written.columns]
        columns = [SqlColumn(name, written.columns[name]) for name in named]
        return columns if written.column is None else columns[0]

    def compiled(self, predicate: str | None, written: WrittenExpectation) -> tuple[str, str]:
        """Return the predicate with the rows of the domain; two empty texts if Great Expectations judges it."""
        rows, selected = self.domain.rows(self.columns_of(written), written.params), written.selected
        left_out = written.column is not None and written.columns[written.column] not in self.columns.measured
        if predicate is None or selected is None or left_out:
            return "", ""
        return predicate, f"{selected} AND {rows}" if selected and rows != "TRUE" else selected or rows

    def suffices(self, check: Check) -> bool:
        """Return whether the type's own measurement answers the check; Great Expectations judges it otherwise."""
        return not check.params.get("row_condition") or bool(check.predicate)

    def judge(self, check: Check, profile: TableProfile, place: str) -> Finding:
        """Return the finding of a check on a Profile with rows.

        Raises:
            ValueError: The Profile does not answer the check; the message has the reason.
        """
        finding: Finding = self.function(check, profile, place)
        return finding

    def selection(self, _: Check) -> Selection | None:
        """Return the state over some rows that the check needs beside the states of whole columns."""
        return None

    def measurement(self, _: Check) -> Measurement | None:
        """Return the measurement of whole partitions that the check needs."""
        return None

    def examples_of(self, check: Check) -> Sequence[str]:
        """Return the columns that show why a row breaks the check; none for a check that no single row breaks."""
        return self.domain.names(check) if self.has_bad_rows and self.suffices(check) else ()


REGISTERED: dict[str, ExpectationType[Any]] = {}
"""The types by their names; `catalog` imports the files that register them all."""


def not_measured(check: Check, place: str, why: str = "") -> Finding:
    """Return the finding of a check that needs the data, or a measurement that this Profile lacks."""
    why = why or f"{check.type} was not measured; it needs the data: validate --rescan"
    return check_finding(check, Status.FAIL, f"{place}: {why}")
