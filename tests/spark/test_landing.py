"""Landed text becomes typed rows, or rows that say why not."""

from __future__ import annotations

import gzip
import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from assay.errors import InfrastructureError, InputError
from assay.spark.cleaning import landed_rows
from assay.spark.cleaning.fast_csv import is_plain, read_plain
from assay.spark.cleaning.landed_rows import FILE, RAW, REASON, read_landed
from assay.spec.schema.table import TableSchema

from ..expect_errors import raises_code

DAY = date(2013, 1, 5)
ZONE = "spark.sql.session.timeZone"


def schema(*columns: str, **more: Any) -> TableSchema:
    """A schema from `name type` texts, `name type format` for a format."""
    parts = [column.split(" ", 2) for column in columns]
    return TableSchema(
        columns=[{"name": p[0], "type": p[1], **({"format": p[2]} if len(p) > 2 else {})} for p in parts], **more
    )


def land(folder: Path, name: str, text: str) -> str:
    """Write a file of that text; its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


@contextmanager
def session_zone(spark: SparkSession, zone: str) -> Iterator[None]:
    """The session in another time zone."""
    before = spark.conf.get(ZONE)
    spark.conf.set(ZONE, zone)
    try:
        yield
    finally:
        spark.conf.set(ZONE, str(before))


def one_column(spark: SparkSession, folder: Path, kind: str, texts: list[str], **more: Any) -> list[Row]:
    """(value, reason) of each text, landed as the column `x` of that type beside the column `n`."""
    lines = "".join(f"{n};{text}\n" for n, text in enumerate(texts))
    path = land(folder, "one.csv", f"n;x\n{lines}")
    shape = schema("n int", f"x {kind}", delimiter=";", **more)
    return read_landed(spark, {path: DAY}, shape, "day", zone="UTC").orderBy("n").select("x", REASON).collect()


def test_many_days_of_plain_and_gzipped_files_are_one_frame(spark: SparkSession, tmp_path: Path) -> None:
    files = {
        land(tmp_path, "2013-01-05/a.csv", "origin,distance\nJFK,10\nLGA,20\n"): DAY,
        land(tmp_path, "2013-01-05/b.csv.gz", "origin,distance\nEWR,30\n"): DAY,
        land(tmp_path, "2013-01-06.csv", "origin,distance\n"): date(2013, 1, 6),
        land(tmp_path, "2013-01-07.csv", "origin,distance\r\nJFK,40\r\n\r\n"): date(2013, 1, 7),
    }
    frame = read_landed(spark, files, schema("origin string", "distance int"), "day", zone="UTC")
    assert [field.simpleString() for field in frame.schema][:3] == ["origin:string", "distance:int", "day:date"]
    rows = {(r.origin, r.distance, r.day, r[FILE]) for r in frame.collect()}
    five, six, _, seven = files
    assert rows == {
        ("JFK", 10, DAY, five),
        ("LGA", 20, DAY, five),
        ("EWR", 30, DAY, six),
        ("JFK", 40, date(2013, 1, 7), seven),
    }


def test_a_path_with_spaces_percents_and_brackets_finds_its_date(spark: SparkSession, tmp_path: Path) -> None:
    files = {
        land(tmp_path, "a b%20c+d/[x]{y}*?/2013-01-05/é#1.csv", "origin\nJFK\n"): DAY,
        land(tmp_path, "a b c+d/2013-01-06.csv", "origin\nLGA\n"): date(2013, 1, 6),
    }
    frame = read_landed(spark, files, schema("origin string"), "day", zone="UTC")
    assert {(r.origin, r.day, r[FILE]) for r in frame.collect()} == {
        ("JFK", DAY, min(files, key=lambda path: files[path])),
        ("LGA", date(2013, 1, 6), max(files, key=lambda path: files[path])),
    }


def test_more_files_than_a_map_should_hold_find_their_dates_too(spark: SparkSession, tmp_path: Path) -> None:
    days = [date.fromordinal(DAY.toordinal() + n) for n in range(70)]
    files = {land(tmp_path, f"{day} x.csv", f"origin\n{day}\n"): day for day in days}
    rows = read_landed(spark, files, schema("origin string"), "day", zone="UTC").collect()
    assert sorted((r.origin, r.day, files[r[FILE]]) for r in rows) == [(str(day), day, day) for day in days]


def test_no_files_are_no_rows(spark: SparkSession) -> None:
    assert read_landed(spark, {}, schema("origin string", "distance int"), "day", zone="UTC").collect() == []


def test_a_landed_file_that_went_away_is_told(spark: SparkSession, tmp_path: Path) -> None:
    there = land(tmp_path, "2013-01-05/a.csv", "origin\nJFK\n")
    with pytest.raises(Exception, match=r"gone\.csv"):
        read_landed(
            spark, {there: DAY, str(tmp_path / "gone.csv"): DAY}, schema("origin string"), "day", zone="UTC"
        ).collect()


def test_a_line_with_too_few_or_too_many_fields_is_malformed_and_keeps_its_text(
    spark: SparkSession, tmp_path: Path
) -> None:
    path = land(tmp_path, "a.csv", "a,b\n1,x\n2\n3,x,y\n5,\x01z\n")
    rows = read_landed(spark, {path: DAY}, schema("a int", "b string"), "day", zone="UTC").collect()
    assert {r[RAW]: r[REASON] for r in rows if r[REASON]} == {
        "2": "quarantine:malformed",
        "3,x,y": "quarantine:malformed",
    }
    assert {(r.a, r.b) for r in rows if r[REASON] is None} == {(1, "x"), (5, "\x01z")}


def test_a_header_in_the_middle_of_a_file_is_malformed_even_where_all_columns_are_text(
    spark: SparkSession, tmp_path: Path
) -> None:
    path = land(tmp_path, "a.csv", "a,b\nx,y\na,b\nz,z\n")
    rows = read_landed(spark, {path: DAY}, schema("a string", "b string"), "day", zone="UTC").collect()
    assert [(r.a, r[REASON]) for r in rows] == [("x", None), ("a", "quarantine:malformed"), ("z", None)]


def test_quotes_delimiters_and_quotes_in_quotes_are_read(spark: SparkSession, tmp_path: Path) -> None:
    path = land(tmp_path, "a.csv", 'a|b\n"x|y"|1\n"he said ""no"""|2\n\\|3\n')
    rows = read_landed(spark, {path: DAY}, schema("a string", "b int", delimiter="|"), "day", zone="UTC").collect()
    assert [(r.a, r.b, r[REASON]) for r in rows] == [("x|y", 1, None), ('he said "no"', 2, None), ("\\", 3, None)]


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


