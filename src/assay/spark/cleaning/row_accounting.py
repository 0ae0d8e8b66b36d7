"""Account for every landed record: what came in, what went out, and under which rule the rest was set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assay.core.csv_records import Refusal
from assay.core.profiles.table_profile import TableProfile
from assay.errors import AssayError, InputError
from assay.spark.cleaning.cleaned import Counts
from assay.spark.expressions import column
from assay.spark.landing.row_columns import DROP, QUARANTINE, REASON, TYPE, UNREAD
from assay.spark.profiling.profile_job import MeasuredColumn, empty_profile, measure_judged

if TYPE_CHECKING:
    from assay.core.check import Check
    from assay.spark.cleaning.cleaned import Cleaned
    from assay.spec.schema.table import TableSchema

FUNCTION = "function"
"""The name under which the rows that a user's function removed are counted as dropped."""


def measure_cleaned(
    cleaned: Cleaned, columns: Sequence[MeasuredColumn], checks: Sequence[Check], days: Sequence[date]
) -> tuple[dict[date, TableProfile], dict[date, Counts]]:
    """The Profile of the good rows of each day and the account of all its rows, days without a row included.

    It is the job that computes the cleaned frame: counting and measuring go over it together.

    Raises:
        InputError: A source column is no longer of its type, or the function added rows.
    """
    profiles: dict[date, TableProfile] = {}
    counted = {day: _nothing() for day in days}
    measured = measure_judged(cleaned.frame, cleaned.partition, columns, checks, REASON)
    for day, (profile, reasons) in measured.items():
        profiles[day] = profile
        counted[day] = _counts({None: profile.rows} | reasons)
    if cleaned.before is None:
        _refuse_retyped(cleaned.frame, cleaned.schema, cleaned.partition, counted)
    else:
        counted = _whole_way(cleaned.before, counted, cleaned.function)
    return {day: profiles.get(day) or empty_profile(columns, checks) for day in days}, counted


def count_landed(landed: DataFrame, schema: TableSchema, partition: str, days: Sequence[date]) -> dict[date, Counts]:
    """The account of rows that were not judged yet.

    Raises:
        InputError: A source column is no longer of its type.
    """
    reasons: dict[date, dict[str | None, int]] = {day: {} for day in days}
    for day, reason, number in landed.groupBy(column(partition).alias("day"), REASON).count().collect():
        reasons.setdefault(day, {})[reason] = number
    counted = {day: _counts(rows_by_reason) for day, rows_by_reason in reasons.items()}
    _refuse_retyped(landed, schema, partition, counted)
    return counted


def check_balance(manifest_lines: int, counts: Mapping[str, Any]) -> None:
    """Check that each record of a day's manifest is accounted for exactly once.

    Raises:
        AssayError: Records and rows do not add up.
    """
    quarantined, dropped = sum(counts["quarantined"].values()), sum(counts["dropped"].values())
    if counts["in"] == manifest_lines and counts["in"] == counts["out"] + quarantined + dropped:
        return
    raise AssayError(
        f"rows were lost: the manifest has {manifest_lines:,} records, {counts['in']:,} rows were read, of which"
        f" {counts['out']:,} are good, {quarantined:,} quarantined and {dropped:,} dropped",
        code="rows-lost",
        hint="nothing was written; land the day again if its files changed, otherwise this is a bug in Assay",
    )


def _nothing() -> Counts:
    return {"in": 0, "out": 0, "quarantined": {}, "dropped": {}}


def _counts(reasons: Mapping[str | None, int]) -> Counts:
    """The account of a day from its rows by reason; None is the good ones."""
    counts = _nothing()
    for reason, number in sorted(reasons.items(), key=lambda item: item[0] or ""):
        counts["in"] += number
        if reason is None:
            counts["out"] += number
        elif reason.startswith(QUARANTINE):
            counts["quarantined"][reason.removeprefix(QUARANTINE)] = number
        else:
            counts["dropped"][reason.removeprefix(DROP)] = number
    return counts


def _whole_way(before: Mapping[date, Counts], after: Mapping[date, Counts], function: str) -> dict[date, Counts]:
    """The account from before the function to after it: the rows that came in, and what became of each."""
    counted: dict[date, Counts] = {}
    for day, counts in after.items():
        came = before[day]["in"] if day in before else 0
        removed = came - counts["in"]
        if removed < 0:
            raise InputError(
                f"{function} added {-removed:,} rows to {day}",
                code="function-adds-rows",
                hint="a cleaning function may change or remove rows; derived rows are a table of their own",
            )
        dropped = {FUNCTION: removed, **counts["dropped"]} if removed else counts["dropped"]
        counted[day] = {**counts, "in": came, "dropped": dropped}
    return counted


def _was_read(name: str, partition: str) -> Column:
    """Not null where the column's text was read.

    The partition column cannot show this: it holds its file's date, whatever its text was.
    """
    if name != partition:
        return column(name)
    split = F.coalesce(~F.col(REASON).isin([f"{QUARANTINE}{refusal}" for refusal in Refusal]), F.lit(True))
    return F.when(split & F.col(UNREAD).getItem(name).isNull(), 1)


def _refuse_retyped(frame: DataFrame, schema: TableSchema, partition: str, counted: Mapping[date, Counts]) -> None:
    """Raise InputError when most texts of a column fail on a day: then the source changed, not single rows."""
    if not any(rule.startswith(TYPE) for counts in counted.values() for rule in counts["quarantined"]):
        return
    columns = [column for column in schema.source_columns if column.type != "string"]
    unread = {c.name: F.col(UNREAD).getItem(c.name) for c in schema.source_columns}
    sums = [
        F.struct(
            F.count(_was_read(c.name, partition)).alias("read"),
            F.count(unread[c.name]).alias("unread"),
            F.min(unread[c.name]).alias("example"),
        ).alias(f"column{index}")
        for index, c in enumerate(columns)
    ]
    rows = frame.groupBy(column(partition).alias("day")).agg(*sums).orderBy("day").collect()
    for row in rows:
        for index, retyped in enumerate(columns):
            seen = row[f"column{index}"]
            if seen.unread > seen.read:
                raise InputError(
                    f"the column '{retyped.name}' was retyped at the source: on {row.day} {seen.unread:,} of"
                    f" {seen.read + seen.unread:,} values are not of type {retyped.type}, for example '{seen.example}'",
                    code="column-retyped",
                    hint="ask the source, or change the type in the schema; nothing was written",
                )
