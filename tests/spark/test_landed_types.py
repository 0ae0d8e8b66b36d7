"""Landed texts become values of their types, instants and dates among them, or say why not."""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from assay.spark.landing.landed_rows import read_landed
from assay.spark.landing.row_columns import REASON

from .conftest import session_zone
from .landed_csv import DAY, land, one_column, schema


def test_only_the_tokens_of_the_schema_are_null(spark: SparkSession, tmp_path: Path) -> None:
    rows = one_column(spark, tmp_path, "string", ["", "NA", "null", '""', " "], nulls=["NA"])
    assert [r.x for r in rows] == ["", None, "null", "", " "]
    rows = one_column(spark, tmp_path, "int", ["", "NA", "null", "-"])
    assert [(r.x, r[REASON]) for r in rows] == [
        (None, None),
        (None, None),
        (None, "quarantine:type:x"),
        (None, "quarantine:type:x"),
    ]
    assert one_column(spark, tmp_path, "int", [""], nulls=[])[0][REASON] == "quarantine:type:x"


def test_nan_infinities_and_huge_doubles_are_values(spark: SparkSession, tmp_path: Path) -> None:
    texts = ["NaN", "inf", "-Infinity", "1e308", "-0.0", ".5", "1.", "-1.5E-3"]
    rows = one_column(spark, tmp_path, "double", texts)
    assert [r[REASON] for r in rows] == [None] * len(texts)
    values = [r.x for r in rows]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 1e308, 0.0, 0.5, 1.0, -0.0015]
    assert math.copysign(1.0, values[4]) == -1.0


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("double", ["12D", "0x1p3", "1e999", "1,5", "1_0", "x"]),
        ("int", ["1.0", "2147483648", "1e3", "x"]),
        ("long", ["9223372036854775808", "1.5"]),
        ("boolean", ["maybe", "2"]),
        ("date", ["2013-02-29", "2013-1-5", "2013", "01/05/2013", "2013-01-05T00:00:00Z"]),
        ("date dd.MM.yyyy", ["29.02.2013", "2013-01-05"]),
        ("timestamp", ["2013-02-29T00:00:00Z", "2013-01-05", "05:00", "2013-01-05T25:00:00Z", "now", "2013"]),
        ("timestamp yyyy-MM-dd HH:mm", ["2013-02-29 00:00", "2013-01-05T00:00:00Z"]),
    ],
)
def test_a_text_of_another_type_is_quarantined_and_never_nulled(
    spark: SparkSession, tmp_path: Path, kind: str, texts: list[str]
) -> None:
    assert [r[REASON] for r in one_column(spark, tmp_path, kind, texts)] == ["quarantine:type:x"] * len(texts)


def test_the_first_column_in_the_order_of_the_schema_that_does_not_parse_is_named(
    spark: SparkSession, tmp_path: Path
) -> None:
    path = land(tmp_path, "a.csv", "a,b,c\nx,y,z\n1,2,z\n")
    rows = read_landed(spark, {path: DAY}, schema("c int", "b int", "a int"), "day", zone="UTC").collect()
    assert [r[REASON] for r in rows] == ["quarantine:type:c", "quarantine:type:a"]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_instants_and_dates_are_the_same_in_any_session_zone(spark: SparkSession, tmp_path: Path, zone: str) -> None:
    # Both hours of 01:30 when daylight saving ends, the hour that New York skips, a leap day, an offset of quarters.
    texts = {
        "2013-11-03T01:30:00-04:00": 1_383_456_600,
        "2013-11-03T01:30:00-05:00": 1_383_460_200,
        "2013-11-03T05:30:00Z": 1_383_456_600,
        "2013-11-03 05:30:00": 1_383_456_600,
        "2013-11-03T05:30": 1_383_456_600,
        "2013-03-10 02:30:00": 1_362_882_600,
        "2012-02-29T12:00:00.25+0545": 1_330_496_100.25,
    }
    with session_zone(spark, zone):
        path = land(tmp_path, "a.csv", "x\n" + "\n".join(texts) + "\n")
        frame = read_landed(spark, {path: DAY}, schema("x timestamp"), "day", zone="UTC")
        seconds = [r[0] for r in frame.select(F.unix_micros("x") / 1e6).collect()]
        assert seconds == list(texts.values())
        path = land(tmp_path, "b.csv", "x,y\n2012-02-29,03.11.2013 01:30\n")
        frame = read_landed(spark, {path: DAY}, schema("x date", "y timestamp dd.MM.yyyy HH:mm"), "day", zone="UTC")
        row = frame.select("x", F.unix_seconds("y"), REASON).collect()[0]
        assert tuple(row) == (date(2012, 2, 29), 1_383_442_200, None)


def test_a_timestamp_format_with_a_zone_is_read_with_it(spark: SparkSession, tmp_path: Path) -> None:
    with session_zone(spark, "Asia/Tokyo"):
        path = land(tmp_path, "a.csv", "x\n05Jan2013 01:30 -0500\n")
        frame = read_landed(spark, {path: DAY}, schema("x timestamp ddMMMyyyy HH:mm xx"), "day", zone="UTC")
        assert frame.select(F.unix_seconds("x")).collect()[0][0] == 1_357_367_400


@pytest.mark.parametrize("session", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "UTC"])
def test_a_time_without_a_zone_is_a_local_one_of_the_pipeline_and_refused_where_that_is_no_instant(
    spark: SparkSession, tmp_path: Path, session: str, zone: str
) -> None:
    times = ["2013-07-01 12:00:00", "2013-01-01 00:00:00", "2013-03-10 03:00:00", "2013-11-03 00:59:00"]
    changes = {
        "America/New_York": ["2013-03-10 02:30:00", "2013-11-03 01:30:00"],
        "Europe/Berlin": ["2013-03-31 02:00:00", "2013-10-27 02:59:00"],
    }.get(zone, [])
    local = [datetime.fromisoformat(text) for text in times]
    # The same times as a plain timestamp, and as one with a pattern.
    lines = "".join(f"{text},{text[8:10]}.{text[5:7]}.2013 {text[11:16]}\n" for text in times + changes)
    path = land(tmp_path, "a.csv", f"x,y\n{lines}")
    with session_zone(spark, session):
        shape = schema("x timestamp", "y timestamp dd.MM.yyyy HH:mm")
        frame = read_landed(spark, {path: DAY}, shape, "day", zone=zone)
        rows = [tuple(row) for row in frame.select(F.unix_seconds("x"), F.unix_seconds("y"), REASON).collect()]
    instants = [int(at.replace(tzinfo=ZoneInfo(zone)).timestamp()) for at in local]
    assert rows[: len(times)] == [(at, at, None) for at in instants]
    assert rows[len(times) :] == [(None, None, "quarantine:clock_change:x")] * len(changes)
