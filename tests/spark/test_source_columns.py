"""Columns that are renamed, left out, computed or in a zone of their own, and encodings, as Spark reads them."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import Row, SparkSession

from assay.spark.cleaning.clean import clean_frame
from assay.spark.cleaning.row_accounting import measure_cleaned
from assay.spark.cleaning.sql_analysis import analyse_sql
from assay.spark.landing.multiline_records import ByRecord
from assay.spec.schema.availability import ComputedInstant
from assay.spec.schema.pipeline import TableSpec
from assay.spec.schema.table import TableSchema
from assay.store.landing.landed_file import LandedFile, data_lines, read_landed_file

DAY = date(2013, 1, 5)
A = {"name": "a", "type": "int"}
B = {"name": "b", "type": "string", "source": "Straße, nächste"}
TABLE = TableSpec.model_validate({"from": {"path": "x", "format": "csv", "schema": "x"}, "key": ["a"]})


def land(folder: Path, name: str, data: bytes, schema: TableSchema) -> tuple[str, LandedFile]:
    if name.endswith(".gz"):
        data = gzip.compress(data)
    elif name.endswith(".bz2"):
        data = bz2.compress(data)
    elif name.endswith(".zst"):
        data = pa.compress(data, codec="zstd", asbytes=True)
    (folder / name).write_bytes(data)
    return str(folder / name), read_landed_file(folder / name, name, schema)


def clean(
    spark: SparkSession,
    folder: Path,
    files: dict[str, bytes],
    columns: Sequence[dict[str, Any]],
    *,
    zone: str = "UTC",
    by_record: bool = False,
    **more: Any,
) -> tuple[list[Row], list[str]]:
    """The good rows, and the reasons of the refused ones; in = out + quarantined was checked."""
    schema = TableSchema.model_validate({"columns": list(columns), **more})
    landed = dict(land(folder, name, data, schema) for name, data in files.items())
    apart = frozenset(path for path, file in landed.items() if file.by_record or by_record)
    cleaned = clean_frame(
        spark,
        dict.fromkeys(landed, DAY),
        TABLE,
        schema,
        "day",
        zone=zone,
        by_record=ByRecord(apart, lambda path: data_lines(Path(path), schema.encoding)) if apart else None,
        headers={path: file.header for path, file in landed.items() if file.header},
    )
    try:
        _, counts = measure_cleaned(cleaned, [], [], [DAY])
        good = cleaned.good.drop("day").orderBy("a").collect()
        refused = sorted(row.reason for row in cleaned.refused.collect())
        records = sum(file.lines for file in landed.values())
        assert (counts[DAY]["in"], counts[DAY]["out"]) == (records, len(good))
        assert records == len(good) + len(refused)
        return good, refused
    finally:
        cleaned.forget()


@pytest.mark.parametrize("by_record", [False, True])
def test_a_renamed_column_is_read_by_the_name_in_its_source(
    spark: SparkSession, tmp_path: Path, by_record: bool
) -> None:
    text = 'a,"Straße, nächste"\n1,x\nzwei,y\n'
    good, refused = clean(spark, tmp_path, {"x.csv": text.encode()}, [A, B], by_record=by_record)
    assert good == [Row(a=1, b="x")]
    assert refused == ["type:a"]


@pytest.mark.parametrize("by_record", [False, True])
def test_left_out_columns_may_be_elsewhere_in_each_file(spark: SparkSession, tmp_path: Path, by_record: bool) -> None:
    files = {
        "1.csv": b"Unnamed: 0,a,note,b\n0,1,hm,x\n1,2,x\n",
        "2.csv": b"a,b,note\n3,y,\n4,z,1.5\n",
        "3.csv": b"a,b\n5,NA\n6,z,7\n",
    }
    b = {"name": "b", "type": "string"}
    left_out = ["note", "Unnamed: 0"]
    good, refused = clean(spark, tmp_path, files, [A, b], by_record=by_record, left_out=left_out)
    assert good == [Row(a=1, b="x"), Row(a=3, b="y"), Row(a=4, b="z"), Row(a=5, b=None)]
    assert refused == ["malformed", "malformed"]


@pytest.mark.parametrize("by_record", [False, True])
def test_with_all_left_out_the_columns_are_taken_by_name(spark: SparkSession, tmp_path: Path, by_record: bool) -> None:
    files = {"1.csv": b"x,b,a\n9,1.5,1\n9,1.5,q\nx,b,a\n", "2.csv": b"a,y,z,b\n2,9,9,2.5\n"}
    b = {"name": "b", "type": "double"}
    good, refused = clean(spark, tmp_path, files, [A, b], by_record=by_record, left_out="all")
    assert good == [Row(a=1, b=1.5), Row(a=2, b=2.5)]
    assert refused == ["malformed", "type:a"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "windows-1252", "utf-16", "utf-16-le", "cp037"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_each_encoding_gives_the_same_rows(spark: SparkSession, tmp_path: Path, encoding: str, suffix: str) -> None:
    text = 'a,"Straße, nächste"\r\n1,Köln\r\n2,"é ""ü"""\r\nx,ß\r\n\r\n3,1\r\n'
    files = {f"x{suffix}": text.encode(encoding)}
    good, refused = clean(spark, tmp_path, files, [A, B], encoding=encoding)
    assert good == [Row(a=1, b="Köln"), Row(a=2, b='é "ü"'), Row(a=3, b="1")]
    assert refused == ["type:a"]


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.bz2", ".csv.zst"])
def test_a_compressed_file_accounts_for_every_record(spark: SparkSession, tmp_path: Path, suffix: str) -> None:
    lines = [f"{n},{'x' * (n % 50)}" if n % 7 else f"q{n},y" for n in range(20_000)]
    files = {f"x{suffix}": "\n".join(["a,b", *lines]).encode()}
    good, refused = clean(spark, tmp_path, files, [A, {"name": "b", "type": "string"}], nulls=["NA"])
    assert (len(good), set(refused)) == (20_000 - len(refused), {"type:a"})
    assert len(refused) == len(range(0, 20_000, 7))


