"""Rules decide about rows in their order; a rule that fails on a row sets that row aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assay.spark.expressions import column, lenient
from assay.spark.jvm_objects import query_execution
from assay.spark.landing.row_columns import QUARANTINE, REASON

if TYPE_CHECKING:
    from assay.spec.schema.pipeline import CleaningRule

NOT_EVALUABLE = "not_evaluable"


def widen(frame: DataFrame) -> DataFrame:
    """The same frame with its whole numbers as `bigint`: a product of two ints then cannot wrap around.

    A product of two longs still can.
    """
    return _recast(frame, "int", "bigint")


def narrow(frame: DataFrame, ints: Sequence[str]) -> DataFrame:
    """Undo `widen` for the columns `ints`."""
    return frame.select(*[column(n).cast("int").alias(n) if n in ints else column(n) for n in frame.columns])


def apply_rules(frame: DataFrame, rules: Sequence[CleaningRule]) -> DataFrame:
    """The frame with `REASON` set where a rule decided; rows that already have a reason keep it.

    The first rule that is true decides: `drop:<name>` or `quarantine:<name>`. Where a rule is NULL, the columns that it
    reads decide:

    - One of them is NULL: the rule does not apply.
    - None of them is NULL: the rule could not be evaluated, and the row is quarantined as `<name>:not_evaluable`.
    """
    if not rules:
        return frame
    with lenient(frame.sparkSession):
        decisions = [F.col(REASON)]
        for rule in rules:
            verdict = F.expr(f"({rule.when})")
            known = _all_known(_read_by(frame, verdict))
            decisions.append(
                F.when(verdict, f"{rule.action}:{rule.name}").when(
                    verdict.isNull() & known, f"{QUARANTINE}{rule.name}:{NOT_EVALUABLE}"
                )
            )
        return frame.withColumn(REASON, F.coalesce(*decisions))


def _recast(frame: DataFrame, old: str, new: str) -> DataFrame:
    return frame.select(
        *[column(name).cast(new).alias(name) if kind == old else column(name) for name, kind in frame.dtypes]
    )


def _read_by(frame: DataFrame, expression: Column) -> list[str]:
    """The columns that an expression reads, as Spark's analyser resolved them."""
    # The names in the SQL text are not enough: `hour(time)` reads no column called hour.
    references = query_execution(frame.select(expression.alias(REASON))).analyzed().references().toSeq()
    return [references.apply(index).name() for index in range(references.size())]


def _all_known(names: Sequence[str]) -> Column:
    known = F.lit(True)
    for name in sorted(names):
        known = known & column(name).isNotNull()
    return known
