"""The rows of a table that other jobs fill, as the frame that landed files give: typed, or tagged with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.core.interval import Interval
from assay.core.table_snapshot import DayContent
from assay.errors import InputError
from assay.spark.expressions import column, lenient
from assay.spark.landing.csv_fields import SPARK_TYPES, in_range, in_zone
from assay.spark.landing.landed_rows import check_partition_type, source_columns
from assay.spark.landing.row_columns import CLOCK_CHANGE, DAY, FILE, QUARANTINE, RAW, REASON, TYPE, UNREAD
from assay.spark.session.errors import translate_spark_errors
from assay.spec.schema.table import ColumnSchema

if TYPE_CHECKING:
    from assay.spec.schema.table import TableSchema

_AS_READ = "_assay_read_"
_LANES = 4
# Spark's own forms end at the millisecond, and a repaired record has to give the instant back.
_ALL_DIGITS = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}
_HEX_DIGITS = 15  # of 60 bits, which a bigint holds


def delta_frame(spark: SparkSession, address: str, version: int) -> DataFrame:
    """The rows of a Delta table at a version.

    Raises:
        InputError: There is no such version.
    """
    with translate_spark_errors():
        return spark.read.format("delta").option("versionAsOf", version).load(address)


def dates_by_sql(frame: DataFrame, sql: str) -> list[date]:
    """Return the dates that SQL gives for at least one row, in order.

    Raises:
        InputError: The SQL cannot be read, or gives no date.
    """
    with translate_spark_errors():
        days = _dated(frame, sql).select(DAY).distinct().collect()
    return sorted(day for (day,) in days if day is not None)


def digests_by_sql(frame: DataFrame, sql: str, names: Sequence[str], interval: Interval) -> dict[date, DayContent]:
    """Return the content of each date of the interval, by the number of its rows and a digest that knows no order.

    The digest is made of sums of SHA-256 over each row as JSON, as far as the columns `names` go. Raises as
    `dates_by_sql` does.
    """
    with translate_spark_errors():
        rows = _dated(frame, sql).select(DAY, F.sha2(_json(names), 256).alias("digest"))
        rows = rows.where((F.col(DAY) >= F.lit(interval.start)) & (F.col(DAY) < F.lit(interval.end)))
        parts = [F.substring("digest", 1 + lane * _HEX_DIGITS, _HEX_DIGITS) for lane in range(_LANES)]
        sums = [F.sum(F.conv(part, 16, 10).cast("decimal(38,0)")).cast("string") for part in parts]
        counted = rows.groupBy(DAY).agg(F.count(F.lit(1)), *sums).collect()
    return {row[0]: DayContent(row[1], (), "-".join(row[2:])) for row in sorted(counted)}


@dataclass(frozen=True, slots=True)
class RowReader:
    """The reader of the rows of dates, for a schema, a partition column and a time zone."""

    schema: TableSchema
    partition: str
    zone: str

    def read(
        self,
        frame: DataFrame,
        spelling: Mapping[str, str],
        sql: str,
        day_column: str | None,
        days: Sequence[date],
        place: str,
    ) -> DataFrame:
        """One row per row of the dates: the columns of the source, the partition column, and the `INTERNAL` ones.

        - `spelling` gives the source's name of each column of the schema that is read from it.
        - `day_column` is the source's column of the date; if None, `sql` gives the date.
        - `place` is written beside each refused row.

        The text of a refused row is the row as JSON. A timestamp without a zone is a local time of the zone.
        """
        check_partition_type(self.schema, self.partition)
        with translate_spark_errors():
            types = dict(frame.dtypes)
            wanted = [(one, spelling[one.name]) for one in self.schema.source_columns]
            picked = _of_days(frame, sql, day_column, days).select(
                F.col(DAY),
                _json([name for _, name in wanted], _ALL_DIGITS).alias(RAW),
                *[column(name).alias(_AS_READ + one.name) for one, name in wanted],
            )
            values = picked.select("*", *[self._value(one, types[name]).alias(one.name) for one, name in wanted])
            unread = values.withColumn(UNREAD, self._unread(types, spelling))
            reason = self._reason({one.name for one, name in wanted if types[name] == "timestamp_ntz"})
            columns = source_columns(self.schema, self.partition)
            return unread.select(*columns, reason.alias(REASON), RAW, F.lit(place).alias(FILE), UNREAD)

    def _value(self, one: ColumnSchema, kind: str) -> Column:
        as_read = column(_AS_READ + one.name)
        if one.type == "timestamp" and kind == "timestamp_ntz":
            instant = F.concat(as_read.cast("string"), F.lit("Z")).try_cast("timestamp")
            without_format = one.model_copy(update={"format": None})
            return in_zone(instant, F.lit(""), without_format, one.timezone or self.zone)
        if one.type == "timestamp":
            return F.when(in_range(as_read), as_read)
        return as_read.try_cast(SPARK_TYPES[one.type])

    def _unread(self, types: Mapping[str, str], spelling: Mapping[str, str]) -> Column:
        """The map of the values that are none of their column's type, such as a local time that the clocks skipped."""
        failing = [
            one
            for one in self.schema.source_columns
            if one.type == "timestamp" or types[spelling[one.name]] != SPARK_TYPES[one.type]
        ]
        if not failing:
            return F.lit(None).cast("map<string,string>")
        broken = {one.name: column(_AS_READ + one.name).isNotNull() & column(one.name).isNull() for one in failing}
        entries = [
            F.when(
                is_broken,
                F.struct(F.lit(name).alias("key"), column(_AS_READ + name).cast("string").alias("value")),
            )
            for name, is_broken in broken.items()
        ]
        return F.when(reduce(or_, broken.values()), F.map_from_entries(F.array_compact(F.array(*entries))))

    def _reason(self, local_times: set[str]) -> Column:
        first = F.map_keys(UNREAD).getItem(0)
        kind = F.when(first.isin(sorted(local_times)), CLOCK_CHANGE).otherwise(TYPE) if local_times else F.lit(TYPE)
        reasons = [F.when(F.col(UNREAD).isNotNull(), F.concat(F.lit(QUARANTINE), kind, first))]
        own = self.schema.column(self.partition)
        if own is not None:
            day = F.date_format(DAY, "yyyy-MM-dd") if own.type == "string" else F.col(DAY)
            reasons.append(F.when(~column(self.partition).eqNullSafe(day), f"{QUARANTINE}wrong_partition"))
        return F.coalesce(*reasons)