def test_a_row_of_another_date_than_its_file_is_set_aside_under_its_files_date(
    spark: SparkSession, tmp_path: Path
) -> None:
    path = land(tmp_path, "a.csv", "day,n\n2013-01-05,1\n2013-01-06,2\n,3\n5.1.,4\n")
    for kind, last in (("date", "type:day"), ("string", "wrong_partition")):
        rows = read_landed(spark, {path: DAY}, schema(f"day {kind}", "n int"), "day", zone="UTC").collect()
        assert [r.day for r in rows] == [DAY] * 4
        assert [r[REASON] for r in rows] == [
            None,
            "quarantine:wrong_partition",
            "quarantine:wrong_partition",
            f"quarantine:{last}",
        ]


def test_a_partition_column_that_is_an_instant_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    path = land(tmp_path, "a.csv", "day\n2013-01-05T00:00:00Z\n")
    with raises_code(InputError, "bad-partition", "day", "timestamp"):
        read_landed(spark, {path: DAY}, schema("day timestamp"), "day", zone="UTC")


def test_a_file_that_spark_finds_but_nobody_landed_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    land(tmp_path, "folder/a.csv", "origin\nJFK\n")
    with raises_code(InfrastructureError, "unknown-file", "folder/a.csv"):
        read_landed(spark, {str(tmp_path / "folder"): DAY}, schema("origin string"), "day", zone="UTC")


ODD = [
    "",
    "NA",
    "-",
    "1",
    "-7",
    "+5",
    " 5",
    "5 ",
    "1.5",
    ".5",
    "5.",
    "1e5",
    "1e999",
    "12D",
    "1f",
    "0x1p3",
    "NaN",
    "inf",
]
ODD += [
    "Infinity",
    "-Infinity",
    "1_0",
    "٣",
    "5\x01",
    "true",
    "TRUE",
    "t",
    "yes",
    "x",
    '"1"',
    '""',
    '"NA"',
    '"1,5"',
    "df",
]
ODD += [
    "2147483648",
    "9223372036854775808",
    "1,2",
    "1d-",
    "d1",
    "3fd",
    '"1d"',
    "2013-01-05",
    "2013",
    "1.0",
    "-0.0",
    "é",
]


@pytest.mark.parametrize("nulls", [["", "NA"], [""], ["", "-", "NA"], ["NA"], []])
def test_a_plain_line_is_typed_as_any_other_by_the_parser_that_is_quicker(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nulls: list[str]
) -> None:
    kinds = ["int", "long", "double", "boolean", "string", "date"]
    drawn = random.Random(7)
    usual = {"int": "12", "long": "-3", "double": "2.5", "boolean": "true", "string": "AA", "date": "2013-01-05"}
    lines = [
        ",".join(drawn.choice(ODD) if drawn.random() < 0.3 else usual[kind] for kind in kinds) for _ in range(1_000)
    ]
    lines += [",".join([usual[kind] if kind != odd else text for kind in kinds]) for odd in kinds for text in ODD]
    path = land(tmp_path, "a.csv", "\n".join([",".join(kinds), *lines]) + "\n")
    shape = schema(*[f"{kind} {kind}" for kind in kinds], nulls=nulls)

    def read() -> list[str]:
        frame = read_landed(spark, {path: DAY}, shape, "day", zone="UTC").drop(FILE)
        return sorted(row[0] for row in frame.select(F.to_json(F.struct(*frame.columns))).collect())

    shortcut = read()
    assert len(shortcut) == len(lines)
    plain = spark.createDataFrame([(line,) for line in lines], "raw string")
    taken = plain.select(F.col("raw"), read_plain(F.col("raw"), shape).alias("read"))
    assert (taken.where(is_plain(F.col("raw"), F.col("read"), shape)).count() > 200) == ("" in nulls)
    monkeypatch.setattr(landed_rows, "is_plain", lambda *_: F.lit(False))
    assert read() == shortcut
