"""Sources on a real HDFS go through land and clean: mixed folders, compressions, an encoding, and a Delta table."""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from assay.core.interval import Interval
from assay.spark.session.session import open_session
from assay.spark.tables.delta_tables import read_table
from assay.spec.project import load_pipeline, open_project
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land
from assay.stages.ingest.sources import worker_reads
from assay.stages.runtime.context import Context
from assay.store.filesystem.hdfs_path import HdfsPath
from devtools.hadoop.cluster import Cluster

from ..filled_tables import FIRST, FROM, SECOND, THIRD, parcels
from .on_cluster import ENVIRONMENT, make_project

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]
DAYS = Interval(FIRST, date(2024, 1, 4))
COLUMNS = """\
columns:
  - {name: ship_date, type: date}
  - {name: parcel, type: long}
  - {name: depot, source: "Dépôt", type: string}
  - {name: weight, type: double, bin_exponent: -2}
  - {name: boxes, type: int}
left_out: [note]
encoding: latin-1
"""


@dataclass(frozen=True, slots=True)
class Here:
    """Workers on this machine, so that the test is spared a submission."""

    master: str = "local[2]"
    spark: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = open_session(Here(), "sources on HDFS")
    yield session
    session.stop()


@dataclass(frozen=True, slots=True)
class SourceProject:
    """The small project with a lake and a landing of its own on HDFS."""

    root: Path
    place: str
    spark: SparkSession

    def context(self) -> Context:
        """A new run: nothing is remembered but what is stored."""
        ctx = Context(load_pipeline(open_project(self.root, env="cluster"), "parcels"), claimed="tester")
        ctx.open_spark = lambda _: self.spark
        return ctx

    def rewrite(self, name: str, old: str, new: str) -> None:
        """Change one file of the project."""
        path = self.root / "conf" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def run(self) -> dict[str, int]:
        """Land and clean; the account of what was cleaned."""
        land(self.context(), "parcels", DAYS)
        numbers = clean(self.context(), "parcels", DAYS).numbers
        return {name: number for name, number in numbers.items() if number}

    def published(self) -> dict[date, list[tuple[int, str]]]:
        """The parcels of each date, with their depots."""
        rows = read_table(self.spark, self.context().folder("clean", "parcels")).collect()
        return {day: sorted((row.parcel, row.depot) for row in rows if row.ship_date == day) for day in DAYS}

    def quarantined(self) -> list[tuple[str, str]]:
        """The reason and the text of each refused record."""
        rows = read_table(self.spark, self.context().folder("quarantine", "parcels")).collect()
        return sorted((row.reason, row.raw) for row in rows)


@pytest.fixture
def project(cluster: Cluster, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SourceProject:
    place = f"{cluster.hdfs}/sources/{tmp_path.name}"
    made = SourceProject(tmp_path / "project", place, spark)
    places = {"hdfs": cluster.hdfs, "webhdfs": cluster.webhdfs, "yarn": cluster.resource_manager}
    text = ENVIRONMENT.format(**places, mlflow="http://127.0.0.1:1", environment="none")
    make_project(made.root, text.replace(f"{cluster.hdfs}/parcels", place))
    made.rewrite("pipelines/parcels.yaml", "    suite: parcels\n", "")
    monkeypatch.syspath_prepend(str(made.root))
    monkeypatch.setenv("HADOOP_CONF_DIR", str(cluster.conf))
    monkeypatch.setattr(worker_reads, "MAX_DRIVER_READ_BYTES", 0)
    return made


def put(project: SourceProject, local: Path, name: str, data: bytes) -> None:
    """Let a file of that name lie in the landing of parcels."""
    local.write_bytes(data)
    landing = project.context().landing
    assert isinstance(landing, HdfsPath)
    (landing / "landing" / "parcels" / name).put(local)


def csv(day: date, *records: str, header: str = "ship_date,parcel,Dépôt,weight,boxes") -> bytes:
    """A file of Latin-1 with a line for each record, without the date."""
    return "".join(f"{line}\n" for line in [header, *(f"{day},{one}" for one in records)]).encode("latin-1")


def test_files_of_each_layout_and_compression_are_accounted_for_on_hdfs(project: SourceProject, tmp_path: Path) -> None:
    (project.root / "conf" / "schemas" / "parcels.yaml").write_text(COLUMNS)
    noted = "ship_date,note,parcel,Dépôt,weight,boxes"
    first = csv(FIRST, "früh,1,KÖLN,2.5,1", "x,2,MÜNCHEN,heavy,1", "x,3,HAM,0.0,1", header=noted)
    put(project, tmp_path / "a", f"ship_date={FIRST}/a.csv.bz2", bz2.compress(first))
    second = csv(SECOND, '1,"KÖLN\nDEUTZ",2.5,1', "2,HAM,9999.0,1", "3,HAM")
    put(project, tmp_path / "b", f"{SECOND}/b.csv.zst", pa.compress(second, codec="zstd", asbytes=True))
    put(project, tmp_path / "c", f"{THIRD}.csv", csv(THIRD, "1,HAM,2.5,1"))
    assert project.run() == {"in": 7, "out": 3, "quarantined": 3, "dropped": 1}
    assert project.published() == {FIRST: [(1, "KÖLN")], SECOND: [(1, "KÖLN\nDEUTZ")], THIRD: [(1, "HAM")]}
    assert project.quarantined() == [
        ("absurd", f"{SECOND},2,HAM,9999.0,1"),
        ("malformed", f"{SECOND},3,HAM"),
        ("type:weight", f"{FIRST},x,2,MÜNCHEN,heavy,1"),
    ]
    assert project.run() == {}
    put(project, tmp_path / "c", f"{THIRD}.csv", csv(THIRD, "1,HAM,2.5,1", "2,HAM,2.5,1"))
    assert project.run() == {"in": 2, "out": 2}


def test_a_delta_table_on_hdfs_is_a_source_whose_rewritten_day_is_due_again(project: SourceProject) -> None:
    from deltalake import write_deltalake

    table = f"{project.place}/filled"
    project.rewrite(
        "pipelines/parcels.yaml", FROM, f"{{table: '{table}', format: delta, schema: parcels, date: ship_date}}"
    )
    for day, rows in ((FIRST, 3), (SECOND, 4)):
        write_deltalake(table, parcels(day, rows), mode="append", partition_by=["ship_date"])
    write_deltalake(table, parcels(SECOND, 2, weight=9_999.0, first=20), mode="append", partition_by=["ship_date"])
    write_deltalake(table, parcels(THIRD, 1), mode="append", partition_by=["ship_date"])
    assert project.run() == {"in": 10, "out": 8, "quarantined": 2}
    assert {day: len(rows) for day, rows in project.published().items()} == {FIRST: 3, SECOND: 4, THIRD: 1}
    assert project.run() == {}
    that_day = f"ship_date = '{SECOND}'"
    write_deltalake(
        table, parcels(SECOND, 6, first=10), mode="overwrite", predicate=that_day, partition_by=["ship_date"]
    )
    assert project.run() == {"in": 6, "out": 6}
    assert [number for number, _ in project.published()[SECOND]] == list(range(10, 16))
