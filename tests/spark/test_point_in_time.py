"""Inputs are cut to what was known; an oracle in plain Python says what each date may see."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import DataFrame

from assay.core.interval import Interval, as_of_instant
from assay.errors import InputError
from assay.spark.features.point_in_time import (
    OBSERVED,
    point_in_time_view,
)

from ..expect_errors import raises_code
from .station_events import EVENTS, NEW_YORK, SPRING, events

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def seen(
    rows: list[tuple[date, str, datetime | None, int]], dates: Interval, lookback: int, at: time
) -> list[tuple[Any, ...]]:
    return sorted(
        (day, own, station, value)
        for day in dates
        for own, station, known, value in rows
        if day - timedelta(days=lookback) <= own <= day
        and known is not None
        and known < as_of_instant(day, at, NEW_YORK)
    )


def collected(frame: DataFrame) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in frame.select("day", OBSERVED, "station", "value").collect())


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
