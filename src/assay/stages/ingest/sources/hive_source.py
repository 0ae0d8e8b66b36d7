"""A table of a Hive catalog as a source: it has no versions, so a date is known by its files or by its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from assay.connections import source_address
from assay.core.expectations.sql.literals import quote_name
from assay.core.interval import Interval
from assay.core.landing.refused_records import RepairedRecord
from assay.core.landing.repaired_records import RepairedRow
from assay.core.table_snapshot import DayContent, SourceFile
from assay.errors import InfrastructureError, InputError
from assay.spec.checks.source_columns import check_source_columns
from assay.stages.ingest.sources.pins import pinned_manifests
from assay.stages.ingest.sources.table_source import (
    add_empty_days,
    clean_rows,
    date_column,
    no_source_table,
    read_days,
    repaired_row,
)
from assay.stages.runtime.context import Context
from assay.stages.tables.repairs import NO_DAYS, repaired_rows, replay_of
from assay.store.delta.source_table import as_date
from assay.store.landing.table_manifest import LandedDay, TableManifest
from assay.store.ledger.table_repairs import DayRepairs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.spark.cleaning.cleaned import Cleaned

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


class HiveSource:
    """A table of the catalog of this environment's Spark; looking at it starts Spark.

    - Where it is partitioned by the date, the content of a date is the list of its files.
    - Where it is not, the content is a digest of the date's rows. A view is such a table.
    """

    pins = False

    def __init__(self, ctx: Context, table: str) -> None:
        self._ctx, self._table = ctx, table
        self._source, self._schema = ctx.table(table).from_, ctx.pipeline.schemas[table]
        self._address = source_address(ctx.pipeline.project, self._source)
        self._contents: dict[date, DayContent] = {}

    def check_there(self) -> None:
        """Raise InputError where the table does not exist, or Spark has no Hive catalog."""
        from assay.spark.sources.hive_tables import table_exists

        if not table_exists(self._ctx.spark, self._address):
            hint = (
                "correct 'from.table', or name the metastore: 'spark: {conf: {spark.hadoop.hive.metastore.uris: "
                "thrift://host:9083}}' in the environment, or a hive-site.xml in Spark's conf folder"
            )
            what = f"there is no table {self._address} in the catalog"
            raise no_source_table(self._ctx, self._table, what, hint)

    def prepare(self, interval: Interval) -> None:
        """Measure the dates of an interval.

        Raises:
            InputError: The columns are not those of the schema, or the date is no column.
        """
        frame = self._frame()
        self._spelling(frame)
        self._contents = self._by_files(frame, interval) if self._partition else self._by_rows(frame, interval)
        if self._ctx.table(self._table).empty == "allow":
            add_empty_days(self._contents, self.dates(), interval)

    def manifest(self, day: date) -> TableManifest | None:
        """Return the content of a date; None without a row, unless `empty` is allowed."""
        content = self._contents.get(day)
        if content is None or (not content.rows and self._ctx.table(self._table).empty == "refuse"):
            return None
        return TableManifest(self._table, day, self._address, self._source.date or "", None, content)

    def check_manifests(self, manifests: Mapping[date, LandedDay]) -> None:
        """Check nothing: equal rows of two dates have no name by which a drop that was sent twice is known."""

    def dates(self) -> list[date]:
        """Return the dates that have a partition or a row, in order; none where there is no table."""
        from assay.spark.sources.hive_tables import table_exists
        from assay.spark.sources.table_rows import dates_by_sql

        if not table_exists(self._ctx.spark, self._address):
            return []
        return sorted(self._partitions()) if self._partition else dates_by_sql(self._frame(), self._sql)

    def newest(self, until: date) -> date | None:
        """Return the last of `dates` up to `until`, None without any."""
        return max((day for day in self.dates() if day <= until), default=None)

    def drop(self, day: date) -> str:
        """Return the place of the rows of a date."""
        return f"{self._address} ({self._source.date}) = {day}"

    def record_file(self, file: str) -> str:  # noqa: ARG002 - a table is one file
        """Return the table as its YAML names it."""
        return self._source.name

    def read_repair(self, manifest: LandedDay, repair: RepairedRecord) -> RepairedRow | None:
        """Return a repaired record as a row of the table, None where it was one of another source."""
        return repaired_row(self._source, self._schema, self._spelling_now, self._address, manifest.day, repair)

    def cleaned(self, manifests: Mapping[date, LandedDay], repairs: Mapping[date, DayRepairs] = NO_DAYS) -> Cleaned:
        """Return the rows of the dates in one frame."""
        from assay.spark.sources.table_rows import RowReader

        ctx, frame, days = self._ctx, self._frame(), sorted(manifests)
        reader = RowReader(self._schema, ctx.partition, ctx.pipeline.spec.timezone)
        replay = replay_of(ctx, self._schema, self._source, repaired_rows(self, manifests, repairs))

        def read(some: Sequence[date]) -> DataFrame:
            return reader.read(frame, self._spelling(frame), self._sql, self._partition, some, self._address)

        return clean_rows(ctx, self._table, read_days(read, days, replay), days)

    def refuse_changed(self, manifests: Mapping[date, LandedDay]) -> None:
        """Check that the content of every date is that of its manifest.

        Raises:
            InfrastructureError: A date has changed. The message names it.
        """
        changed = self._changed(manifests)
        if changed:
            raise InfrastructureError(
                f"the rows of {changed[0]} of the table {self._address} changed while they were cleaned",
                code="file-changed",
                hint="nothing was published; run this again when the job that fills the table is done",
            )

    def _changed(self, manifests: Mapping[date, LandedDay]) -> list[date]:
        if not manifests:
            return []
        if self._partition:
            files = self._files(manifests)
            return [day for day, one in manifests.items() if tuple(one.files) != files.get(day, ())]
        days = sorted(manifests)
        contents = self._by_rows(self._frame(), Interval(days[0], days[-1] + timedelta(days=1)))
        return [day for day in days if contents.get(day, DayContent(0)).digest != manifests[day].digest]

    def _frame(self) -> DataFrame:
        from assay.spark.sources.hive_tables import hive_frame

        return hive_frame(self._ctx.spark, self._address)

    def _spelling(self, frame: DataFrame) -> dict[str, str]:
        from assay.spark.sources.hive_tables import hive_types

        return check_source_columns(self._schema, hive_types(frame), self._address, self._date_column or "")

    @cached_property
    def _spelling_now(self) -> dict[str, str]:
        """The spelling of the columns, read once for all repairs."""
        return self._spelling(self._frame())

    @cached_property
    def _date_column(self) -> str | None:
        from assay.spark.sources.hive_tables import hive_types

        return date_column(self._ctx, self._table, hive_types(self._frame()), self._address)

    @cached_property
    def _partition(self) -> str | None:
        """The column of the date where the table is partitioned by it, None elsewhere."""
        from assay.spark.sources.hive_tables import partition_columns

        columns = partition_columns(self._ctx.spark, self._address)
        return self._date_column if self._date_column in columns else None

    @property
    def _sql(self) -> str:
        """The SQL of the date: the column that holds it, cast where it is a text."""
        column = self._date_column
        return self._source.date or "" if column is None else f"CAST({quote_name(column)} AS DATE)"

    def _by_rows(self, frame: DataFrame, interval: Interval) -> dict[date, DayContent]:
        from assay.spark.sources.hive_tables import text_that_is_no_date
        from assay.spark.sources.table_rows import digests_by_sql

        column = self._date_column
        if column is not None and dict(frame.dtypes)[column] != "date":
            wrong = text_that_is_no_date(frame, column)
            if wrong is not None:
                hint = (
                    "the column holds dates, or texts such as 2013-01-31; for anything else write SQL that gives a date"
                )
                raise InputError(f"'{wrong}' in the column '{column}' is no date", code="source-date", hint=hint)
        return digests_by_sql(frame, self._sql, list(self._spelling(frame).values()), interval)

    def _by_files(self, frame: DataFrame, interval: Interval) -> dict[date, DayContent]:
        """Return the content of the dates; rows are counted where the files are not those of the last landing."""
        from assay.spark.sources.hive_tables import count_days

        files, column = self._files(interval), self._partition or ""
        pinned = pinned_manifests(self._ctx, self._table, files)
        known = {day: one for day, one in pinned.items() if isinstance(one, TableManifest) and one.files == files[day]}
        unknown = [day for day in files if day not in known]
        rows = count_days(frame, column, unknown) if unknown else {}
        return {
            day: known[day].content if day in known else DayContent(rows.get(day, 0), day_files)
            for day, day_files in files.items()
        }

    def _partitions(self) -> dict[date, list[dict[str, str]]]:
        from assay.spark.sources.hive_tables import partitions_of

        column, by_day = self._partition or "", dict[date, list[dict[str, str]]]()
        for one in partitions_of(self._ctx.spark, self._address):
            value = next((value for key, value in one.items() if key.casefold() == column.casefold()), _NO_VALUE)
            day = None if value == _NO_VALUE else as_date(value, column)
            if day is not None:
                by_day.setdefault(day, []).append(one)
        return by_day

    def _files(self, days: Iterable[date]) -> dict[date, tuple[SourceFile, ...]]:
        """Return the files of each of the dates that has a partition."""
        from assay.spark.sources.hive_tables import files_in, folder_of

        spark, partitions = self._ctx.spark, self._partitions()
        return {
            day: files_in(spark, [folder_of(spark, self._address, one) for one in partitions[day]])
            for day in days
            if day in partitions
        }
