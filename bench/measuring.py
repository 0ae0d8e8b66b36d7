"""measuring: the Profile of a day of many columns, and of one of many rows, against scans with counts.

The first scan counts the values of each column. The second also counts them by bin, which a histogram needs: it has the
Profile's grouping, without its moments, extremes and special values.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.spark.profiling.profile_job import feature_columns_of, measure
from bench.data import DAY
from bench.measure import Way
from bench.proof import UnequalError
from bench.setting import Setting
from bench.table import BenchComparison, Row, Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

FILES, ROUNDS, MOST = 8, 3, 2.0


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """A day of rows with so many number columns."""

    columns: int
    rows: int

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [f"f{n:03}" for n in range(self.columns)]


def run(setting: Setting) -> list[Row]:
    """Time both scans and the Profile; the whole sizes are 200 columns of the setting's rows, and 20 of ten times."""
    days = [MeasuredDay(200, setting.rows), MeasuredDay(20, setting.rows * 10)]
    return [row for shape in days for row in _of(setting, shape)]


def _of(setting: Setting, shape: MeasuredDay) -> list[Row]:
    place = _place(setting, shape)
    grid = feature_columns_of(_read(setting, place).limit(10_000), shape.names)
    widths = [2.0 ** (column.bin_exponent or 0) for column in grid]

    def profile() -> None:
        [measured] = measure(_read(setting, place), DAY, grid, []).values()
        if measured.rows != shape.rows or len(measured.columns) != shape.columns:
            raise UnequalError(f"{measured.rows:,} rows were measured, not {shape.rows:,}")

    ways = [
        Way("profile", profile, most=ROUNDS),
        Way("counts", lambda: _counts(_read(setting, place), shape), most=ROUNDS),
        Way("bins", lambda: _counts_by_bin(_read(setting, place), shape, widths), most=ROUNDS),
    ]
    for way in () if setting.quick else ways:
        way.run()
    costs = setting.time(ways)
    what = f"a day of {shape.columns} columns x {shape.rows:,} rows"
    return [
        BenchComparison("measuring", what, costs["profile"], "limit", "counts", costs["counts"], Target(MOST)),
        BenchComparison("measuring", what, costs["profile"], "limit", "counts by bin", costs["bins"]),
    ]


def _place(setting: Setting, shape: MeasuredDay) -> Path:
    """Return the folder of the day's rows, written at the first call; a hundredth of every fourth column is missing."""
    from pyspark.sql import functions as F

    place = setting.home / f"measuring-{shape.columns}-{shape.rows}"
    if not (place / "_SUCCESS").exists():
        setting.say(f"generating {shape.rows:,} rows of {shape.columns} columns")
        values = [F.randn(n) if n % 4 else F.when(F.rand(1_000 + n) >= 0.01, F.randn(n)) for n in range(shape.columns)]
        named = [value.alias(name) for value, name in zip(values, shape.names, strict=True)]
        day = F.lit("2024-01-01").cast("date").alias(DAY)
        setting.spark.range(0, shape.rows, 1, FILES).select(day, *named).write.mode("overwrite").parquet(str(place))
    return place


def _read(setting: Setting, place: Path) -> DataFrame:
    return setting.spark.read.parquet(str(place))


def _counts(frame: DataFrame, shape: MeasuredDay) -> None:
    from pyspark.sql import functions as F

    frame.groupBy(DAY).agg(*[F.count(name) for name in shape.names]).collect()


def _counts_by_bin(frame: DataFrame, shape: MeasuredDay, widths: list[float]) -> None:
    from pyspark.sql import functions as F

    bins = F.array(*[F.floor(F.col(name) / width).cast("int") for name, width in zip(shape.names, widths, strict=True)])
    frame.select(DAY, F.posexplode(bins).alias("slot", "bin")).groupBy(DAY, "slot", "bin").count().collect()
