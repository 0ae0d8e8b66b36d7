"""A Delta table that other jobs fill, as a source: a snapshot is measured, and cleaning reads its version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from assay.connections import source_address, source_table_of
from assay.core.interval import Interval
from assay.core.landing.refused_records import RepairedRecord
from assay.core.landing.repaired_records import RepairedRow
from assay.core.table_snapshot import DayContent
from assay.errors import InfrastructureError, InputError
from assay.spec.checks.source_columns import check_source_columns
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
from assay.store.delta.source_table import SourceTable
from assay.store.landing.table_manifest import LandedDay, TableManifest
from assay.store.ledger.table_repairs import DayRepairs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.spark.cleaning.cleaned import Cleaned
    from assay.spark.landing.replayed_rows import Replay


class DeltaSource:
    """A Delta table; its newest version when it is first looked at is the one that is measured."""

    pins = True

    def __init__(self, ctx: Context, table: str) -> None:
        self._ctx, self._table = ctx, table
        self._source, self._schema = ctx.table(table).from_, ctx.pipeline.schemas[table]
        self._place = source_table_of(ctx.pipeline.project, self._source)
        self._address = source_address(ctx.pipeline.project, self._source)
        self._newest = SourceTable(self._place)
        self._contents: dict[date, DayContent] = {}

    @property
    def _date(self) -> str:
        return self._source.date or ""

    def check_there(self) -> None:
        """Check that the table is there.

        Raises:
            InputError: It is not.
            InfrastructureError: It is not, and days of it have landed before: a disk is not mounted.
        """
        if self._newest.exists():
            return
        what = f"there is no Delta table at {self._address}"
        if self._ctx.ledger.latest("land", self._table):
            raise InfrastructureError(
                f"{what}, and days of the table '{self._table}' have landed from there before",
                code="not-mounted",
                hint="mount its disk, or correct 'from.table' if the table has moved",
            )
        hint = "correct 'from.table': a path, also one relative to the landing folder, or an address"
        raise no_source_table(self._ctx, self._table, what, hint)

    def prepare(self, interval: Interval) -> None:
        """Measure the dates of an interval in one snapshot.

        Raises:
            InputError: The columns are not those of the schema, or the date is no column.
        """
        spelling = self._checked(self._newest)
        column = self._date_column(self._newest)
        if column is None:
            self._contents = self._by_sql(interval)
        else:
            partitioned = self._newest.partitioned(column)
            names = list(spelling.values())
            self._contents = self._newest.digested(column, names, interval) if partitioned is None else partitioned
        if self._ctx.table(self._table).empty == "allow":
            add_empty_days(self._contents, self.dates(), interval)

    def manifest(self, day: date) -> TableManifest | None:
        """Return the content of a date in the snapshot, None without a row."""
        content = self._contents.get(day)
        if content is None or (not content.rows and self._ctx.table(self._table).empty == "refuse"):
            return None
        return TableManifest(self._table, day, self._address, self._date, self._newest.pinned, content)

    def check_manifests(self, manifests: Mapping[date, LandedDay]) -> None:
        """Check nothing: equal rows of two dates have no name by which a drop that was sent twice is known."""

    def dates(self) -> list[date]:
        """Return the dates that have a row, in order; none where there is no table."""
        if not self._newest.exists():
            return []
        column = self._date_column(self._newest)
        if column is not None:
            return self._newest.dates(column)
        from assay.spark.sources.table_rows import dates_by_sql

        return dates_by_sql(self._frame(self._newest.pinned), self._date)

    def newest(self, until: date) -> date | None:
        """Return the last of `dates` up to `until`, None without any."""
        return max((day for day in self.dates() if day <= until), default=None)

    def drop(self, day: date) -> str:
        """Return the place of the rows of a date."""
        return f"{self._address} ({self._date}) = {day}"

    def record_file(self, file: str) -> str:  # noqa: ARG002 - a table is one file
        """Return the table as its YAML names it: its version is no part of the place of a row."""
        return self._source.name

    def read_repair(self, manifest: LandedDay, repair: RepairedRecord) -> RepairedRow | None:
        """Return a repaired record as a row of the table, None where it was one of another source."""
        if not isinstance(manifest, TableManifest):
            return None
        return repaired_row(
            self._source,
            self._schema,
            self._checked(self._newest),
            self._version_place(manifest.version),
            manifest.day,
            repair,
        )

    def _version_place(self, version: int | None) -> str:
        return f"{self._address} (version {version})"

    def cleaned(self, manifests: Mapping[date, LandedDay], repairs: Mapping[date, DayRepairs] = NO_DAYS) -> Cleaned:
        """Return the rows of the pinned versions in one frame.

        Raises:
            InputError: A version is gone, or its columns are not those of the schema.
        """
        ctx = self._ctx
        replay = replay_of(ctx, self._schema, self._source, repaired_rows(self, manifests, repairs))
        landed: DataFrame | None = None
        for version, days in self._by_version(manifests).items():
            rows = self._rows(version, {day: manifests[day] for day in days}, replay)
            landed = rows if landed is None else landed.unionByName(rows, allowMissingColumns=True)
        if landed is None:
            raise InputError(f"no date of the table '{self._table}' is to be read", code="no-dates")
        return clean_rows(ctx, self._table, landed, sorted(manifests))

    def _rows(self, version: int, manifests: Mapping[date, LandedDay], replay: Replay | None) -> DataFrame:
        """Return the rows of the dates in a version."""
        from assay.spark.sources.table_rows import RowReader

        reader = RowReader(self._schema, self._ctx.partition, self._ctx.pipeline.spec.timezone)
        table = self._pinned(version, list(manifests.values()))
        spelling, column = self._checked(table), self._date_column(table)

        def read(days: Sequence[date]) -> DataFrame:
            place = self._version_place(version)
            return reader.read(self._frame(version), spelling, self._date, column, days, place)

        return read_days(read, list(manifests), replay)

    def refuse_changed(self, manifests: Mapping[date, LandedDay]) -> None:
        """Check nothing: a version of a Delta table does not change."""

    def _by_version(self, manifests: Mapping[date, LandedDay]) -> dict[int, list[date]]:
        versions: dict[int, list[date]] = {}
        for day, manifest in sorted(manifests.items()):
            if isinstance(manifest, TableManifest) and manifest.version is not None:
                versions.setdefault(manifest.version, []).append(day)
        return versions

    def _pinned(self, version: int, manifests: list[LandedDay]) -> SourceTable:
        """Return the table at a pinned version, once its log and the files of the dates are known to be there."""
        table = SourceTable(self._place, version)
        listed = [file.path for manifest in manifests for file in manifest.files]
        whole = all(manifest.files for manifest in manifests if manifest.lines)
        try:
            _ = table.opened
            gone = table.missing(listed if whole else None)
        except InfrastructureError as error:
            if not self._newest.exists() or version > self._newest.pinned:
                raise
            raise self._vacuumed(version, "its log no longer reaches back to it") from error
        if gone:
            raise self._vacuumed(version, f"the file {gone[0]} was removed")
        return table

    def _vacuumed(self, version: int, why: str) -> InputError:
        return InputError(
            f"version {version} of {self._address}, which landed for '{self._table}', cannot be read: {why}",
            code="version-gone",
            hint=f"pin the newest version with 'assay land {self._ctx.pipeline.name} --table {self._table}' and the "
            "dates, then clean; the table's retention has to outlast the time between the two",
        )

    def _checked(self, table: SourceTable) -> dict[str, str]:
        return check_source_columns(self._schema, table.types, self._address, self._date_column(table) or "")

    def _date_column(self, table: SourceTable) -> str | None:
        """Return the column of the date as the table spells it, None where SQL gives the date."""
        return date_column(self._ctx, self._table, table.types, self._address)

    def _by_sql(self, interval: Interval) -> dict[date, DayContent]:
        """Return the content of each date by Spark, which alone knows what its SQL means."""
        from assay.spark.sources.table_rows import digests_by_sql

        names = list(self._checked(self._newest).values())
        return digests_by_sql(self._frame(self._newest.pinned), self._date, names, interval)

    def _frame(self, version: int) -> DataFrame:
        from assay.spark.sources.table_rows import delta_frame

        return delta_frame(self._ctx.spark, self._address, version)
