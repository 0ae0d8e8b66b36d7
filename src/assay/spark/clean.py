"""Landed files to good rows, refused rows and the count of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.errors import AssayError, InputError
from assay.spark.dedupe import one_per_key
from assay.spark.landing import DROP, FILE, INTERNAL, QUARANTINE, RAW, REASON, UNREAD, read_landed, table_columns
from assay.spark.parse import quoted
from assay.spark.rules import apply_rules, narrow, widen

if TYPE_CHECKING:
    from assay.spec.pipeline import TableSpec
    from assay.spec.schema import TableSchema

FUNCTION = "function"
"""The name under which the rows that a user's function removed are counted as dropped."""

Counts = dict[str, Any]
"""Of one day: `in` and `out`, and `quarantined` and `dropped` by rule."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning made of an interval; `frame` is persisted until the caller says `frame.unpersist()`."""

    frame: DataFrame
    columns: tuple[str, ...]
    partition: str
    counted: Mapping[date, Counts]

    @property
    def good(self) -> DataFrame:
        """The rows for the table: the schema's columns in order, the partition column, what a function added."""
        return self.frame.where(F.col(REASON).isNull()).select(*[F.col(quoted(name)) for name in self.columns])

    @property
    def refused(self) -> DataFrame:
        """The quarantined rows: partition, `reason`, `raw` (the line), `file`."""
        rows = self.frame.where(F.col(REASON).startswith(QUARANTINE))
        return rows.select(
            F.col(quoted(self.partition)),
            F.substring(REASON, len(QUARANTINE) + 1, 2**31 - 1).alias("reason"),
            F.col(RAW).alias("raw"),
            F.col(FILE).alias("file"),
        )

    def counts(self) -> dict[date, Counts]:
        """Per day `in`, `out`, `quarantined` and `dropped` (each rule -> rows); days without a row included."""
        return {
            day: {**c, "quarantined": dict(c["quarantined"]), "dropped": dict(c["dropped"])}
            for day, c in self.counted.items()
        }


def clean_frame(
    spark: SparkSession,
    files: Mapping[str, date],
    table: TableSpec,
    schema: TableSchema,
    partition: str,
    function: Callable[[DataFrame], DataFrame] | None = None,
) -> Cleaned:
    """Every landed row typed, judged by the rules and de-duplicated, as one persisted frame, with its counts.

    Without a function this is one Spark job. With one, the landed rows are counted first, to know what it removed.

    Raises:
        InputError: A source column is no longer of its type, or the function returned what it may not.
    """
    days = sorted(set(files.values()))
    landed = read_landed(spark, files, schema, partition)
    if function is None:
        frame = _persisted(_judged(landed, table, partition), table_columns(schema, partition))
        try:
            counted = _count(frame, partition, days)
            _refuse_retyped(frame, schema, partition, counted)
        except BaseException:
            frame.unpersist()
            raise
        return Cleaned(frame, tuple(table_columns(schema, partition)), partition, counted)
    return _clean_with(function, landed, table, schema, partition, days)


def check_balance(manifest_lines: int, counts: Mapping[str, Any]) -> None:
    """Returns when each line of a day's manifest is accounted for exactly once; raises AssayError otherwise."""
    quarantined, dropped = sum(counts["quarantined"].values()), sum(counts["dropped"].values())
    if counts["in"] == manifest_lines and counts["in"] == counts["out"] + quarantined + dropped:
        return
    raise AssayError(
        f"rows were lost: the manifest has {manifest_lines:,} lines, {counts['in']:,} rows were read, of which"
        f" {counts['out']:,} are good, {quarantined:,} quarantined and {dropped:,} dropped",
        code="rows-lost",
        hint="nothing was written; land the day again if its files changed, otherwise this is a bug in Assay",
    )


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
        before = _count(landed, partition, days)
        _refuse_retyped(landed, schema, partition, before)
        good = landed.where(F.col(REASON).isNull()).select(*[F.col(quoted(name)) for name in columns])
        made = _checked(function(good), good, function)
        columns += [name for name in made.columns if name not in columns]
        made = made.select(*[F.col(quoted(name)) for name in columns], *_as_landed(columns))
        refused = landed.where(F.col(REASON).isNotNull())
        both = refused.unionByName(_judged(made, table, partition), allowMissingColumns=True)
        frame = _persisted(both, columns)
        try:
            counted = _after(before, _count(frame, partition, days), function)
        except BaseException:
            frame.unpersist()
            raise
        return Cleaned(frame, tuple(columns), partition, counted)
    finally:
        landed.unpersist()


def _judged(frame: DataFrame, table: TableSpec, partition: str) -> DataFrame:
    ints = [name for name, kind in frame.dtypes if kind == "int"]
    ruled = apply_rules(widen(frame), table.rules)
    return narrow(one_per_key(ruled, table.key, partition, table.order), ints)


