"""A record that is replayed as it landed is read as what it was: each value, each reason, in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import orc, parquet
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.core.landing.json_records import JsonShape
from assay.core.landing.refused_records import RecordPlace, RepairedRecord, places_of
from assay.core.landing.repaired_records import RepairedRow, csv_row, json_row
from assay.spark.landing.landed_rows import read_landed
from assay.spark.landing.replayed_rows import Replay, read_and_replay, replayed
from assay.spark.landing.row_columns import FILE, RAW, REASON, REPLAYED, TYPE, UNREAD
from assay.spark.sources.table_rows import RowReader
from assay.spec.schema.table import TableSchema

from .hostile_texts import BOOLEANS, DATES, KINDS, NUMBERS, SCHEMA, TEXTS, TIMES, USUAL, ZONE
from .landed_csv import schema
from .landed_formats import DAY, landed

pytestmark = pytest.mark.system

BY_KIND = {"boolean": BOOLEANS, "date": DATES, "timestamp": TIMES, "string": TEXTS}
HOSTILE = [{**USUAL, kind: text} for kind in KINDS for text in BY_KIND.get(kind, NUMBERS)]
HEADER = ("n", *KINDS)
Repaired = Callable[[RecordPlace, str], RepairedRow]


def as_it_landed(frame: DataFrame, repaired: Repaired) -> list[RepairedRow]:
    """Every record of the frame, as a repair that changes nothing."""
    raws = [(row[0], row[1]) for row in frame.select(FILE, RAW).collect()]
    return [repaired(place, raw) for place, (_, raw) in zip(places_of(raws, []), raws, strict=True)]


def comparable(frame: DataFrame) -> list[str]:
    """The rows with all that is internal, sorted; instants as microseconds."""
    instants = {name: F.unix_micros(name) for name, kind in frame.dtypes if kind == "timestamp"}
    kept = [name for name in frame.columns if name != REPLAYED]
    return sorted(str(row) for row in frame.select(kept).withColumns(instants).collect())


def check(frame: DataFrame, rows: Sequence[RepairedRow], shape: TableSchema, *, nulls_are_read: bool) -> None:
    """Replay every record, and compare."""
    after = replayed(frame, Replay(rows, shape, "day", ZONE, nulls_are_read))
    assert after.where(F.col(REPLAYED).isNotNull()).count() == len(rows) == frame.count()
    assert comparable(after) == comparable(frame)


def written(rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


@pytest.mark.parametrize("more", ["", '7,"a\nb",x\n8,"un'])
def test_records_of_csv(spark: SparkSession, tmp_path: Path, more: str) -> None:
    path = tmp_path / "hostile.csv"
    rows = [(str(n), *one.values()) for n, one in enumerate(HOSTILE)]
    without_nul = [row for row in rows if "\0" not in "".join(row)]  # which the text in quarantine shows as \x00
    lines = written([HEADER, *without_nul, ("3", "x"), HEADER])
    path.write_text(lines + more)
    files, by_record = landed([path], SCHEMA)
    frame = read_landed(spark, {str(path): DAY}, SCHEMA, "day", zone=ZONE, by_record=by_record)
    assert frame.count() == files[0].lines

    def repaired(place: RecordPlace, raw: str) -> RepairedRow:
        return csv_row(RepairedRecord(place, raw), str(path), DAY, SCHEMA.layout(files[0].header))

    check(frame, as_it_landed(frame, repaired), SCHEMA, nulls_are_read=False)


def test_records_of_json_lines(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "hostile.jsonl"
    records = [json.dumps({"n": n, **one}) for n, one in enumerate(HOSTILE)]
    path.write_text("\n".join([*records, '{"n": 1', '{"n": [1]}', '{"n": 1, "n": 2}', '{"double": 1e5, "long": 7}']))
    _, by_record = landed([path], SCHEMA)
    frame = read_landed(spark, {str(path): DAY}, SCHEMA, "day", zone=ZONE, by_record=by_record)
    check(frame, as_it_landed(frame, json_reader(SCHEMA, str(path), SCHEMA.nulls)), SCHEMA, nulls_are_read=True)


def json_reader(shape: TableSchema, file: str, nulls: Sequence[str] = ()) -> Repaired:
    names = JsonShape(shape.header, tuple(one.name for one in shape.source_columns), frozenset(nulls))

    def repaired(place: RecordPlace, raw: str) -> RepairedRow:
        return json_row(RepairedRecord(place, raw), file, DAY, names, lambda name: name in shape.header, TYPE)

    return repaired


NAIVE = datetime.fromisoformat("2013-01-05T10:00:00.123456")
COLUMNAR: dict[str, tuple[str, pa.DataType, list[Any]]] = {
    "i": ("int", pa.int32(), [7, -(2**31), None]),
    "l": ("long", pa.int64(), [2**63 - 1, -1, None]),
    "d": ("double", pa.float64(), [0.1, 1e-310, float("nan")]),
    "text": ("string", pa.string(), ["NA", 'é\n"', None]),
    "flag": ("boolean", pa.bool_(), [True, False, None]),
    "at": ("date", pa.date32(), [DAY, date(1999, 12, 31), None]),
    "local": ("timestamp", pa.timestamp("us"), [NAIVE, datetime.fromisoformat("2013-10-06T02:15:00"), None]),
    "zoned": ("timestamp", pa.timestamp("us", "Asia/Tokyo"), [NAIVE.replace(tzinfo=UTC)] * 3),
}


@pytest.mark.parametrize("kind", ["parquet", "orc"])
def test_rows_of_columnar_files(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    shape = schema(*[f"{name} {column[0]}" for name, column in COLUMNAR.items()])
    path = tmp_path / f"rows.{kind}"
    table = pa.table({name: pa.array(values, type_) for name, (_, type_, values) in COLUMNAR.items()})
    (parquet if kind == "parquet" else orc).write_table(table, path)
    _, by_record = landed([path], shape)
    frame = read_landed(spark, {str(path): DAY}, shape, "day", zone=ZONE, by_record=by_record)
    good = frame.where(F.col(UNREAD).isNull())
    assert good.count() == 2, "one has a local time that the clocks skipped"
    rows = as_it_landed(good, json_reader(shape, str(path)))
    check(good, rows, shape.without_formats(), nulls_are_read=True)


def test_rows_of_a_table_keep_all_digits_of_an_instant(spark: SparkSession) -> None:
    shape = schema("seen_at timestamp", "local timestamp", "price double", "code string")
    second = timedelta(microseconds=1)
    values = [(NAIVE, NAIVE, 0.1, "NA"), (NAIVE + second, NAIVE, 0.1, "NA"), (NAIVE, None, 2.0, "")]
    source = spark.createDataFrame(values, "seen_at timestamp, local timestamp_ntz, price double, code string")
    names = {name: name for name in shape.names}
    reader = RowReader(shape, "day", ZONE)
    frame = reader.read(source.withColumn("of", F.lit(DAY)), names, "of", "of", [DAY], "table").persist()
    assert frame.where(F.col(REASON).isNull()).select(RAW).distinct().count() == 3
    check(frame, as_it_landed(frame, json_reader(shape, "table")), shape.without_formats(), nulls_are_read=True)


def test_parts_without_a_repair_are_read_as_ever_and_a_repair_without_its_record_adds_no_row(
    spark: SparkSession, tmp_path: Path
) -> None:
    shape, paths = schema("n int", "x int"), [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for number, path in enumerate(paths):
        path.write_text(f"n,x\n{number},1\n{number},bad\n")
    files = {str(path): DAY for path in paths}
    calls: list[list[str]] = []

    def read(some: Sequence[str]) -> DataFrame:
        calls.append(sorted(some))
        return read_landed(spark, {path: files[path] for path in some}, shape, "day", zone="UTC")

    place = places_of([(str(paths[1]), "1,bad")], [])[0]
    gone = RecordPlace(str(paths[2]), place.text, 0)
    rows = [csv_row(RepairedRecord(one, "1,8"), one.file, DAY, shape.layout()) for one in (place, gone)]
    frame = read_and_replay(read, list(files), [one.file for one in rows], Replay(rows, shape, "day", "UTC", False))
    assert calls == [[str(paths[1]), str(paths[2])], [str(paths[0])]]
    good = sorted((row.n, row.x, row[REASON]) for row in frame.collect() if row[REASON] is None)
    assert (frame.count(), good) == (6, [(0, 1, None), (1, 1, None), (1, 8, None), (2, 1, None)])
    assert frame.where(F.col(REPLAYED).isNotNull()).count() == 1
