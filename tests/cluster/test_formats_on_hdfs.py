"""Parquet, ORC and JSON lines on HDFS: workers measure them, and Spark reads them there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from assay.core.interval import Interval
from assay.spec.schema.source import Source
from assay.spec.schema.table import TableSchema
from assay.stages.ingest.sources import worker_reads
from assay.stages.runtime.context import Context
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.landing.manifest import take_manifest
from devtools.hadoop.waiting import wait_until

from .on_cluster import OnCluster

pytestmark = pytest.mark.system

DAY = date(2031, 2, 1)
SCHEMA = TableSchema.model_validate(
    {"columns": [{"name": "carrier", "type": "string"}, {"name": "distance", "type": "long"}]}
)
TABLE = pa.table({"carrier": ["a", None], "distance": [1, 2]})


@pytest.fixture
def ctx(on_cluster: OnCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A context whose Spark has its workers on this machine, so that the test is spared a submission."""
    from pyspark.sql import SparkSession

    from assay.spark.session.java import prepare_java

    prepare_java()
    monkeypatch.setattr(worker_reads, "MAX_DRIVER_READ_BYTES", 0)
    monkeypatch.setenv("PYTHONPATH", str(on_cluster.root))
    builder = SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "UTC")
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    context = on_cluster.context()
    context._spark = spark
    yield context
    spark.stop()


@pytest.mark.parametrize("file_format", ["jsonl", "parquet", "orc"])
def test_a_file_of_each_format_is_measured_by_workers_and_read_from_hdfs(
    ctx: Context, tmp_path: Path, file_format: str
) -> None:
    from assay.spark.landing.landed_rows import read_landed
    from assay.spark.landing.row_columns import REASON

    source = Source.model_validate({"path": f"landing/{file_format}", "format": file_format, "schema": "x"})
    local = tmp_path / f"part.{file_format}"
    match file_format:
        case "jsonl":
            local.write_text('{"carrier": "a", "distance": 1}\n{"carrier": null, "distance": 2}\n')
        case "parquet":
            pq.write_table(TABLE, local)
        case _:
            orc.write_table(TABLE, local)
    place = ctx.landing / source.path / str(DAY) / local.name
    assert isinstance(place, HdfsPath)
    place.put(local)
    wait_until(lambda: ctx.reader.unread(place, SCHEMA) is not None, "the file to be taken for settled", 30)
    worker_reads.read_on_workers(ctx, source, SCHEMA, Interval.of(DAY))
    assert isinstance(ctx.landing, HdfsPath)
    received = ctx.landing.web.received
    manifest = take_manifest(ctx.landing, source.path, DAY, SCHEMA, file_format=source.file_format, reader=ctx.reader)
    assert ctx.landing.web.received == received
    assert manifest is not None
    assert manifest.lines == 2
    files = {str(ctx.landing / file.path): DAY for file in manifest.files}
    by_record = worker_reads.by_record(ctx, [manifest], "utf-8")
    frame = read_landed(ctx.spark, files, SCHEMA, "day", zone="UTC", by_record=by_record)
    rows = frame.orderBy("distance").collect()
    assert [(row.carrier, row.distance, row.day, row[REASON]) for row in rows] == [
        ("a", 1, DAY, None),
        (None, 2, DAY, None),
    ]