def _persisted(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    # A good row's line has served its purpose, and would take as much memory as the row itself.
    refused = F.col(REASON).startswith(QUARANTINE)
    internal = [F.col(REASON), F.when(refused, F.col(RAW)).alias(RAW), F.col(FILE), F.col(UNREAD)]
    return frame.select(*[F.col(quoted(n)) for n in columns], *internal).persist(StorageLevel.MEMORY_AND_DISK)


def _as_landed(columns: Sequence[str]) -> list[Column]:
    """The internal columns of rows that a function made: their line is what the row says."""
    row = F.to_json(F.struct(*[F.col(quoted(name)) for name in columns]))
    return [
        F.lit(None).cast("string").alias(REASON),
        row.alias(RAW),
        F.lit(None).cast("string").alias(FILE),
        F.lit(None).cast("map<string,string>").alias(UNREAD),
    ]


def _checked(made: object, good: DataFrame, function: Callable[..., Any]) -> DataFrame:
    """What the function returned, if it is a frame that still has the schema's columns with their types."""
    name = f"{function.__module__}:{function.__qualname__}"
    if not isinstance(made, DataFrame):
        raise InputError(
            f"{name} returned {type(made).__name__}, not a DataFrame", code="bad-function", hint="return the frame"
        )
    types = dict(made.dtypes)
    for column, kind in good.dtypes:
        if column not in types:
            raise InputError(
                f"{name} lost the column '{column}'",
                code="bad-function",
                hint="it may change or remove rows and add columns, but keeps the columns of the schema",
            )
        if types[column] != kind:
            raise InputError(
                f"{name} made the column '{column}' a {types[column]}, it was a {kind}",
                code="bad-function",
                hint=f"cast it back to {kind}, or give the new values another name",
            )
    taken = [column for column in made.columns if column in INTERNAL]
    if taken or len(types) != len(made.columns):
        what = taken[0] if taken else next(c for c in made.columns if made.columns.count(c) > 1)
        raise InputError(f"{name} may not return the column '{what}'", code="bad-function", hint="rename or drop it")
    return made


def _count(frame: DataFrame, partition: str, days: Sequence[date]) -> dict[date, Counts]:
    counted: dict[date, Counts] = {day: {"in": 0, "out": 0, "quarantined": {}, "dropped": {}} for day in days}
    rows = frame.groupBy(F.col(quoted(partition)).alias("day"), REASON).count().collect()
    for day, reason, number in sorted(rows, key=lambda row: (str(row[0]), row[1] or "")):
        counts = counted.setdefault(day, {"in": 0, "out": 0, "quarantined": {}, "dropped": {}})
        counts["in"] += number
        if reason is None:
            counts["out"] += number
        elif reason.startswith(QUARANTINE):
            counts["quarantined"][reason.removeprefix(QUARANTINE)] = number
        else:
            counts["dropped"][reason.removeprefix(DROP)] = number
    return counted


def _after(
    before: Mapping[date, Counts], after: Mapping[date, Counts], function: Callable[..., Any]
) -> dict[date, Counts]:
    """The counts of the whole way: what came in before the function, what became of it after."""
    counted: dict[date, Counts] = {}
    for day, counts in after.items():
        came = before[day]["in"] if day in before else 0
        removed = came - counts["in"]
        if removed < 0:
            raise InputError(
                f"{function.__module__}:{function.__qualname__} added {-removed:,} rows to {day}",
                code="function-adds-rows",
                hint="a cleaning function may change or remove rows; derived rows are a table of their own",
            )
        dropped = {FUNCTION: removed, **counts["dropped"]} if removed else counts["dropped"]
        counted[day] = {**counts, "in": came, "dropped": dropped}
    return counted


def _was_read(column: str, partition: str) -> Column:
    """Not null where the column's text was read. The partition column holds its file's date, whatever it said."""
    if column != partition:
        return F.col(quoted(column))
    malformed = F.col(REASON).eqNullSafe(f"{QUARANTINE}malformed")
    return F.when(~malformed & F.col(UNREAD).getItem(column).isNull(), 1)


def _refuse_retyped(frame: DataFrame, schema: TableSchema, partition: str, counted: Mapping[date, Counts]) -> None:
    """Raise when most texts of a column fail on a day: that is a source that changed, not rows that are wrong."""
    if not any(rule.startswith("type:") for counts in counted.values() for rule in counts["quarantined"]):
        return
    columns = [column for column in schema.columns if column.type != "string"]
    unread = {c.name: F.col(UNREAD).getItem(c.name) for c in schema.columns}
    sums = [
        F.struct(
            F.count(_was_read(c.name, partition)).alias("read"),
            F.count(unread[c.name]).alias("unread"),
            F.min(unread[c.name]).alias("example"),
        ).alias(f"column{index}")
        for index, c in enumerate(columns)
    ]
    rows = frame.groupBy(F.col(quoted(partition)).alias("day")).agg(*sums).orderBy("day").collect()
    for row in rows:
        for index, column in enumerate(columns):
            seen = row[f"column{index}"]
            if seen.unread > seen.read:
                raise InputError(
                    f"the column '{column.name}' was retyped at the source: on {row.day} {seen.unread:,} of"
                    f" {seen.read + seen.unread:,} values are not of type {column.type}, for example '{seen.example}'",
                    code="column-retyped",
                    hint="ask the source, or change the type in the schema; nothing was written",
                )