def test_computed_columns_are_lenient_and_come_last(spark: SparkSession, tmp_path: Path) -> None:
    columns = [
        {"name": "speed", "type": "double", "sql": "way / a"},
        {"name": "twice", "type": "int", "sql": "a * 2000000000"},
        {"name": "fast", "type": "boolean", "sql": "speed > 2"},
        A,
        {"name": "way", "type": "double"},
        {"name": "late", "type": "date", "sql": "date_add(day, 9999999)"},
        {"name": "next", "type": "date", "sql": "date_add(day, CAST(a AS INT))"},
        {"name": "nothing", "type": "string", "sql": "NULL"},
    ]
    good, refused = clean(spark, tmp_path, {"x.csv": b"a,way\n1,3\n0,3\n2,x\n"}, columns)
    assert refused == ["type:way"]
    zero, one = good
    assert list(one.asDict()) == ["a", "way", "speed", "twice", "fast", "late", "next", "nothing"]
    assert tuple(one) == (1, 3.0, 3.0, 2_000_000_000, True, None, date(2013, 1, 6), None)
    assert tuple(zero) == (0, 3.0, None, 0, None, None, DAY, None)


def test_a_local_time_is_one_of_its_columns_zone(spark: SparkSession, tmp_path: Path) -> None:
    columns = [
        A,
        {"name": "here", "type": "timestamp"},
        {"name": "there", "type": "timestamp", "timezone": "America/New_York"},
        {"name": "made", "type": "timestamp", "timezone": "Asia/Tokyo", "sql": "to_timestamp_ntz('2013-01-05 10:00')"},
    ]
    lines = b"a,here,there\n1,2013-01-05 10:00,2013-01-05 10:00\n2,2013-01-05T10:00Z,2013-03-10 02:30\n"
    good, refused = clean(spark, tmp_path, {"x.csv": lines}, columns, zone="Europe/Berlin")
    assert refused == ["clock_change:there"]
    (row,) = (
        spark.createDataFrame(good)
        .selectExpr("unix_seconds(here)", "unix_seconds(there)", "unix_seconds(made)")
        .collect()
    )
    assert [datetime.fromtimestamp(second, UTC).hour for second in row] == [9, 15, 1]


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2013, 1, 5), "06:00", datetime(2013, 1, 6, 5, tzinfo=UTC)),
        (date(2013, 3, 30), "02:30", datetime(2013, 3, 31, 1, 30, tzinfo=UTC)),
        (date(2013, 10, 26), "02:30", datetime(2013, 10, 27, 0, 30, tzinfo=UTC)),
        (date(2013, 7, 1), "00:00", datetime(2013, 7, 1, 22, tzinfo=UTC)),
    ],
)
def test_a_time_after_the_date_is_local_to_the_pipeline(
    spark: SparkSession, day: date, at: str, expected: datetime
) -> None:
    instant = ComputedInstant.model_validate({"days": 1, "at": at}).column("day", "Europe/Berlin")
    (row,) = spark.createDataFrame([(day,)], "day date").selectExpr(f"unix_seconds({instant.sql}) AS s").collect()
    assert datetime.fromtimestamp(row.s, UTC) == expected


@pytest.mark.parametrize(
    ("sql", "column_type", "kind"),
    [
        ("a + 1", "int", None),
        ("a / 2", "int", "other-type"),
        ("a / 2", "double", None),
        ("a", "string", "other-type"),
        ("missing", "int", "unknown-column"),
        ("sum(a)", "long", "aggregate"),
        ("day", "timestamp", "other-type"),
        ("to_timestamp_ntz('x')", "timestamp", None),
        ("a +", "int", "syntax"),
    ],
)
def test_the_sql_of_a_column_is_judged_before_a_job(
    spark: SparkSession, sql: str, column_type: str, kind: str | None
) -> None:
    problem = analyse_sql(spark, sql, [("a", "int"), ("day", "date")], "column", column_type)
    assert (problem.kind if problem else None) == kind


def test_a_window_over_other_rows_is_no_column(spark: SparkSession) -> None:
    assert analyse_sql(spark, "row_number() OVER (ORDER BY a)", [("a", "int")], "column", "int") is not None


def test_two_tables_read_one_file_by_schemas_of_their_own(spark: SparkSession, tmp_path: Path) -> None:
    files = {"x.csv": b"a,b,c\n1,x,2.5\n"}
    first, _ = clean(spark, tmp_path, files, [A, {"name": "b", "type": "string"}], left_out=["c"])
    second, _ = clean(spark, tmp_path, files, [A, {"name": "price", "type": "double", "source": "c"}], left_out="all")
    assert (first, second) == ([Row(a=1, b="x")], [Row(a=1, price=2.5)])
