"""Check a suite's patterns with Java and its conditions with Spark before a job runs.

A pattern or a condition that is refused is an error at its line of the suite. So no running job fails on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from pyspark.errors import IllegalArgumentException, PySparkException
from pyspark.sql import Column
from pyspark.sql import functions as F

from assay.core.check import Check
from assay.errors import InputError, one_or_all
from assay.spark.cleaning.sql_analysis import analyse_sql, empty_frame
from assay.spark.expressions import lenient
from assay.spark.jvm_objects import jvm_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def check_suite(spark: SparkSession, checks: Sequence[Check], columns: Sequence[tuple[str, str]]) -> None:
    """Check that Java compiles every pattern of `checks`, and that Spark plans their SQL over `columns` (name, type).

    Raises:
        InputError: A pattern or SQL is wrong. The error has the place of the expectation, and the character of the
            pattern or the part of the SQL that is wrong.
        SpecErrors: Several are wrong.
    """
    errors: list[InputError] = []
    rest: list[Check] = []
    for check in checks:
        error = _pattern_error(spark, check)
        errors += [error] if error is not None else []
        rest += [check] if error is None else []
    if not _all_planned(spark, rest, columns):
        errors += [error for check in rest if (error := _sql_error(spark, check, columns)) is not None]
    if errors:
        raise one_or_all(errors)


def _pattern_error(spark: SparkSession, check: Check) -> InputError | None:
    jvm = jvm_of(spark)
    for pattern in _patterns(check.params):
        try:
            jvm.java.util.regex.Pattern.compile(pattern)
        except IllegalArgumentException as error:  # which Java's PatternSyntaxException is
            return InputError(
                f"{check.type}: its pattern {pattern!r} is not one that Java knows: {str(error).splitlines()[0]}",
                code="bad-regex",
                hint="Spark matches with Java's regular expressions: docs/expectations.md lists the differences",
                location=check.location,
            )
    return None


def _patterns(params: Mapping[str, Any]) -> Iterator[str]:
    """Each pattern that Java will compile: those of a list of which any may match are joined to one."""
    if "regex" in params:
        yield params["regex"]
    listed = params.get("regex_list") or []
    yield from listed
    if len(listed) > 1 and (params.get("match_on") or "any") == "any":
        yield "|".join(listed)


def _all_planned(spark: SparkSession, checks: Sequence[Check], columns: Sequence[tuple[str, str]]) -> bool:
    """Return whether Spark plans the SQL of all checks in one query, in the form in which it is measured."""
    try:
        with lenient(spark):
            conditions = [F.expr(f"({sql})") for check in checks for sql in _sql(check)]
            # A filter takes what is true or false of a row, and no aggregate.
            empty_frame(spark, columns).where(reduce(Column.__and__, conditions, F.lit(True)))
    except PySparkException:
        return False
    return True


def _sql(check: Check) -> list[str]:
    return [sql for sql in (check.applies, check.predicate) if sql]


def _sql_error(spark: SparkSession, check: Check, columns: Sequence[tuple[str, str]]) -> InputError | None:
    for sql in _sql(check):
        problem = analyse_sql(spark, sql, columns, "rule")
        if problem is not None:
            hint = f"did you mean '{problem.suggestion}'?" if problem.suggestion else ""
            return InputError(
                f"{check.type}: its condition cannot be used: {problem.message}",
                code=problem.kind,
                hint=hint,
                location=check.location,
            )
    return None
