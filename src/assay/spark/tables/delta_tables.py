"""Delta tables, written in whole partitions by one commit each, and read at a version."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval
from assay.errors import InputError
from assay.spark.session.errors import OUTSIDE, translate_spark_errors
from assay.spark.session.failpoints import dying_before_commit

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from assay.store.filesystem.storage_path import StoragePath

_LAST_COMMIT = "spark.databricks.delta.lastCommitVersionInSession"


def publish(
    frame: DataFrame, table: StoragePath, partition: str, dates: Sequence[date], metadata: Mapping[str, Any]
) -> int:
    """Make `frame` the whole content of the partitions `dates` of `table`, in one commit, and return its version.

    Readers see the old partitions or the new ones, whole. A date of which `frame` has no row is emptied. A missing
    table is created by the same commit. The commit holds `metadata` as JSON (userMetadata): a rerun finds its earlier
    run by it. With nothing to write and nothing to empty there is no commit, and the current version is returned.

    Raises:
        InputError: No dates; a column was added, dropped or retyped against the table; a row lies outside `dates`.
        LostRace: Another writer committed to these partitions in between.
        InfrastructureError: A file could not be read or written.
    """
    spark, exists = frame.sparkSession, _exists(table)
    rows = guard(frame, table, partition, dates, _load(spark, table).schema if exists else None)
    # Few files per partition, and no partition on one core: Spark's adaptive execution splits and merges by size.
    write = rows.hint("rebalance", partition).write.format("delta").mode("overwrite").partitionBy(partition)
    if exists:
        write = write.option("replaceWhere", _condition(partition, sorted(set(dates))))
    with translate_spark_errors(), dying_before_commit(spark, table, kill_points(table, metadata)):
        spark.conf.unset(_LAST_COMMIT)
        write.option("userMetadata", json.dumps(metadata, sort_keys=True, default=str)).save(_uri(table))
        committed = spark.conf.get(_LAST_COMMIT, None)
    return table_version(spark, table) if committed is None else int(committed)


def guard(
    frame: DataFrame, table: StoragePath, partition: str, dates: Sequence[date], existing: StructType | None
) -> DataFrame:
    """Return the rows that are about to be published, which fail to be computed where one lies outside `dates`.

    `existing` are the columns of the table, None if there is no table yet.

    Raises:
        InputError: As `publish` raises it.
    """
    if not dates:
        raise InputError(f"no dates to publish to the table {table.name}", code="no-dates")
    _check_partition_column(frame, table, partition)
    if existing is not None:
        _check_columns(frame.schema, existing, table)
    return frame.withColumn(partition, _only(partition, sorted(set(dates)), table))


def kill_points(table: StoragePath, metadata: Mapping[str, Any]) -> set[str]:
    """Return the names of the moment between a write's files and its commit, for tests of crash safety."""
    return {f"{kind}:after-files" for kind in ("publish", metadata.get("stage"), table.parent.name)}


def read_table(
    spark: SparkSession,
    table: StoragePath,
    *,
    partition: str | None = None,
    interval: Interval | None = None,
    version: int | None = None,
    columns: Sequence[str] | None = None,
) -> DataFrame:
    """The rows of `table`, of one interval of its `partition` column, as of one version, as far as these are given.

    Raises:
        InputError: There is no such table, no such version, or no such column.
    """
    if not _exists(table):
        raise InputError(
            f"there is no table '{table.name}' in {table.parent}", code="no-table", hint="has its stage run yet?"
        )
    with translate_spark_errors():
        frame = _load(spark, table, version)
        if partition is not None and interval is not None:
            from pyspark.sql import functions as F

            frame = frame.where((F.col(partition) >= F.lit(interval.start)) & (F.col(partition) < F.lit(interval.end)))
        return frame if columns is None else frame.select(*columns)


def remove(
    spark: SparkSession, table: StoragePath, partition: str, dates: Sequence[date], metadata: Mapping[str, Any]
) -> int:
    """Empty the partitions `dates` of `table` in one commit, and return its version."""
    nothing = spark.createDataFrame([], read_table(spark, table).schema)
    return publish(nothing, table, partition, dates, metadata)


def table_version(spark: SparkSession, table: StoragePath) -> int:
    """The newest version of `table`."""
    with translate_spark_errors():
        newest = spark.sql(f"DESCRIBE HISTORY delta.`{_uri(table)}` LIMIT 1").head()
    if newest is None:
        raise InputError(f"the table {table.name} has no commit", code="no-table")
    return int(newest["version"])


def _load(spark: SparkSession, table: StoragePath, version: int | None = None) -> DataFrame:
    reader = spark.read.format("delta")
    return (reader if version is None else reader.option("versionAsOf", version)).load(_uri(table))


def _uri(table: StoragePath) -> str:
    # With HADOOP_CONF_DIR set a bare path means HDFS. Not Path.as_uri: Hadoop takes %20 for three characters.
    text = str(table)
    return text if "://" in text else f"file://{os.path.realpath(text)}"


def _exists(table: StoragePath) -> bool:
    log = table / "_delta_log"
    return log.is_dir() and any(entry.suffix in {".json", ".parquet"} for entry in log.iterdir())


def _condition(partition: str, dates: Sequence[date]) -> str:
    days = ", ".join(f"DATE'{day}'" for day in dates)
    return f"`{partition}` IN ({days})"


def _only(partition: str, dates: Sequence[date], table: StoragePath) -> Column:
    # Delta does not check replaceWhere on the write that creates a table (tried with 4.4.0): each row is checked here.
    from pyspark.sql import functions as F

    column = F.col(f"`{partition}`")
    partition_text = F.coalesce(column.cast("string"), F.lit("NULL"))
    outside = F.raise_error(F.concat(F.lit(f"{OUTSIDE}{table.name}: "), partition_text)).cast("date")
    return F.when(column.isin(list(dates)), column).otherwise(outside)


def _check_partition_column(frame: DataFrame, table: StoragePath, partition: str) -> None:
    kind = dict(frame.dtypes).get(partition)
    if kind != "date":
        defect = "is missing" if kind is None else f"has the type {kind}"
        raise InputError(
            f"the column '{partition}', which the table {table.name} is partitioned by, {defect}: it must be a date",
            code="partition-column",
            hint="give it the type date in the schema",
        )


def _check_columns(new: StructType, existing: StructType, table: StoragePath) -> None:
    """Raise InputError where columns would change: Delta fills a missing one with nulls, and may widen others."""
    new_types, existing_types = (
        {field.name: field.dataType.simpleString() for field in kind.fields} for kind in (new, existing)
    )
    changes = [f"'{name}' is new" for name in new_types if name not in existing_types]
    changes += [f"'{name}' is missing" for name in existing_types if name not in new_types]
    changes += [
        f"'{name}' is {new_types[name]}, and was {existing_types[name]}"
        for name in new_types
        if name in existing_types and new_types[name] != existing_types[name]
    ]
    if changes:
        raise InputError(
            f"the columns of the table {table.name} would change: {'; '.join(changes)}",
            code="schema-changed",
            hint=f"restore the column, or move {table} away and run its stage again for all dates",
        )
