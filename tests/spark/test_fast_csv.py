"""Spark's own parser, where it may read a plain line, gives the row that our rules give."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from assay.spark.landing import csv_texts
from assay.spark.landing.fast_csv import is_plain, read_plain
from assay.spark.landing.landed_rows import read_landed
from assay.spark.landing.row_columns import FILE

from .landed_csv import DAY, land, schema

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
    taken = plain.select(F.col("raw"), read_plain(F.col("raw"), shape, shape.layout()).alias("read"))
    assert (taken.where(is_plain(F.col("raw"), F.col("read"), shape)).count() > 200) == ("" in nulls)
    monkeypatch.setattr(csv_texts, "is_plain", lambda *_: F.lit(False))
    assert read() == shortcut