def _of_days(frame: DataFrame, sql: str, day_column: str | None, days: Sequence[date]) -> DataFrame:
    """The rows of the dates, with their date; the filter reaches the table's partitions where it has some."""
    if day_column is None:
        return _dated(frame, sql).where(F.col(DAY).isin(list(days)))
    own = column(day_column)
    wanted = [str(day) for day in days] if dict(frame.dtypes)[day_column] == "string" else list(days)
    return frame.where(own.isin(wanted)).withColumn(DAY, own.cast("date"))


def _dated(frame: DataFrame, sql: str) -> DataFrame:
    """The rows with the date that SQL gives for each, NULL where it fails on a value.

    Raises:
        InputError: The SQL cannot be read, or gives no date.
    """
    with lenient(frame.sparkSession), translate_spark_errors():
        dated = frame.withColumn(DAY, F.expr(sql))
        kind = dict(dated.dtypes)[DAY]
    if kind != "date":
        raise InputError(
            f"'from.date' gives {kind}, not a date: {sql}", code="no-date-column", hint=f"write 'to_date({sql})'"
        )
    return dated


def _json(names: Sequence[str], options: Mapping[str, str] = MappingProxyType({})) -> Column:
    """A row as JSON; columns that are NULL are left out of it."""
    return F.to_json(F.struct(*[column(name) for name in names]), dict(options))
