"""Let executors read what landed on a cluster: the driver may be outside of it, and has one core for its checksums."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from assay.core.interval import Interval
from assay.errors import AssayError
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import open_place
from assay.store.hadoop.delegation_tokens import StaticToken, TokenProvider
from assay.store.landing.landed_file import ColumnarFile, LandedFile, data_lines, read_landed_file
from assay.store.landing.manifest import Manifest, landed_files

if TYPE_CHECKING:
    from assay.spark.landing.multiline_records import ByRecord
    from assay.spec.schema.source import Source
    from assay.spec.schema.table import TableSchema
    from assay.stages.runtime.context import Context

MAX_DRIVER_READ_BYTES = 64 << 20
"""Bytes that the driver reads itself: fewer than that are read sooner than a Spark starts that is not running yet."""


def read_on_workers(ctx: Context, source: Source, schema: TableSchema, interval: Interval) -> None:
    """Let `ctx.reader` know the files of the interval, where they are on HDFS and large together.

    A task for each file reads it near its DataNode, over WebHDFS as a driver would. Only its measurements leave the
    cluster. A file that a task refuses is left for the driver, which reads it again and raises the error in its own
    order.
    """
    environment = ctx.pipeline.project.environment
    if not environment.on_yarn or not isinstance(ctx.landing, HdfsPath):
        return
    files = [one for day in interval for one in landed_files(ctx.landing, source.path, day, source.file_format)]
    if sum(file.size for file in files) < MAX_DRIVER_READ_BYTES:
        return
    unread = [(file, stamp) for file in files if (stamp := ctx.reader.unread(file.path, schema)) is not None]
    if not unread or sum(file.size for file, _ in unread) < MAX_DRIVER_READ_BYTES:
        return
    ctx.progress(f"reading {len(unread)} files of {source.path} on the executors")
    work = [(str(file.path), file.name) for file, _ in unread]
    context = ctx.spark.sparkContext
    read = _reading(environment.webhdfs, _given(ctx), schema)
    measured_files: list[LandedFile | None] = context.parallelize(work, len(work)).map(read).collect()
    for (file, stamp), one in zip(unread, measured_files, strict=True):
        if one is not None:
            ctx.reader.note(file.path, schema, stamp, one)


def by_record(ctx: Context, manifests: Iterable[Manifest], encoding: str) -> ByRecord | None:
    """Return the reading of the files that Spark's CSV parser does not read line by line.

    These are the files with other records than plain lines, and all files of other formats than CSV. The result is None
    if there are none.
    """
    from assay.spark.landing.multiline_records import ByRecord

    files = {str(ctx.landing / file.path): file for one in manifests for file in one.files}
    paths = frozenset(path for path, file in files.items() if file.by_record)
    types = {path: file.types for path, file in files.items() if isinstance(file, ColumnarFile)}
    if not paths and not types:
        return None
    web, right = ctx.pipeline.project.environment.webhdfs, _given(ctx)
    return ByRecord(paths, lambda address: data_lines(open_place(address, web, right), encoding), types)


def _given(ctx: Context) -> TokenProvider | None:
    """Return the right that a worker needs to read what landed."""
    right = ctx.landing.web.right if isinstance(ctx.landing, HdfsPath) else None
    return None if right is None else StaticToken(right.hdfs())


def _reading(
    web: tuple[str, ...], right: TokenProvider | None, schema: TableSchema
) -> Callable[[tuple[str, str]], LandedFile | None]:
    def read(wanted: tuple[str, str]) -> LandedFile | None:
        address, name = wanted
        try:
            return read_landed_file(open_place(address, web, right), name, schema)
        except AssayError:
            return None

    return read
