"""The label of each row, as far as it was known at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, NumericType, TimestampType

from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.spark.expressions import column, lenient, micros
from assay.spark.features.point_in_time import identity_of


def with_label(
    frame: DataFrame,
    outcomes: DataFrame,
    *,
    key: Sequence[str],
    sql: str,
    name: str,
    known_before: datetime | None,
    available_at: str | None,
    partition: str,
    task: TaskType = TaskType.CLASSIFICATION,
) -> DataFrame:
    """Return `frame` with the label in the column `name`, NULL where the label is unknown.

    A classification gives an INT: 1 where `sql` holds for the row's outcome and 0 where not. A regression gives a
    DOUBLE: the number that `sql` gives, which may be NaN or infinite. The label is unknown in three cases: there is no
    outcome, `sql` is NULL (a cancelled flight; a zero divisor), or the outcome was not known before `known_before`.

    Rows never multiply: of several outcomes of a key the one known last counts. Filter `outcomes` to the dates of
    `frame` first, so that only their partitions are read.

    Raises:
        InputError: `sql` does not run on `outcomes` or is not of the task's kind, or `frame` has a column `name`
            already.
    """
    if name in frame.columns:
        raise InputError(
            f"the label '{name}' has the name of a column that the features have already",
            code="label-name",
            hint="give the label another name under label.name",
        )
    _check_label(outcomes, sql, task)
    identity = identity_of(key, partition)
    known = outcomes if known_before is None else _known(outcomes, available_at, known_before)
    # A struct compares field by field, NULL lowest: the last one known wins, and the order of equal ones has no effect.
    rank = F.lit(None).cast("timestamp") if available_at is None else column(available_at)
    kind = "INT" if task is TaskType.CLASSIFICATION else "DOUBLE"
    with lenient(frame.sparkSession):
        verdict = F.max(F.struct(rank.alias("rank"), F.expr(f"CAST(({sql}) AS {kind})").alias("label")))
        labels = known.groupBy(*[column(part) for part in identity]).agg(verdict.alias("_assay_last"))
    labels = labels.select(*[column(part) for part in identity], F.col("_assay_last.label").alias(name))
    return frame.join(labels, on=identity, how="left").select(*[column(kept) for kept in frame.columns], column(name))


def _known(outcomes: DataFrame, available_at: str | None, instant: datetime) -> DataFrame:
    if available_at is None:
        raise InputError(
            "labels can only be cut to an instant where the outcomes have the time at which they were known",
            code="no-available-at",
            hint="name the column under available_at of the outcomes' table",
        )
    if not isinstance(outcomes.schema[available_at].dataType, TimestampType):
        type_name = outcomes.schema[available_at].dataType.simpleString()
        raise InputError(f"available_at '{available_at}' is {type_name}, but must be timestamp", code="wrong-type")
    return outcomes.where(F.unix_micros(column(available_at)) < F.lit(micros(instant)).cast("long"))


def _check_label(outcomes: DataFrame, sql: str, task: TaskType) -> None:
    what = "condition" if task is TaskType.CLASSIFICATION else "value"
    try:
        kind = outcomes.select(F.expr(sql).alias("label")).schema["label"].dataType
    except AnalysisException as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"the label's {what} '{sql}' does not run: {reason}", code=f"label-{what}") from error
    wanted, wanted_text = (
        (BooleanType, "true or false") if task is TaskType.CLASSIFICATION else (NumericType, "a number")
    )
    if not isinstance(kind, wanted):
        example = (
            "a comparison, for example arr_delay > 15" if task is TaskType.CLASSIFICATION else "a number of each row"
        )
        raise InputError(
            f"the label's {what} '{sql}' gives {kind.simpleString()}, not {wanted_text}",
            code=f"label-{what}",
            hint=f"write {example}",
        )
