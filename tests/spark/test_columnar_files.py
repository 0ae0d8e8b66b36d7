"""Parquet and ORC: each value is what was written, or is refused with a reason; no row gets lost."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from assay.errors import InputError
from assay.spark.cleaning.clean import clean_frame
from assay.spark.landing.landed_rows import read_landed
from assay.spark.landing.row_columns import RAW, REASON, UNREAD
from assay.spec.schema.pipeline import TableSpec

from ..expect_errors import raises_code
from .hostile_texts import REFUSED, ZONE
from .landed_csv import schema
from .landed_formats import DAY, landed, read

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE = datetime.fromisoformat("2013-01-05T10:00:00.123456")
AWARE = NAIVE.replace(tzinfo=UTC)
SKIPPED = datetime.fromisoformat("2013-10-06T02:15:00")  # when the clocks of ZONE are put forward
OLD = datetime.fromisoformat("1500-02-28T01:02:03")


def local_micros(at: datetime) -> int:
    return micros(at.replace(tzinfo=ZoneInfo(ZONE)))


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


COLUMNS: list[tuple[str, str, pa.DataType, list[Any], list[Any]]] = [
    ("i8", "int", pa.int8(), [-128, 127, None], [-128, 127, None]),
    ("i16", "long", pa.int16(), [-32768, 1, None], [-32768, 1, None]),
    ("i32", "int", pa.int32(), [-(2**31), 2**31 - 1, None], [-(2**31), 2**31 - 1, None]),
    ("i64", "int", pa.int64(), [5, 2**31, None], [5, REFUSED, None]),
    ("big", "long", pa.int64(), [-(2**63), 2**63 - 1, None], [-(2**63), 2**63 - 1, None]),
    ("f32", "double", pa.float32(), [0.1, float("nan"), None], [0.10000000149011612, float("nan"), None]),
    ("f64", "double", pa.float64(), [1e-310, float("-inf"), None], [1e-310, float("-inf"), None]),
    ("whole", "double", pa.int64(), [2**60, 2**53 + 1, None], [float(2**60), REFUSED, None]),
    (
        "money",
        "double",
        pa.decimal128(30, 10),
        [Decimal("0.1"), Decimal("12345678901234567.1234567891"), None],
        [0.1, REFUSED, None],
    ),
    ("key", "long", pa.decimal128(38, 0), [Decimal(7), Decimal(2**63), None], [7, REFUSED, None]),
    ("text", "string", pa.string(), ["NA", "a\0é\n", None], ["NA", "a\0é\n", None]),
    ("flag", "boolean", pa.bool_(), [True, False, None], [True, False, None]),
    ("at", "date", pa.date32(), [DAY, date(1500, 2, 28), None], [DAY, date(1500, 2, 28), None]),
    ("local", "timestamp", pa.timestamp("us"), [NAIVE, SKIPPED, None], [local_micros(NAIVE), REFUSED, None]),
    (
        "zoned",
        "timestamp",
        pa.timestamp("us", "Asia/Tokyo"),
        [AWARE, OLD.replace(tzinfo=UTC), None],
        [micros(AWARE), micros(OLD.replace(tzinfo=UTC)), None],
    ),
]
PARQUET_ONLY: list[tuple[str, str, pa.DataType, list[Any], list[Any]]] = [
    ("u8", "int", pa.uint8(), [255, 0, None], [255, 0, None]),
    ("u32", "long", pa.uint32(), [2**32 - 1, 0, None], [2**32 - 1, 0, None]),
    ("u64", "long", pa.uint64(), [2**63 - 1, 2**64 - 1, None], [2**63 - 1, REFUSED, None]),
    ("dictionary", "string", pa.dictionary(pa.int32(), pa.string()), ["x", "y", None], ["x", "y", None]),
    ("large", "string", pa.large_string(), ["x", "", None], ["x", "", None]),
    (
        "millis",
        "timestamp",
        pa.timestamp("ms"),
        [datetime.fromisoformat("2013-01-05T10:00:00"), OLD, None],
        [local_micros(datetime.fromisoformat("2013-01-05T10:00:00")), local_micros(OLD), None],
    ),
    (
        "nanos",
        "timestamp",
        pa.timestamp("ns", "UTC"),
        [1_357_380_000_123_456_000, -1_000, None],
        [1_357_380_000_123_456, -1, None],
    ),
    ("fine", "timestamp", pa.timestamp("ns"), [1_357_380_000_123_456_789, -1, None], [REFUSED, REFUSED, None]),
]


def columnar(path: Path, columns: list[tuple[str, str, pa.DataType, list[Any], list[Any]]], **more: Any) -> Path:
    arrays = {"n": pa.array([0, 1, 2], pa.int32())} | {
        name: pa.array(values, kind) for name, _, kind, values, _ in columns
    }
    # The order of the columns in the file has no meaning.
    table = pa.table(dict(reversed(arrays.items())))
    if path.suffix == ".orc":
        orc.write_table(table, path)
    else:
        pq.write_table(table, path, **more)
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.orc"])
def test_each_value_of_a_columnar_file_is_the_one_that_was_written_or_is_refused(
    spark: SparkSession, tmp_path: Path, name: str
) -> None:
    columns = COLUMNS if name.endswith(".orc") else COLUMNS + PARQUET_ONLY
    for index, column in enumerate(columns):
        folder = tmp_path / str(index)
        folder.mkdir()
        path = columnar(folder / name, [column])
        shape = schema("n int", f"{column[0]} {column[1]}")
        files, by_record = landed([path], shape)
        frame = read_landed(spark, {str(path): DAY}, shape, "day", zone=ZONE, by_record=by_record)
        shown = F.unix_micros(column[0]) if column[1] == "timestamp" else F.col(column[0])
        rows = frame.withColumn("shown", shown).orderBy("n").collect()
        assert files[0].lines == len(rows) == 3
        for row, written, wanted in zip(rows, column[3], column[4], strict=True):
            # The calendar of old days in ORC is unknown.
            old = name.endswith(".orc") and isinstance(written, date) and written.year < 1582
            refused = wanted is REFUSED or old
            reason = row[REASON] or ""
            assert reason.endswith(f":{column[0]}") if refused else not reason, (column, row)
            assert reason.startswith("quarantine:clock_change") == (refused and column[3][row.n] == SKIPPED), (
                column,
                row,
            )
            assert repr(row.shown) == repr(None if refused else wanted), (column, row)
            assert set(json.loads(row[RAW])) == {"n", column[0]}
            assert bool(row[UNREAD]) == refused


def test_all_columns_of_a_file_are_read_together_and_files_may_differ_in_their_types(
    spark: SparkSession, tmp_path: Path
) -> None:
    good = [(name, kind, written, [values[0]] * 3, [wanted[0]] * 3) for name, kind, written, values, wanted in COLUMNS]
    wide = [(name, kind, pa.int64() if name == "i8" else written, *rest) for name, kind, written, *rest in good]
    shape = schema("n int", *(f"{name} {kind}" for name, kind, *_ in COLUMNS))
    paths = [columnar(tmp_path / "a.parquet", good), columnar(tmp_path / "b.parquet", wide)]
    rows = read(spark, paths, shape)
    assert [row[REASON] for row in rows] == [None] * 6
    for row in rows:
        assert [repr(row[name]) for name, *_ in COLUMNS] == [repr(wanted[0]) for *_, wanted in COLUMNS]


def test_a_text_that_is_not_utf_8_is_refused_with_its_row(spark: SparkSession, tmp_path: Path) -> None:
    wrong = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe"))
    pq.write_table(pa.table({"n": [1], "text": wrong}), tmp_path / "a.parquet")
    [row] = read(spark, [tmp_path / "a.parquet"], schema("n int", "text string"))
    assert (row[REASON], row.text) == ("quarantine:type:text", None)
    assert json.loads(row[RAW]) == {"n": 1, "text": "\ufffd\ufffd"}


def test_an_int96_is_an_instant(spark: SparkSession, tmp_path: Path) -> None:
    table = pa.table({"at": pa.array([NAIVE, OLD], pa.timestamp("us"))})
    pq.write_table(table, tmp_path / "a.parquet", use_deprecated_int96_timestamps=True)
    rows = read(spark, [tmp_path / "a.parquet"], schema("at timestamp"))
    assert [row["at"] for row in rows] == [micros(at.replace(tzinfo=UTC)) for at in (NAIVE, OLD)]


@pytest.mark.parametrize("suffix", ["parquet", "orc"])
def test_what_spark_wrote_is_read_as_its_file_says(spark: SparkSession, tmp_path: Path, suffix: str) -> None:
    # Spark writes a timestamp without a zone to ORC as a whole number.
    local = "timestamp_ntz'2013-01-05 10:00:00'" if suffix == "parquet" else "timestamp'2013-01-05 10:00:00Z'"
    frame = spark.sql(f"SELECT timestamp'2013-01-05 10:00:00Z' AS zoned, {local} AS local")
    frame.coalesce(1).write.format(suffix).save(str(tmp_path / "made"))
    [part] = (tmp_path / "made").glob(f"*.{suffix}")
    [row] = read(spark, [part], schema("zoned timestamp", "local timestamp"))
    at = datetime.fromisoformat("2013-01-05T10:00:00")
    # Spark's ORC keeps what its own clock shows, and not that it was an instant.
    zoned = local_micros(at) if suffix == "orc" else micros(at.replace(tzinfo=UTC))
    assert (row.zoned, row.local) == (zoned, local_micros(at))


def test_a_column_of_which_most_numbers_do_not_fit_stops_the_day(spark: SparkSession, tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": [1, 2**40, 2**41]}), tmp_path / "a.parquet")
    with raises_code(InputError, "column-retyped", "n"):
        read(spark, [tmp_path / "a.parquet"], schema("n int"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "a.orc"])
def test_duplicates_and_wrong_dates_are_set_aside_as_for_csv(spark: SparkSession, tmp_path: Path, name: str) -> None:
    table = pa.table({"key": ["a", "a", "b", None], "day": [DAY, DAY, date(2013, 1, 6), DAY]})
    path = tmp_path / name
    if name == "a.jsonl":
        path.write_text("".join(f"{json.dumps(row, default=str)}\n" for row in table.to_pylist()))
    elif name == "a.parquet":
        pq.write_table(table, path)
    else:
        orc.write_table(table, path)
    source = {"path": "x", "format": path.suffix[1:], "schema": "x"}
    spec, shape = TableSpec.model_validate({"from": source, "key": ["key"]}), schema("key string", "day date")
    files, by_record = landed([path], shape)
    cleaned = clean_frame(spark, {str(path): DAY}, spec, shape, "day", zone=ZONE, by_record=by_record)
    try:
        reasons = sorted(row.reason for row in cleaned.refused.collect())
        assert reasons == ["duplicate", "null_key", "wrong_partition"]
        assert [tuple(row) for row in cleaned.good.collect()] == [("a", DAY)]
        assert files[0].lines == 4
    finally:
        cleaned.forget()
