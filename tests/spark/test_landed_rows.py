"""Landed lines become rows of their date, or rows that say why not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from assay.errors import InfrastructureError, InputError
from assay.spark.landing.landed_rows import read_landed
from assay.spark.landing.row_columns import FILE, RAW, REASON

from ..expect_errors import raises_code
from .landed_csv import DAY, land, schema


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
