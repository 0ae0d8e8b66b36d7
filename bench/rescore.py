"""rescore: write one partition of a large table anew; the table's size and history should make no difference."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from assay.spark.tables.delta_tables import publish
from bench.data import DAY, KEY
from bench.measure import RunCost, Way
from bench.proof import same_scores, scores_in
from bench.setting import Setting
from bench.table import BenchComparison, Row, Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

FIRST = date(2018, 1, 1)
PER_DAY = 2_000
SIZES = (20, 200, 2_000)
SHORT, LONG = 10, 1_000
CHECKPOINTED = 10
"""Delta writes a checkpoint every so many commits; a history made by hand must have them too."""


def run(setting: Setting) -> list[Row]:
    """One day replaced in tables of 20, 200 and 2,000 days, with 10 or 1,000 commits behind them, and by a MERGE."""
    sizes = tuple(size // 10 for size in SIZES) if setting.quick else SIZES
    few, middle, many = sizes
    long = SHORT * 2 if setting.quick else LONG
    shapes = [(few, SHORT), (middle, SHORT), (many, SHORT), (many, long)]
    tables = {shape: _table(setting, *shape) for shape in shapes}
    merged = _table(setting, many, SHORT, name="merged")
    rows = _rows(setting, few - 1).persist()
    _publish(rows, tables[many, SHORT], few - 1)
    _merge(setting, rows, merged)
    same_scores(scores_in(tables[many, SHORT]), scores_in(merged), "MERGE")
    ways = [
        Way(f"{days}/{commits}", lambda table=table: _publish(rows, table, few - 1))  # type: ignore[misc]
        for (days, commits), table in tables.items()
    ]
    ways.append(Way("merge", lambda: _merge(setting, rows, merged)))
    for way in ways:
        way.run()
    costs = setting.time(ways)
    rows.unpersist()
    small, large, old = costs[f"{few}/{SHORT}"], costs[f"{many}/{SHORT}"], costs[f"{many}/{long}"]
    between, merge, least = costs[f"{middle}/{SHORT}"], costs["merge"], f"1 of {few}"

    def row(
        days: int, commits: int, own_costs: list[RunCost], peer_costs: list[RunCost], peer: str, target: float | None
    ) -> Row:
        what = f"1 of {days:,} days, {commits:,} commits"
        return BenchComparison("rescore", what, own_costs, "peer", peer, peer_costs, Target(target) if target else None)

    return [
        row(middle, SHORT, between, small, least, None),
        row(many, SHORT, large, small, least, 1.2),
        row(many, long, old, small, least, 1.2),
        row(many, SHORT, large, merge, "MERGE", 0.6),
    ]


def _publish(rows: DataFrame, table: Path, day: int) -> None:
    publish(rows, table, DAY, [_day(day)], {"run_id": "bench", "stage": "score"})


def _merge(setting: Setting, rows: DataFrame, table: Path) -> None:
    """With the day in the condition, so that it need not look into the others' files."""
    from delta.tables import DeltaTable as SparkTable

    day = rows.head()
    assert day is not None
    condition = f"t.{DAY} = DATE'{day[0]}' AND t.{DAY} = s.{DAY} AND t.{KEY} = s.{KEY}"
    target = SparkTable.forPath(setting.spark, table.as_uri()).alias("t")
    target.merge(rows.alias("s"), condition).whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()


def _table(setting: Setting, days: int, commits: int, name: str = "table") -> Path:
    """A table of so many days, made without Spark, whose log has so many commits and the checkpoints of so many."""
    place = setting.place(f"rescore-{name}-{days}-{commits}")
    setting.say(f"making a table of {days:,} days and {commits:,} commits")
    each = max(1, days // 20)
    for start in range(0, days, each):
        rows = pa.concat_tables([_scores(day) for day in range(start, min(start + each, days))])
        write_deltalake(place, rows, mode="append", partition_by=[DAY])
    for commit in range(DeltaTable(place).version(), commits):
        _overwrite(place, commit % days)
    DeltaTable(place).create_checkpoint()
    return place


def _overwrite(place: Path, day: int) -> None:
    predicate = f"{DAY} = '{_day(day)}'"
    write_deltalake(place, _scores(day), mode="overwrite", predicate=predicate)
    table = DeltaTable(place)
    if table.version() % CHECKPOINTED == 0:
        table.create_checkpoint()


def _scores(day: int) -> pa.Table:
    ids = np.arange(day * PER_DAY, (day + 1) * PER_DAY)
    return pa.table(
        {
            DAY: pa.array([_day(day)] * PER_DAY, pa.date32()),
            KEY: ids,
            "score": np.random.default_rng(day).random(PER_DAY),
        }
    )


def _rows(setting: Setting, day: int) -> DataFrame:
    """The day's rows with other scores."""
    table = _scores(day)
    return setting.spark.createDataFrame(table.set_column(2, "score", pa.array(1 - table["score"].to_numpy())))


def _day(n: int) -> date:
    return FIRST + timedelta(days=n)
