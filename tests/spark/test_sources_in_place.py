"""A project that `assay init` wrote on a source which it does not copy: check, land, clean and features."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from assay.api import PipelineHandle
from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.operations.check import check_pipeline
from assay.stages.operations.run import run, select_stages
from assay.stages.runtime.context import Context

FIRST, DAYS, SHOPS = date(2024, 1, 1), 70, ("a", "b")
LAST = date(2024, 1, 20)


@pytest.fixture(autouse=True)
def _no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASSAY_PROJECT", "ASSAY_HOME"):
        monkeypatch.delenv(name, raising=False)


def sales(days: range) -> pa.Table:
    """Two shops; the number sold is 10 for each day since the first, and one more in the second shop."""
    rows = [
        {"Day": FIRST + timedelta(days=n), "Shop Name": shop, "tags": [shop], "Sold (#)": 10 * n + i}
        for n in days
        for i, shop in enumerate(SHOPS)
    ]
    return pa.Table.from_pylist(rows)


def files(folder: Path) -> None:
    for n in range(DAYS):
        path = folder / f"day={FIRST + timedelta(days=n)}" / "part-0.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(sales(range(n, n + 1)).drop_columns("Day"), path)


def partitioned(folder: Path) -> None:
    write_deltalake(folder, sales(range(DAYS)), partition_by=["Day"])


def by_instant(folder: Path) -> None:
    """Without partitions, and with an instant in place of the date."""
    table = sales(range(DAYS))
    at = table["Day"].cast(pa.timestamp("us", "UTC"))
    write_deltalake(folder, table.drop_columns("Day").append_column("at", at))


@pytest.mark.parametrize(
    ("write", "column"), [(files, "day"), (partitioned, "day"), (by_instant, "at")], ids=["files", "delta", "instants"]
)
def test_a_written_project_reads_its_source_where_it_lies(
    write: Callable[[Path], None],
    column: str,
    spark: SparkSession,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    source, name = tmp_path / "lake" / "sales", f"placed_{request.node.callspec.id.replace('-', '_')}"
    source.parent.mkdir()
    write(source)
    arguments = ["init", str(tmp_path / name), "--from", str(source), "--label", "sold", "--yes"]
    assert invoke(arguments) == 0

    def opened() -> Context:
        ctx = Context(load_pipeline(open_project(tmp_path / name), name))
        ctx.open_spark = lambda _: spark
        return ctx

    run(opened(), Interval(FIRST, LAST), select_stages("land..validate"))
    lines = check_pipeline(opened(), static=False, day=None, progress=lambda _: None)
    assert any("features" in line for line in lines)
    rows = PipelineHandle(opened()).features(LAST - timedelta(days=1), LAST).collect()
    known = {row["shop_name"]: (row["sold_last"], row["sold_week_ago"]) for row in rows}
    newest = 10 * ((LAST - FIRST).days - 2)
    week_ago = newest + 10 - 70
    assert known == {"a": (newest, week_ago), "b": (newest + 1, week_ago + 1)}
    assert column in rows[0].asDict()
