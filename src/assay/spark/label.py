"""The label of each row, as far as it was known at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, TimestampType

from assay.errors import InputError
from assay.spark.asof import column, identity_of, micros


def with_label(
    frame: DataFrame,
    outcomes: DataFrame,
    *,
    key: Sequence[str],
    when: str,
    name: str,
    known_before: datetime | None,
    known_at: str | None,
    partition: str,
) -> DataFrame:
    """`frame` with the INT column `name`: 1 where `when` holds for the row's outcome, 0 where not, NULL where unknown.

    Unknown is: no outcome, `when` is NULL (a cancelled flight), or the outcome was not known before `known_before`.
    Rows never multiply: of several outcomes of a key the one known last counts. Filter `outcomes` to the dates of
    `frame` first, so that only their partitions are read.

    Raises:
        InputError: `when` does not run on `outcomes` or is no boolean, or `frame` has a column `name` already.
    """
    if name in frame.columns:
        raise InputError(
            f"the label '{name}' has the name of a column that the features have already",
            code="label-name",
            hint="give the label another name under label.as",
        )
    _check_condition(outcomes, when)
    identity = identity_of(key, partition)
    known = outcomes if known_before is None else _known(outcomes, known_at, known_before)
    # A struct compares field by field, NULL lowest: the last one known wins, and equal ones do not depend on order.
    rank = F.lit(None).cast("timestamp") if known_at is None else column(known_at)
    verdict = F.max(F.struct(rank.alias("rank"), F.expr(f"CAST(({when}) AS INT)").alias("label")))
    labels = known.groupBy(*[column(part) for part in identity]).agg(verdict.alias("_assay_last"))
    labels = labels.select(*[column(part) for part in identity], F.col("_assay_last.label").alias(name))
    return frame.join(labels, on=identity, how="left").select(*[column(kept) for kept in frame.columns], column(name))


def _known(outcomes: DataFrame, known_at: str | None, instant: datetime) -> DataFrame:
    if known_at is None:
        raise InputError(
            "labels can only be cut to an instant where the outcomes say when they were known",
            code="no-known-at",
            hint="name the column under known_at of the outcomes' table",
        )
    if not isinstance(outcomes.schema[known_at].dataType, TimestampType):
        found = outcomes.schema[known_at].dataType.simpleString()
        raise InputError(f"known_at '{known_at}' is {found}, but must be timestamp", code="wrong-type")
    return outcomes.where(F.unix_micros(column(known_at)) < F.lit(micros(instant)).cast("long"))


def _check_condition(outcomes: DataFrame, when: str) -> None:
    try:
        kind = outcomes.select(F.expr(when).alias("label")).schema["label"].dataType
    except AnalysisException as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"the label's condition '{when}' does not run: {reason}", code="label-condition") from error
    if not isinstance(kind, BooleanType):
        raise InputError(
            f"the label's condition '{when}' gives {kind.simpleString()}, not true or false",
            code="label-condition",
            hint="write a comparison, for example arr_delay > 15",
        )
