"""Rows to work on: a few days of twenty numbers each, the same in every run, kept as Parquet."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.setting import Setting

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

DAY, KEY = "day", "id"
FEATURES = [f"f{n:02}" for n in range(20)]
FIRST = date(2024, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(4)]
_FILES = 8


def features(setting: Setting, *, rows: int | None = None, files: int = _FILES) -> DataFrame:
    """The rows as they lie in Parquet: `day`, `id` and the features, one hundredth of two of them missing."""
    return setting.spark.read.parquet(str(features_path(setting, rows=rows, files=files)))


def features_path(setting: Setting, *, rows: int | None = None, files: int = _FILES) -> Path:
    """Return the folder of the rows, generated at the first call; the number of files does not change the rows."""
    wanted = setting.rows if rows is None else rows
    place = setting.home / f"features-{wanted}-{files}"
    if not (place / "_SUCCESS").exists():
        # Spark's seeded numbers depend on how they are partitioned, so there is one original.
        same = _generated(setting, wanted) if files == _FILES else features(setting, rows=rows).repartition(files)
        setting.say(f"generating {wanted:,} rows in {files} files")
        same.write.mode("overwrite").parquet(str(place))
    return place


def _generated(setting: Setting, rows: int) -> DataFrame:
    from pyspark.sql import functions as F

    numbers = setting.spark.range(0, rows, 1, _FILES)
    per_day = -(-rows // len(DAYS))
    day = F.date_add(F.lit(FIRST), F.floor(F.col(KEY) / per_day).cast("int")).alias(DAY)
    return numbers.select(day, F.col(KEY), *[_feature(n).alias(name) for n, name in enumerate(FEATURES)])


def _feature(n: int) -> Column:
    """Numbers as features are: bell-shaped, long-tailed, whole, and some with missing values."""
    from pyspark.sql import functions as F

    value = F.randn(100 + n)
    match n % 4:
        case 1:
            return F.exp(value)
        case 2:
            return F.floor(value * 10).cast("double")
        case 3 if n < 10:
            return F.when(F.rand(200 + n) >= 0.01, value)
        case _:
            return value
