"""The common part of sources that are tables: the column of the date, and the cleaning of their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from assay.core.interval import Interval
from assay.core.landing.json_records import JsonShape
from assay.core.landing.refused_records import RepairedRecord
from assay.core.landing.repaired_records import RepairedRow, json_row
from assay.core.suggestions import did_you_mean
from assay.core.table_snapshot import DayContent
from assay.errors import InputError
from assay.spark.landing.row_columns import TYPE
from assay.spec.user_code.functions import load_function
from assay.stages.runtime.context import Context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.spark.cleaning.cleaned import Cleaned
    from assay.spark.landing.replayed_rows import Replay
    from assay.spec.schema.source import Source
    from assay.spec.schema.table import TableSchema

_DATE_TYPES = ("date", "string")


def date_column(ctx: Context, table: str, types: Mapping[str, str], address: str) -> str | None:
    """Return the column of the date as the source spells it, None where SQL gives the date.

    `types` are the source's columns with the names of their types, and `address` names the source in messages.

    Raises:
        InputError: There is no such column, or it holds neither dates nor texts.
    """
    wanted = ctx.table(table).from_.date or ""
    column = next((name for name in types if name.casefold() == wanted.casefold()), None)
    if column is not None and types[column] in _DATE_TYPES:
        return column
    if column is None and not re.fullmatch(r"\w+", wanted):
        return None
    what = f"has no column '{wanted}'" if column is None else f"has '{column}' as {types[column]}"
    near = did_you_mean(wanted, types) if column is None else ""
    raise InputError(
        f"the table {address} {what}, and 'from.date' names the date of a row",
        code="no-date-column",
        hint=near or f"write SQL that gives a date, such as 'to_date({column})'",
        location=ctx.pipeline.document.at("tables", table, "from", "date"),
    )


def no_source_table(ctx: Context, table: str, what: str, hint: str) -> InputError:
    """Return the error that the table of a source does not exist, at its line of the spec."""
    location = ctx.pipeline.document.at("tables", table, "from", "table")
    return InputError(what, code="no-source-table", hint=hint, location=location)


def repaired_row(
    source: Source, schema: TableSchema, spelling: Mapping[str, str], place: str, day: date, repair: RepairedRecord
) -> RepairedRow | None:
    """Return a repaired record as a row of a source that is a table, None where it was one of another source.

    `spelling` has the source's name of each column, and `place` is what quarantine names as the file of its rows.
    """
    if repair.place.file != source.name:
        return None
    columns = schema.source_columns
    names = tuple(spelling[one.name] for one in columns)
    shape = JsonShape(names, tuple(one.name for one in columns), frozenset())
    return json_row(repair, place, day, shape, lambda name: name in names or schema.leaves_out(name), TYPE)


def add_empty_days(contents: dict[date, DayContent], dates: Sequence[date], interval: Interval) -> None:
    """Add the dates of the interval without rows between the first and the last of `dates`: they are complete."""
    for day in interval:
        if dates and dates[0] < day < dates[-1]:
            contents.setdefault(day, DayContent(0))


def read_days(read: Callable[[Sequence[date]], DataFrame], days: Sequence[date], replay: Replay | None) -> DataFrame:
    """Return the rows of the days by `read`, with the repaired records of `replay` in their places."""
    from assay.spark.landing.replayed_rows import read_and_replay

    if replay is None:
        return read(days)
    return read_and_replay(read, days, [day for day in days if day in replay.days], replay)


def clean_rows(ctx: Context, table: str, landed: DataFrame, days: Sequence[date]) -> Cleaned:
    """Return the rows that were read of a source, with the computed columns, judged by the rules of the table."""
    from assay.spark.cleaning.clean import clean_landed
    from assay.spark.cleaning.computed_columns import add_computed

    spec, schema = ctx.table(table), ctx.pipeline.schemas[table]
    function = load_function(spec.function) if spec.function else None
    computed = add_computed(landed, schema, ctx.pipeline.spec.timezone)
    return clean_landed(computed, days, spec, schema, ctx.partition, function)
