"""The kinds of sources, decided in one place: files that land by date, and tables that other jobs fill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Protocol

from assay.core.interval import Interval
from assay.core.landing.file_format import FileFormat
from assay.core.landing.json_records import JsonShape
from assay.core.landing.refused_records import RepairedRecord
from assay.core.landing.repaired_records import RepairedRow, csv_row, json_row
from assay.errors import InfrastructureError
from assay.spark.landing.row_columns import TYPE
from assay.spec.schema.source import TABLE_FORMATS
from assay.spec.user_code.functions import load_function
from assay.stages.ingest.sources.worker_reads import by_record, read_on_workers
from assay.stages.runtime.context import Context
from assay.stages.tables.repairs import NO_DAYS, repaired_rows, replay_of
from assay.store.landing.manifest import (
    Manifest,
    landed_dates,
    newest_landed_date,
    refuse_changed,
    refuse_repeated_days,
    take_manifest,
)
from assay.store.landing.table_manifest import LandedDay
from assay.store.ledger.table_repairs import DayRepairs

if TYPE_CHECKING:
    from assay.spark.cleaning.cleaned import Cleaned


class DaySource(Protocol):
    """The source of one table of a pipeline: what there is of each date, and its rows."""

    @property
    def pins(self) -> bool:
        """True if landing pins a version, which cleaning reads then."""

    def check_there(self) -> None:
        """Check that the source is there, if days have landed in it before.

        Raises:
            InfrastructureError: It is gone: a disk is not mounted.
        """

    def prepare(self, interval: Interval) -> None:
        """Look at the source once, before `manifest` is called for dates of the interval."""

    def manifest(self, day: date) -> LandedDay | None:
        """Return what there is of a date, None where there is nothing.

        Raises:
            InputError: It is not what the schema promises.
        """

    def check_manifests(self, manifests: Mapping[date, LandedDay]) -> None:
        """Check the manifests of several dates against each other; raise InputError where two are the same drop."""

    def dates(self) -> list[date]:
        """Return the dates of which there is something, in order; none without a source."""

    def newest(self, until: date) -> date | None:
        """Return the last of `dates` up to `until`, None without any."""

    def drop(self, day: date) -> str:
        """Return the place at which the rows of a date are expected, for messages."""

    def record_file(self, file: str) -> str:
        """Return the name by which the place of a refused record is remembered, of the file that quarantine names."""

    def read_repair(self, manifest: LandedDay, repair: RepairedRecord) -> RepairedRow | None:
        """Return a repaired record as one of its file, None where the manifest has no such file."""

    def cleaned(self, manifests: Mapping[date, LandedDay], repairs: Mapping[date, DayRepairs] = NO_DAYS) -> Cleaned:
        """Return the rows of the manifests, typed and judged by the rules, with the cleaning function applied.

        Each landed record that a repair names is read as it was repaired.
        """

    def refuse_changed(self, manifests: Mapping[date, LandedDay]) -> None:
        """Check after the rows were read that they are those of the manifests.

        Raises:
            InfrastructureError: One has changed. The message names it.
        """


def source_of(ctx: Context, table: str) -> DaySource:
    """Return the source of a table, by its format."""
    kind = ctx.table(table).from_.format
    if kind not in TABLE_FORMATS:
        return FileSource(ctx, table)
    if ctx.table(table).from_.in_catalog:
        from assay.stages.ingest.sources.hive_source import HiveSource

        return HiveSource(ctx, table)
    from assay.stages.ingest.sources.delta_source import DeltaSource

    return DeltaSource(ctx, table)


class FileSource:
    """Files that land in a folder for each date."""

    pins = False

    def __init__(self, ctx: Context, table: str) -> None:
        self._ctx, self._table = ctx, table
        self._source, self._schema = ctx.table(table).from_, ctx.pipeline.schemas[table]

    def check_there(self) -> None:
        """Check that the landing is there, and the source if days have landed in it before.

        Raises:
            InfrastructureError: One of the two is gone: a disk is not mounted.
        """
        source = self._ctx.landing / self._source.path
        if not source.is_dir() and self._ctx.ledger.latest("land", self._table):
            raise InfrastructureError(
                f"the landing {source} does not exist, and days of the table '{self._table}' have landed there before",
                code="not-mounted",
                hint="mount its disk, or make the folder again if upstream has moved: mkdir -p " + str(source),
            )

    def prepare(self, interval: Interval) -> None:
        """Let executors measure the files where they are on a cluster and large."""
        read_on_workers(self._ctx, self._source, self._schema, interval)

    def manifest(self, day: date) -> Manifest | None:
        """Return the manifest of the files of a date, None without any; the errors are those of `take_manifest`."""
        return take_manifest(
            self._ctx.landing,
            self._source.path,
            day,
            self._schema,
            table=self._table,
            file_format=self._source.file_format,
            reader=self._ctx.reader,
        )

    def check_manifests(self, manifests: Mapping[date, LandedDay]) -> None:
        """Raise InputError where two dates landed with the same bytes."""
        refuse_repeated_days(_of_files(manifests))

    def dates(self) -> list[date]:
        """Return the dates that have a data file, in order."""
        return landed_dates(self._ctx.landing, self._source.path, self._source.file_format)

    def newest(self, until: date) -> date | None:
        """Return the last of `dates` up to `until`, None without any."""
        return newest_landed_date(self._ctx.landing, self._source.path, until, self._source.file_format)

    def drop(self, day: date) -> str:
        """Return the folder of a date below the landing folder."""
        return f"{self._source.path}/{day}"

    def record_file(self, file: str) -> str:
        """Return a file's path below the landing folder, which may be at another place than it was."""
        source = f"/{self._source.path}/"
        return file[file.rindex(source) + 1 :] if source in file else file

    def read_repair(self, manifest: LandedDay, repair: RepairedRecord) -> RepairedRow | None:
        """Return a repaired record as one of its file, None where no such file has landed."""
        files = manifest.files if isinstance(manifest, Manifest) else ()
        file = next((one for one in files if one.path == repair.place.file), None)
        if file is None:
            return None
        schema, path, day = self._schema, str(self._ctx.landing / file.path), manifest.day
        if self._source.file_format is FileFormat.CSV:
            return csv_row(repair, path, day, schema.layout(file.header))
        nulls = frozenset[str]() if self._source.file_format.is_columnar else frozenset(schema.nulls)
        shape = JsonShape(schema.header, tuple(c.name for c in schema.source_columns), nulls)
        return json_row(repair, path, day, shape, lambda n: n in schema.header or schema.leaves_out(n), TYPE)

    def cleaned(self, manifests: Mapping[date, LandedDay], repairs: Mapping[date, DayRepairs] = NO_DAYS) -> Cleaned:
        """Return the rows of the files in one frame."""
        from assay.spark.cleaning.clean import clean_frame

        ctx, spec = self._ctx, self._ctx.table(self._table)
        own = _of_files(manifests)
        landed = {str(ctx.landing / file.path): (one.day, file) for one in own for file in one.files}
        return clean_frame(
            ctx.spark,
            {path: day for path, (day, _) in landed.items()},
            spec,
            self._schema,
            ctx.partition,
            function=load_function(spec.function) if spec.function else None,
            zone=ctx.pipeline.spec.timezone,
            by_record=by_record(ctx, own, self._schema.encoding),
            headers={path: file.header for path, (_, file) in landed.items() if file.header},
            replay=replay_of(ctx, self._schema, self._source, repaired_rows(self, manifests, repairs)),
        )

    def refuse_changed(self, manifests: Mapping[date, LandedDay]) -> None:
        """Check that every file still has the bytes of its manifest; the error is that of `manifest.refuse_changed`."""
        refuse_changed(self._ctx.landing, _of_files(manifests), self._ctx.reader)


def _of_files(manifests: Mapping[date, LandedDay]) -> list[Manifest]:
    return [one for one in manifests.values() if isinstance(one, Manifest)]
