"""The inputs that a stage may read: published days only, pinned to table versions, identified by their runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.runtime.context import Context
from assay.stages.tables.days import read_days
from assay.stages.tables.owners import refuse_other_definitions
from assay.store.delta.log import table_version
from assay.store.ledger.run_record import PartitionStatus

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from assay.spark.features.point_in_time import AsOfPolicy


@dataclass(frozen=True, slots=True)
class Inputs:
    """The tables that features need over some dates: which interval and version of each, and a digest per date.

    `wrote` maps table -> date -> the run that last wrote that partition; OPTIMIZE does not change it.
    """

    dates: Interval
    intervals: Mapping[str, Interval]
    versions: Mapping[str, int]
    wrote: Mapping[str, Mapping[date, str]]

    def digest(self, tables: list[str], within: Interval) -> str:
        """Return a digest of the runs that wrote these tables' partitions within an interval."""
        runs = {name: {str(d): run for d, run in sorted(self.wrote[name].items()) if d in within} for name in tables}
        return hashlib.sha256(json.dumps(runs, sort_keys=True).encode()).hexdigest()[:16]


def find_inputs(
    ctx: Context, dates: Interval, *, labelled: bool = False, rows: Collection[date] | None = None
) -> Inputs:
    """Return the inputs of the features of `dates`; with `labelled`, also the label's table over the dates themselves.

    `rows` are the dates whose rows are wanted, all of them by default: a held day does not stop the others' scores.
    Days before a table first existed are not missing: history has to begin somewhere.

    Raises:
        InputError: A partition is held or missing, and its table has no `missing: allow`. Or another pipeline owns a
            table and defines it differently.
    """
    features = ctx.pipeline.spec.features
    intervals = {features.rows: dates}
    for name, days in features.inputs.items():
        intervals[name] = dates.back(days)
    if labelled:
        label = ctx.pipeline.spec.label.from_
        known = intervals.get(label, dates)
        intervals[label] = Interval(min(known.start, dates.start), max(known.end, dates.end))
    refuse_other_definitions(ctx, intervals)
    wrote = {
        name: published_runs(ctx, name, interval, rows if name == features.rows else None)
        for name, interval in intervals.items()
    }
    return Inputs(dates, intervals, {name: _version(ctx, name, dates, {}) for name in intervals}, wrote)


def inputs_at_versions(ctx: Context, dates: Interval, versions: Mapping[str, int]) -> Inputs:
    """Return the inputs of the features of `dates` at these versions of their tables, whatever was published since.

    A table without a version there is read at its newest one.

    Raises:
        InputError: Such a table has never been published.
    """
    features = ctx.pipeline.spec.features
    intervals = {features.rows: dates, **{name: dates.back(days) for name, days in features.inputs.items()}}
    return Inputs(dates, intervals, {name: _version(ctx, name, dates, versions) for name in intervals}, {})


def _version(ctx: Context, table: str, dates: Interval, versions: Mapping[str, int]) -> int:
    version = versions.get(table, table_version(ctx.folder("clean", table)))
    if version is None:
        raise _missing(table, dates.start, "has never been published")
    return version


def published_runs(
    ctx: Context, table: str, interval: Interval, wanted: Collection[date] | None = None
) -> dict[date, str]:
    """Return the run that wrote each published partition of the interval.

    Raises:
        InputError: One of the partitions that are wanted is not published.
    """
    latest = ctx.ledger.latest("clean", table)
    if not latest:
        raise _missing(table, interval.start, "has never been cleaned")
    first = min(latest)
    runs: dict[date, str] = {}
    for day in interval:
        if day < first or (wanted is not None and day not in wanted):
            continue
        entry = latest.get(day)
        if entry is not None and entry[1].state is PartitionStatus.PUBLISHED:
            runs[day] = entry[0].run_id
        elif ctx.table(table).missing == "fail":
            state = "is held" if entry is not None else "is missing"
            raise _missing(table, day, state)
    return runs


def published_days(ctx: Context, table: str, interval: Interval) -> list[date]:
    """Return the published days of the interval, in order."""
    latest = ctx.ledger.latest("clean", table)
    return [day for day in interval if day in latest and latest[day][1].state is PartitionStatus.PUBLISHED]


def read_inputs(ctx: Context, inputs: Inputs) -> dict[str, DataFrame]:
    """Return a frame for each table, at its pinned version and cut to its interval; nothing is read yet."""
    return {
        name: read_days(ctx, "clean", name, interval, inputs.versions[name])
        for name, interval in inputs.intervals.items()
    }


def features_of(ctx: Context, inputs: Inputs, frames: Mapping[str, DataFrame]) -> DataFrame:
    """Return the features of the inputs' dates, as of the instant at which each of them is scored."""
    from assay.spark.features.point_in_time import build_features
    from assay.spec.user_code.functions import load_function

    spec = ctx.pipeline.spec.features
    by_name = {name: frames[name] for name in spec.inputs}
    return build_features(
        load_function(spec.function), frames[spec.rows], by_name, seen=seen_by(ctx), dates=inputs.dates
    )


def seen_by(ctx: Context) -> AsOfPolicy:
    """Return what a date may see by the spec: the same for training, scoring and the proof."""
    from assay.spark.features.point_in_time import AsOfPolicy

    spec = ctx.pipeline.spec
    return AsOfPolicy(
        partition=ctx.partition,
        key=ctx.table(spec.features.rows).key,
        lookbacks=dict(spec.features.inputs),
        available_at={name: str(ctx.table(name).available_at) for name in spec.features.inputs},
        at=spec.as_of,
        zone=ctx.pipeline.zone,
    )


def refuse_other_rows(ctx: Context, inputs: Inputs, result: DataFrame, counted: Mapping[date, int]) -> None:
    """Check that the features have as many rows of each day as were published of it.

    The counts are known on both sides already, so only a difference costs a job, which finds its cause.

    Raises:
        InputError: They have not. The message has an example of the keys that were lost or doubled.
    """
    from assay.spark.features.point_in_time import check_features

    spec = ctx.pipeline.spec.features
    published = ctx.ledger.latest("clean", spec.rows)
    if all(day in published and published[day][1].counts.get("out") == rows for day, rows in counted.items()):
        return
    input_rows = read_inputs(ctx, inputs)[spec.rows]
    rows, made = (frame.where(column_in(ctx, counted)) for frame in (input_rows, result))
    check_features(made, rows, key=ctx.table(spec.rows).key, partition=ctx.partition, name=spec.function)


def column_in(ctx: Context, days: Collection[date]) -> Column:
    """Return a condition that is true for the rows of these days."""
    from pyspark.sql import functions as F

    return F.col(ctx.partition).isin(list(days))


def feature_key(ctx: Context) -> list[str]:
    """Return the key of a row of features, the partition column first."""
    key = ctx.table(ctx.pipeline.spec.features.rows).key
    return [ctx.partition, *[name for name in key if name != ctx.partition]]


def _missing(table: str, day: date, state: str) -> InputError:
    return InputError(
        f"the table '{table}' {state} on {day}, and the features need it",
        code="missing-partition",
        hint=f"clean it, release it if it is held, or say 'missing: allow' for '{table}'",
    )
