"""The business sums of scored rows against pandas, by day, and what their SQL may and may not be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from assay.errors import InputError
from assay.spark.features.lineage import watching_jobs
from assay.spark.profiling.daily_sums import measure_sums

from ..expect_errors import raises_code

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DAYS = [date(2024, 2, 1) + timedelta(days=n) for n in range(3)]
KEY = ["day", "parcel"]


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    chance = np.random.default_rng(5)
    n = 900
    return pd.DataFrame(
        {
            "day": [DAYS[i % 3] for i in range(n)],
            "parcel": [f"p{i}" for i in range(n)],
            "weight": chance.integers(0, 2_000_000_000, n),
            "net price": chance.uniform(0, 50, n),
            "boxes": chance.integers(0, 3, n),
            "score": chance.uniform(size=n),
        }
    )


@pytest.fixture(scope="module")
def rows(spark: SparkSession, raw: pd.DataFrame) -> DataFrame:
    made = raw.assign(score=-1.0)
    return spark.createDataFrame(
        made, "day date, parcel string, weight int, `net price` double, boxes int, score double"
    )


@pytest.fixture(scope="module")
def scores(spark: SparkSession, raw: pd.DataFrame) -> DataFrame:
    return spark.createDataFrame(raw[["day", "parcel", "score"]], "day date, parcel string, score double")


def measured(rows: DataFrame, scores: DataFrame, **sums: str) -> dict[date, dict[str, float | None]]:
    return measure_sums(rows, scores, partition="day", key=KEY, sums=sums)


def test_each_day_has_the_sums_that_pandas_computes(rows: DataFrame, scores: DataFrame, raw: pd.DataFrame) -> None:
    sums = {"risk": "sum(score * `net price`)", "heavy": "count_if(weight > 1e9 AND score >= 0.5)", "all": "count(*)"}
    by_day = measured(rows, scores, **sums)
    assert set(by_day) == set(DAYS)
    for day in DAYS:
        group = raw[raw["day"] == day]
        assert by_day[day]["risk"] == pytest.approx((group["score"] * group["net price"]).sum())
        assert by_day[day]["heavy"] == ((group["weight"] > 1e9) & (group["score"] >= 0.5)).sum()
        assert by_day[day]["all"] == len(group)


def test_whole_numbers_do_not_wrap_around(rows: DataFrame, scores: DataFrame, raw: pd.DataFrame) -> None:
    short = rows.withColumn("boxes", rows["boxes"].cast("smallint"))
    by_day = measured(short, scores, doubled="sum(weight * 2)", many="sum(boxes * smallint(30000))")
    assert sum(one["doubled"] or 0.0 for one in by_day.values()) == 2 * raw["weight"].sum()
    assert sum(one["many"] or 0.0 for one in by_day.values()) == 30_000 * raw["boxes"].sum()


def test_a_zero_divisor_is_null_and_a_value_that_is_null_or_not_finite_is_none(
    rows: DataFrame, scores: DataFrame
) -> None:
    sums = {"none": "sum(score / 0)", "ratio": "sum(score) / sum(boxes - boxes)", "mean": "avg(nullif(boxes, boxes))"}
    by_day = measured(rows, scores, each="sum(score / boxes)", infinite="sum(double('Infinity'))", **sums)
    assert all(one["each"] is not None and one["each"] > 0 for one in by_day.values())
    assert {one[name] for one in by_day.values() for name in sums} == {None}
    assert {one["infinite"] for one in by_day.values()} == {None}


def test_a_day_without_scores_has_no_sums(rows: DataFrame, scores: DataFrame) -> None:
    assert set(measured(rows, scores.where(f"day <> '{DAYS[0]}'"), all="count(*)")) == set(DAYS[1:])


def test_all_sums_of_all_days_take_few_jobs(spark: SparkSession, rows: DataFrame, scores: DataFrame) -> None:
    with watching_jobs(spark) as jobs:
        measured(rows, scores, risk="sum(score)", all="count(*)")
    assert 0 < jobs.count <= 4


@pytest.mark.parametrize("sql", ["sum(score * missing)", "score * 2", "sum(score", "collect_list(score)"])
def test_sql_that_gives_no_number_is_refused_by_its_name(rows: DataFrame, scores: DataFrame, sql: str) -> None:
    with raises_code(InputError, "sum", "wrong"):
        measured(rows, scores, wrong=sql)
