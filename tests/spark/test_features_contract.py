"""Features are built for many dates as for each alone, and a function that breaks the contract is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from assay.core.interval import Interval
from assay.errors import InputError
from assay.spark.features.point_in_time import (
    AsOfPolicy,
    build_features,
    check_features,
    feature_columns,
)

from ..expect_errors import raises_code
from .station_events import EVENTS, NEW_YORK, SPRING, events

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def plan(spark: SparkSession, dates: Interval = SPRING) -> DataFrame:
    rows = [(day, station, n) for day in dates.back(2) for n, station in enumerate("ABC")]
    return spark.createDataFrame(rows, "day date, station string, rank int")


def build(spark: SparkSession, function: Callable[..., Any], dates: Interval = SPRING) -> DataFrame:
    frame = spark.createDataFrame(events(date(2013, 3, 3), 16), EVENTS)
    return build_features(
        function,
        plan(spark),
        {"history": frame},
        seen=AsOfPolicy("day", ["station"], {"history": 3}, {"history": "available_at"}, time(), NEW_YORK),
        dates=dates,
    )


def honest(rows: DataFrame, *, history: DataFrame) -> DataFrame:
    seen = history.groupBy("day", "station").agg(F.sum("value").alias("total"), F.count("*").alias("times"))
    half = F.expr("rank * 0.5").alias("half")  # a decimal, as SQL writes it
    return rows.join(seen, ["day", "station"], "left").select("day", "station", half, "times", "total")


def test_features_of_an_interval_are_those_of_its_dates_built_one_by_one(spark: SparkSession) -> None:
    together = sorted(build(spark, honest).collect())
    alone = sorted(row for day in SPRING for row in build(spark, honest, Interval.of(day)).collect())

    assert together == alone
    assert len(together) == 3 * len(SPRING)
    assert any(row["times"] for row in together)


def test_the_result_has_the_key_first_and_decimals_become_doubles(spark: SparkSession) -> None:
    result = build(spark, honest)
    assert result.columns == ["station", "day", "half", "times", "total"]
    assert dict(result.dtypes)["half"] == "double"
    assert feature_columns(result, ["station", "day"]) == ["half", "times", "total"]


@pytest.mark.parametrize(
    ("function", "code", "named"),
    [
        (lambda rows, history: rows.drop("station"), "features-contract", ["station"]),  # noqa: ARG005
        (lambda rows, history: rows.select("day", "station"), "features-contract", []),  # noqa: ARG005
        (lambda rows, history: 7, "features-contract", ["int"]),  # noqa: ARG005
        (lambda rows, history: None, "features-contract", ["nothing"]),  # noqa: ARG005
        (lambda rows, history: pd.DataFrame(), "features-contract", ["pandas.DataFrame"]),  # noqa: ARG005
        (lambda rows, history: [][1], "features-failed", ["IndexError"]),  # noqa: ARG005
        (lambda rows, history: 1 / 0, "features-failed", ["ZeroDivisionError"]),  # noqa: ARG005
        (lambda rows, history: rows.where(7), "features-failed", ["PySparkTypeError"]),  # noqa: ARG005
        (
            lambda rows, history: rows.select("*", F.array("rank").alias("all")),  # noqa: ARG005
            "features-contract",
            ["all", "array<int>"],
        ),
        (lambda rows, history: rows.select("*", "rank"), "features-contract", ["rank"]),  # noqa: ARG005
        (
            lambda rows, history: rows.withColumn("day", F.lit("x")),  # noqa: ARG005
            "features-contract",
            ["day", "date", "string"],
        ),
        (lambda rows, history: rows.select("rnak"), "features-failed", ["rnak"]),  # noqa: ARG005
        (lambda rows: rows, "features-failed", ["TypeError", "history"]),
    ],
)
def test_a_function_that_breaks_the_contract_is_refused_by_name(
    spark: SparkSession, function: Callable[..., Any], code: str, named: list[str]
) -> None:
    with raises_code(InputError, code, "test_features_contract:<lambda>", *named) as caught:
        build(spark, function)
    assert caught.value.location is not None
    assert caught.value.location.file.endswith("test_features_contract.py")


def test_an_input_without_available_at_is_never_handed_out_uncut(spark: SparkSession) -> None:
    frame = spark.createDataFrame(events(date(2013, 3, 3), 2), EVENTS)
    with raises_code(InputError, "input-not-cut", "history"):
        build_features(
            honest,
            plan(spark),
            {"history": frame},
            seen=AsOfPolicy("day", ["station"], {"history": 3}, {}, time(), NEW_YORK),
            dates=SPRING,
        )


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("station <> 'A'", ["6 lost", "station=A, day=2013-03-08", 1, 0]),
        ("explode(array(1, 2)) > 0", ["18 doubled", 2]),
        ("IF(station = 'A', 'Z', station)", ["6 lost", "6 invented"]),
    ],
)
def test_keys_lost_doubled_or_invented_are_counted_with_an_example(
    spark: SparkSession, sql: str, named: list[object]
) -> None:
    rows = plan(spark)
    result = build(spark, honest)
    if sql.startswith("explode"):
        result = result.select("*", F.explode(F.array(F.lit(1), F.lit(2))).alias("twice"))
    elif sql.startswith("IF"):
        result = result.withColumn("station", F.expr(sql))
    else:
        result = result.where(sql)
    with raises_code(InputError, "features-keys", "my:features", *named):
        check_features(result, rows, key=["station"], partition="day", name="my:features", dates=SPRING)


def test_one_row_per_key_passes_the_check(spark: SparkSession) -> None:
    check_features(build(spark, honest), plan(spark), key=["station"], partition="day", name="f", dates=SPRING)
