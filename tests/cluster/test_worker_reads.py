"""Large drops on HDFS are read by Spark's workers: the driver hears of their measurements alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.ingest.land import take_manifests
from assay.stages.ingest.sources import worker_reads
from assay.stages.runtime.context import Context
from assay.store.filesystem.hdfs_path import HdfsPath
from devtools.hadoop.waiting import wait_until

from ..expect_errors import raises_code
from .on_cluster import LIVED, OnCluster

WEEK = Interval(LIVED.start, LIVED.start + timedelta(days=7))


@pytest.fixture
def ctx(on_cluster: OnCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A context whose Spark has its workers on this machine, so that the test is spared a submission."""
    from pyspark.sql import SparkSession

    from assay.spark.session.java import prepare_java

    prepare_java()
    monkeypatch.setattr(worker_reads, "MAX_DRIVER_READ_BYTES", 0)
    monkeypatch.setenv("PYTHONPATH", str(on_cluster.root))
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    context = on_cluster.context()
    context._spark = spark
    yield context
    spark.stop()


def test_what_workers_read_is_what_a_driver_reads_and_no_byte_of_it_comes_here(
    ctx: Context, on_cluster: OnCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(ctx.landing, HdfsPath)
    before = ctx.landing.web.received
    manifests = take_manifests(ctx, "deliveries", WEEK)
    assert ctx.landing.web.received == before
    monkeypatch.setattr(worker_reads, "MAX_DRIVER_READ_BYTES", 1 << 60)
    read_here = take_manifests(on_cluster.context(), "deliveries", WEEK)
    assert ctx.landing.web.received > before
    assert manifests == read_here
    assert len(manifests) == 7


def test_what_a_worker_refuses_is_refused_by_the_driver_in_its_words(ctx: Context, tmp_path: Path) -> None:
    day, spec = date(2031, 1, 1), ctx.table("deliveries")
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(b"\x1f\x8b\x08 and no more")
    place = ctx.landing / spec.from_.path / str(day) / torn.name
    assert isinstance(place, HdfsPath)
    place.put(torn)
    schema = ctx.pipeline.schemas["deliveries"]
    wait_until(lambda: ctx.reader.unread(place, schema) is not None, "the file to be taken for settled", 30)
    with raises_code(InputError, "bad-landing-file", "torn.csv.gz"):
        take_manifests(ctx, "deliveries", Interval(day, day + timedelta(days=1)))
