"""Landed files to good rows and refused rows, in one frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.errors import InputError
from assay.spark.cleaning.cleaned import Cleaned
from assay.spark.cleaning.computed_columns import add_computed
from assay.spark.cleaning.deduplicate import one_per_key
from assay.spark.cleaning.row_accounting import count_landed
from assay.spark.cleaning.rules import apply_rules, narrow, widen
from assay.spark.expressions import column
from assay.spark.landing.landed_rows import NO_HEADERS, read_landed, table_columns
from assay.spark.landing.replayed_rows import Replay, read_and_replay
from assay.spark.landing.row_columns import FILE, INTERNAL, QUARANTINE, RAW, REASON, REPLAYED, UNREAD
from assay.spark.session.errors import explain
from assay.spec.user_code.calls import call_user, kind_of, name_of, refuse_result

if TYPE_CHECKING:
    from assay.spark.landing.multiline_records import ByRecord
    from assay.spec.schema.pipeline import TableSpec
    from assay.spec.schema.table import TableSchema


def clean_frame(
    spark: SparkSession,
    files: Mapping[str, date],
    table: TableSpec,
    schema: TableSchema,
    partition: str,
    function: Callable[[DataFrame], DataFrame] | None = None,
    *,
    zone: str,
    by_record: ByRecord | None = None,
    headers: Mapping[str, Sequence[str]] = NO_HEADERS,
    replay: Replay | None = None,
) -> Cleaned:
    """Return every landed row, with computed columns, judged by the rules and de-duplicated, as one persisted frame.

    `replay` has the repaired records that replace some of the landed ones.

    Without a function no Spark job runs here: the job that measures the frame also computes it. With a function, one
    job counts the landed rows first, so that the rows which the function removed can be counted. It also refuses a
    source column that changed its type, before the function is called.

    Raises:
        InputError: A source column is no longer of its type, or the function returned what it may not.
    """

    def read(paths: Iterable[str]) -> DataFrame:
        some = {path: files[path] for path in paths}
        return read_landed(spark, some, schema, partition, zone=zone, by_record=by_record, headers=headers)

    repaired = [path for path in files if replay is not None and path in replay.files]
    landed = read(files) if replay is None else read_and_replay(read, list(files), repaired, replay)
    landed = add_computed(landed, schema, zone)
    return clean_landed(landed, sorted(set(files.values())), table, schema, partition, function)


def clean_landed(
    landed: DataFrame,
    days: Sequence[date],
    table: TableSpec,
    schema: TableSchema,
    partition: str,
    function: Callable[[DataFrame], DataFrame] | None = None,
) -> Cleaned:
    """Return the rows of `landed`, which has the computed columns, as `clean_frame` does; `days` are their dates."""
    if function is not None:
        return _clean_with(function, landed, table, schema, partition, days)
    columns = table_columns(schema, partition)
    return Cleaned(_persisted(_judged(landed, table, partition), columns), tuple(columns), schema, partition)


def _clean_with(
    function: Callable[[DataFrame], DataFrame],
    landed: DataFrame,
    table: TableSpec,
    schema: TableSchema,
    partition: str,
    days: Sequence[date],
) -> Cleaned:
    columns = table_columns(schema, partition)
    landed = landed.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        before = count_landed(landed, schema, partition, days)
        good = landed.where(F.col(REASON).isNull()).select(*[column(name) for name in columns])
        made = _checked(_call(function, good), good, function)
        columns += [name for name in made.columns if name not in columns]
        made = made.select(*[column(name) for name in columns], *_as_landed(columns))
        refused = landed.where(F.col(REASON).isNotNull())
        both = refused.unionByName(_judged(made, table, partition), allowMissingColumns=True)
        frame = _persisted(both, columns)
        return Cleaned(frame, tuple(columns), schema, partition, landed, before, name_of(function))
    except BaseException:
        landed.unpersist()
        raise


def _judged(frame: DataFrame, table: TableSpec, partition: str) -> DataFrame:
    ints = [name for name, kind in frame.dtypes if kind == "int"]
    ruled = apply_rules(widen(frame), table.rules)
    return narrow(one_per_key(ruled, table.key, partition, table.deduplicate_by), ints)


def _persisted(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    # A good row's line has served its purpose, and would take as much memory as the row itself.
    refused = F.col(REASON).startswith(QUARANTINE)
    internal = [F.col(REASON), F.when(refused, F.col(RAW)).alias(RAW), F.col(FILE), F.col(UNREAD)]
    replayed = [name for name in (REPLAYED,) if name in frame.columns]
    return frame.select(*[column(n) for n in columns], *internal, *replayed).persist(StorageLevel.MEMORY_AND_DISK)


def _as_landed(columns: Sequence[str]) -> list[Column]:
    """The internal columns of rows that a function made; their raw record is the row itself as JSON."""
    row = F.to_json(F.struct(*[column(name) for name in columns]))
    return [
        F.lit(None).cast("string").alias(REASON),
        row.alias(RAW),
        F.lit(None).cast("string").alias(FILE),
        F.lit(None).cast("map<string,string>").alias(UNREAD),
    ]


def _call(function: Callable[[DataFrame], DataFrame], good: DataFrame) -> object:
    what = f"the cleaning function {name_of(function)}"
    return call_user(function, good, what=what, code="bad-function", explain=explain)


def _checked(made: object, good: DataFrame, function: Callable[..., Any]) -> DataFrame:
    """Return the frame that the function made, if it still has the schema's columns with their types.

    Raises:
        InputError: The function returned no frame, lost or retyped a column, or used a name that it may not.
    """

    def refuse(what: str, hint: str) -> InputError:
        return refuse_result(function, f"{name_of(function)} {what}", code="bad-function", hint=hint)

    if not isinstance(made, DataFrame):
        raise refuse(f"returned {kind_of(made)}, not a Spark DataFrame", "return the frame that it was given, changed")
    types = dict(made.dtypes)
    for name, kind in good.dtypes:
        if name not in types:
            hint = "it may change or remove rows and add columns, but keeps the columns of the schema"
            raise refuse(f"lost the column '{name}'", hint)
        if types[name] != kind:
            hint = f"cast it back to {kind}, or give the new values another name"
            raise refuse(f"made the column '{name}' a {types[name]}, it was a {kind}", hint)
    taken = [column for column in made.columns if column in (*INTERNAL, REPLAYED)]
    if taken or len(types) != len(made.columns):
        what = taken[0] if taken else next(c for c in made.columns if made.columns.count(c) > 1)
        raise refuse(f"may not return the column '{what}'", "rename or drop it")
    return made
