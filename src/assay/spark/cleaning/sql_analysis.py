"""Let Spark's own analyser judge SQL that a person wrote, on a frame without rows: no job runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pyspark.sql import functions as F

from assay.core.expectations.sql.literals import quote_name
from assay.core.suggestions import closest
from assay.spark.cleaning.computed_columns import can_be
from assay.spark.cleaning.rules import widen
from assay.spark.expressions import lenient
from assay.spark.landing.csv_fields import SPARK_TYPES

if TYPE_CHECKING:
    from pyspark.errors import PySparkException
    from pyspark.sql import DataFrame, SparkSession

What = Literal["rule", "number", "column", "aggregate", "order"]
"""A rule is true or false of a row, a number and a column are of a row too, an aggregate is of many, an order sorts."""

_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")


@dataclass(frozen=True, slots=True)
class SqlProblem:
    """The reason why SQL cannot be used.

    - `kind` is unknown-column, unknown-function, syntax, not-boolean, not-numeric, other-type, aggregate, type or sql.
    - `name` is the part of the text that is wrong; it is empty where Spark names none.
    - `suggestion` is the name that was probably meant.
    - `message` is the reason as a sentence.
    """

    kind: str
    name: str
    suggestion: str | None
    message: str


def analyse_sql(
    spark: SparkSession, sql: str, columns: Sequence[tuple[str, str]], what: What, column_type: str = ""
) -> SqlProblem | None:
    """The first thing that is wrong with `sql` over `columns` (name, type), None where nothing is.

    A column is computed for a schema's column of the type `column_type`.

    The answer is that of the analyser which the run itself uses, in the same mode, so that both always agree.
    """
    from pyspark.errors import PySparkException

    empty = widen(empty_frame(spark, columns))
    try:
        with lenient(spark):
            return _analyse(empty, sql, what, column_type)
    except PySparkException as error:
        return _problem(error, sql, [name for name, _ in columns])


def empty_frame(spark: SparkSession, columns: Sequence[tuple[str, str]]) -> DataFrame:
    """A frame of no rows with these columns (name, type)."""
    types = [f"{quote_name(name)} {SPARK_TYPES.get(kind, kind)}" for name, kind in columns]
    return spark.createDataFrame([], ", ".join(types))


def _analyse(empty: DataFrame, sql: str, what: What, column_type: str) -> SqlProblem | None:
    if what == "order":
        empty.select(F.expr(f"row_number() OVER (ORDER BY {sql})"))
        return None
    if what == "aggregate":
        kind = empty.agg(F.expr(sql).alias("value")).dtypes[0][1]
        if kind.split("(")[0] in _NUMBERS:
            return None
        return SqlProblem("not-numeric", sql, None, f"it gives a {kind}, not a number")
    kind = empty.select(F.expr(sql).alias("value")).dtypes[0][1]
    if what == "number" and kind.split("(")[0] not in _NUMBERS:
        return SqlProblem("not-numeric", sql, None, f"it gives a {kind}, not a number")
    if what == "rule" and kind != "boolean":
        return SqlProblem("not-boolean", sql, None, f"it gives a {kind}, not true or false")
    if what == "column" and not can_be(column_type, kind):
        needed = f"it gives a {kind}, and the column is a {column_type}: cast it"
        return SqlProblem("other-type", sql, None, needed)
    # An aggregate is accepted by a select, and by no filter.
    empty.where(F.expr(f"({sql}) IS NOT NULL"))
    return None


def _problem(error: PySparkException, sql: str, columns: Sequence[str]) -> SqlProblem:
    condition = error.getCondition() or ""
    parameters = error.getMessageParameters() or {}
    if condition.startswith("UNRESOLVED_COLUMN"):
        name = _plain(parameters.get("objectName", ""))
        near = closest(name, columns)
        return SqlProblem("unknown-column", name, near, f"there is no column '{name}'")
    if condition.startswith("UNRESOLVED_ROUTINE"):
        name = _plain(parameters.get("routineName", ""))
        return SqlProblem("unknown-function", name, None, f"Spark has no function '{name}'")
    if condition.startswith("PARSE") or "SYNTAX" in condition:
        return _syntax(parameters, sql)
    if condition.startswith("DATATYPE_MISMATCH"):
        part = parameters.get("sqlExpr", "").strip('"')
        return SqlProblem("type", part, None, f"{part} does not fit the types of its columns: {_first_line(error)}")
    if condition.startswith(("INVALID_WHERE_CONDITION", "MISSING_AGGREGATION", "MISSING_GROUP_BY")):
        return SqlProblem("aggregate", "", None, _first_line(error))
    return SqlProblem("sql", "", None, _first_line(error))


def _syntax(parameters: Mapping[str, str], sql: str) -> SqlProblem:
    wrong = parameters.get("error", "").strip("'")
    if not wrong or wrong == "end of input":
        return SqlProblem("syntax", "", None, "it ends too early")
    name = wrong if wrong in sql else ""
    return SqlProblem("syntax", name, None, f"it cannot be read at '{wrong}'")


def _plain(name: str) -> str:
    """The name between the back-ticks of Spark's messages."""
    return name.strip("`").replace("`.`", ".").replace("``", "`")


def _first_line(error: PySparkException) -> str:
    """Spark's sentence without its class, its state and the plan below."""
    text = str(error).splitlines()[0] if str(error) else ""
    return re.sub(r"^\[[A-Z_.]+\] |\s*SQLSTATE.*$", "", text).strip()
