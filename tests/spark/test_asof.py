"""Inputs are cut to what was known; an oracle in plain Python says what each date may see."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from assay.core.interval import Interval, as_of_instant
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.spark.features.labels import with_label
from assay.spark.features.point_in_time import (
    OBSERVED,
    AsOfPolicy,
    build_features,
    check_features,
    feature_columns,
    point_in_time_view,
)

from ..expect_errors import raises_code

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NEW_YORK = ZoneInfo("America/New_York")
SPRING = Interval(date(2013, 3, 8), date(2013, 3, 14))  # the clocks go forward on the 10th
EVENTS = "day date, station string, available_at timestamp, value int"


def events(first: date, days: int, per_day: int = 12, seed: int = 1) -> list[tuple[date, str, datetime | None, int]]:
    chance = random.Random(seed)
    made: list[tuple[date, str, datetime | None, int]] = []
    for n in range(days):
        day = first + timedelta(days=n)
        for m in range(per_day):
            midnight = datetime.combine(day, time(), tzinfo=UTC)
            known = midnight + timedelta(hours=chance.randrange(-30, 80), microseconds=chance.randrange(3))
            made.append((day, chance.choice("ABC"), None if m == 0 else known, n * per_day + m))
        # Known at exactly the instant of scoring, a microsecond before it, and never.
        instant = as_of_instant(day, time(), NEW_YORK)
        made += [(day, "X", instant, -1), (day, "Y", instant - timedelta(microseconds=1), -2)]
    return made


def seen(rows: list[tuple[date, str, datetime | None, int]], dates: Interval, lookback: int, at: time) -> list[tuple]:
    return sorted(
        (day, own, station, value)
        for day in dates
        for own, station, known, value in rows
        if day - timedelta(days=lookback) <= own <= day
        and known is not None
        and known < as_of_instant(day, at, NEW_YORK)
    )


def collected(frame: DataFrame) -> list[tuple]:
    return sorted(tuple(row) for row in frame.select("day", OBSERVED, "station", "value").collect())


@pytest.fixture(params=["UTC", "Pacific/Apia", "America/St_Johns"])
def odd_zone(spark: SparkSession, request: pytest.FixtureRequest) -> Iterator[str]:
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", request.param)
    yield request.param
    spark.conf.set("spark.sql.session.timeZone", before)


@pytest.mark.parametrize(("at", "lookback"), [(time(), 3), (time(2, 30), 1), (time(23, 59), 0)])
@pytest.mark.usefixtures("odd_zone")
def test_each_date_sees_exactly_what_was_known_before_its_instant_in_any_session_zone(
    spark: SparkSession, at: time, lookback: int
) -> None:
    rows = events(date(2013, 3, 3), 16)
    frame = spark.createDataFrame(rows, EVENTS)

    cut = point_in_time_view(
        frame, partition="day", available_at="available_at", dates=SPRING, lookback=lookback, at=at, zone=NEW_YORK
    )

    assert cut.columns == ["day", "station", "available_at", "value", OBSERVED]
    assert collected(cut) == seen(rows, SPRING, lookback, at)


def test_a_leap_day_and_the_end_of_daylight_saving_are_days_like_others(spark: SparkSession) -> None:
    for dates in (Interval(date(2012, 2, 27), date(2012, 3, 3)), Interval(date(2013, 11, 1), date(2013, 11, 6))):
        rows = events(dates.start - timedelta(days=3), 9, seed=7)
        cut = point_in_time_view(
            spark.createDataFrame(rows, EVENTS),
            partition="day",
            available_at="available_at",
            dates=dates,
            lookback=2,
            at=time(1, 30),  # twice on the day that the clocks go back: the first counts
            zone=NEW_YORK,
        )
        assert collected(cut) == seen(rows, dates, 2, time(1, 30))


def test_only_partitions_of_the_lookback_and_the_interval_are_read(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "events")
    spark.createDataFrame(events(date(2013, 3, 1), 30), EVENTS).write.partitionBy("day").parquet(path)
    frame = spark.read.parquet(path)

    cut = point_in_time_view(
        frame, partition="day", available_at="available_at", dates=SPRING, lookback=2, at=time(), zone=NEW_YORK
    )

    cut.collect()
    plan = cut._jdf.queryExecution().executedPlan().toString()
    filters = plan.split("PartitionFilters: [")[1].split("]")[0]
    assert "(day#" in filters
    assert ">= 2013-03-06" in filters
    assert "< 2013-03-14" in filters


def test_a_partition_column_that_is_no_date_is_refused_naming_both_types(spark: SparkSession) -> None:
    frame = spark.createDataFrame(
        [("2013-03-08", datetime(2013, 3, 7, tzinfo=UTC))], "day string, available_at timestamp"
    )
    with raises_code(InputError, "wrong-type", "day", "string", "date"):
        point_in_time_view(
            frame, partition="day", available_at="available_at", dates=SPRING, lookback=0, at=time(), zone=NEW_YORK
        )


def test_an_available_at_that_the_table_lacks_is_refused_with_a_suggestion(spark: SparkSession) -> None:
    frame = spark.createDataFrame(events(date(2013, 3, 8), 1), EVENTS)
    with raises_code(InputError, "unknown-column", "available_att", "available_at"):
        point_in_time_view(
            frame, partition="day", available_at="available_att", dates=SPRING, lookback=0, at=time(), zone=NEW_YORK
        )


def plan(spark: SparkSession, dates: Interval = SPRING) -> DataFrame:
    rows = [(day, station, n) for day in dates.back(2) for n, station in enumerate("ABC")]
    return spark.createDataFrame(rows, "day date, station string, rank int")


def build(spark: SparkSession, function: object, dates: Interval = SPRING) -> DataFrame:
    frame = spark.createDataFrame(events(date(2013, 3, 3), 16), EVENTS)
    return build_features(
        function,  # type: ignore[arg-type]
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
    spark: SparkSession, function: object, code: str, named: list[str]
) -> None:
    with raises_code(InputError, code, "test_asof:<lambda>", *named) as caught:
        build(spark, function)
    assert caught.value.location is not None
    assert caught.value.location.file.endswith("test_asof.py")


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


def label(
    spark: SparkSession, before: datetime | None, when: str = "delay > 15", available_at: str | None = "at"
) -> dict:
    monday = date(2013, 3, 11)
    rows = spark.createDataFrame([(monday, key) for key in "abcdef"], "day date, key string")
    outcomes = spark.createDataFrame(
        [
            (monday, "a", 20, datetime(2013, 3, 12, tzinfo=UTC)),
            (monday, "b", 5, datetime(2013, 3, 12, tzinfo=UTC)),
            (monday, "c", None, datetime(2013, 3, 12, tzinfo=UTC)),
            (monday, "d", 20, datetime(2013, 3, 13, tzinfo=UTC)),
            (monday, "e", 5, datetime(2013, 3, 12, tzinfo=UTC)),
            (monday, "e", 50, datetime(2013, 3, 13, tzinfo=UTC)),
            (date(2013, 3, 12), "f", 50, datetime(2013, 3, 12, tzinfo=UTC)),
        ],
        "day date, key string, delay int, at timestamp",
    )
    labelled = with_label(
        rows,
        outcomes,
        key=["key"],
        sql=when,
        name="late",
        known_before=before,
        available_at=available_at,
        partition="day",
    )
    assert labelled.columns == ["day", "key", "late"]
    assert labelled.schema["late"].dataType.simpleString() == "int"
    labelled_rows = labelled.collect()
    assert len(labelled_rows) == 6  # the doubled outcome of e multiplies nothing
    return {row["key"]: row["late"] for row in labelled_rows}


@pytest.mark.usefixtures("odd_zone")
def test_a_label_is_null_where_it_is_unknown_or_known_too_late(spark: SparkSession) -> None:
    all_known = {"a": 1, "b": 0, "c": None, "d": 1, "e": 1, "f": None}
    assert label(spark, None) == all_known
    assert label(spark, datetime(2013, 3, 13, 0, 0, 0, 1, tzinfo=UTC)) == all_known
    assert label(spark, datetime(2013, 3, 13, tzinfo=UTC)) == {**all_known, "d": None, "e": 0}
    assert label(spark, datetime(2013, 3, 12, tzinfo=UTC)) == dict.fromkeys("abcdef")


def test_a_label_that_is_no_condition_or_cannot_be_cut_is_refused(spark: SparkSession) -> None:
    with raises_code(InputError, "label-condition", "delay", "int"):
        label(spark, None, when="delay")
    with raises_code(InputError, "label-condition", "dely > 15", "dely"):
        label(spark, None, when="dely > 15")
    with raises_code(InputError, "no-available-at", "available_at"):
        label(spark, datetime(2013, 3, 12, tzinfo=UTC), available_at=None)


def test_the_label_of_a_regression_is_the_number_that_its_sql_gives(spark: SparkSession) -> None:
    day = date(2013, 3, 11)
    rows = spark.createDataFrame([(day, key) for key in "abcdx"], "day date, key string")
    outcomes = spark.createDataFrame(
        [(day, "a", 30.0, 4), (day, "b", None, 4), (day, "c", float("nan"), 4), (day, "d", 5.0, 0)],
        "day date, key string, miles double, hours int",
    )
    options: Any = {"key": ["key"], "name": "speed", "known_before": None, "available_at": None, "partition": "day"}
    with_speeds = with_label(rows, outcomes, sql="miles / hours", task=TaskType.REGRESSION, **options)
    assert with_speeds.schema["speed"].dataType.simpleString() == "double"
    speeds = {row["key"]: row["speed"] for row in with_speeds.collect()}
    assert math.isnan(speeds.pop("c"))
    assert speeds == {"a": 7.5, "b": None, "d": None, "x": None}
    with raises_code(InputError, "label-value", "miles > 4", "boolean"):
        with_label(rows, outcomes, sql="miles > 4", task=TaskType.REGRESSION, **options)
