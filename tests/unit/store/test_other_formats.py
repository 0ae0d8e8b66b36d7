"""Landed files of JSON lines, Parquet and ORC: measured in one pass, and refused by name with the column."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from assay.core.landing.file_format import FileFormat, format_of
from assay.core.landing.physical_type import PhysicalKind, PhysicalType
from assay.errors import InputError
from assay.spec.schema.table import TableSchema
from assay.store.landing.formats import columnar_file, columnar_footer
from assay.store.landing.landed_file import ColumnarFile, data_lines, read_landed_file
from assay.store.landing.manifest import MANIFESTS_FORMAT, landed_bytes, landed_dates, landed_files, take_manifest
from assay.store.landing.upload import upload_file

from ...expect_errors import raises_code

DAY = date(2013, 1, 5)
SOURCE = "flights"


def schema(**columns: str) -> TableSchema:
    return TableSchema.model_validate({"columns": [{"name": name, "type": kind} for name, kind in columns.items()]})


SCHEMA = schema(carrier="string", distance="int")
ROWS = pa.table({"distance": pa.array([1, 2, None], pa.int32()), "carrier": ["a", None, "c"]})
LINES = '{"carrier": "a", "distance": 1}\n\n{"distance": 2}\nno object\n'


def parquet(path: Path, table: pa.Table = ROWS) -> Path:
    pq.write_table(table, path)
    return path


def orc_file(path: Path, table: pa.Table = ROWS) -> Path:
    orc.write_table(table, path)
    return path


WRITERS: dict[str, Callable[[Path, pa.Table], Path]] = {"x.parquet": parquet, "x.orc": orc_file}


@pytest.mark.parametrize("name", WRITERS)
def test_the_rows_of_a_columnar_file_are_counted_by_its_footer(tmp_path: Path, name: str) -> None:
    path = WRITERS[name](tmp_path / name, ROWS)
    landed = read_landed_file(path, name, SCHEMA)
    data = path.read_bytes()
    assert (landed.size, landed.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (landed.lines, landed.by_record) == (3, False)
    assert isinstance(landed, ColumnarFile)
    assert landed.types == (PhysicalType(PhysicalKind.STRING), PhysicalType(PhysicalKind.INT))


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    ("table", "columns", "named"),
    [
        (ROWS.drop_columns("distance"), {"carrier": "string", "distance": "int"}, "distance"),
        (ROWS, {"carrier": "string"}, "distance"),
        (ROWS.rename_columns(["Distance", "carrier"]), {"carrier": "string", "distance": "int"}, "Distance"),
        (ROWS, {"carrier": "string", "distance": "string"}, "distance"),
        (ROWS, {"carrier": "int", "distance": "int"}, "carrier"),
        (pa.table({"a": [1.0]}), {"a": "long"}, "a"),
        (pa.table({"a": [[1]]}), {"a": "long"}, "a"),
        (pa.table({"a": [{"b": 1}]}), {"a": "long"}, "a"),
        (pa.table({"a": [b"x"]}), {"a": "string"}, "a"),
        (pa.table({"a": ["2013-01-05"]}), {"a": "date"}, "a"),
    ],
)
def test_a_column_more_fewer_renamed_retyped_or_nested_is_refused_by_its_name(
    tmp_path: Path, name: str, table: pa.Table, columns: dict[str, str], named: str
) -> None:
    path = WRITERS[name](tmp_path / name, table)
    with raises_code(InputError, "changed-schema", name, named):
        read_landed_file(path, name, schema(**columns))


def test_a_column_of_a_type_that_spark_has_not_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet", pa.table({"a": pa.array([1], pa.time64("us"))}))
    with raises_code(InputError, "changed-schema", "x.parquet", "a"):
        read_landed_file(path, "x.parquet", schema(a="long"))


@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_columnar_file_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    whole = WRITERS[name](tmp_path / "whole", ROWS).read_bytes()
    for damaged in (b"", whole[:-1], whole[: len(whole) // 2], b"x" * 100, whole[:-20] + b"\xff" * 20):
        path = tmp_path / name
        path.write_bytes(damaged)
        with raises_code(InputError, "bad-landing-file", name):
            read_landed_file(path, name, SCHEMA)


def test_a_footer_longer_than_what_is_kept_is_read_by_a_second_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = {f"c{number}": [number] for number in range(300)}
    path = parquet(tmp_path / "x.parquet", pa.table(wide))
    monkeypatch.setattr("assay.store.landing.formats.measured_stream.CHUNK", 1_000)
    monkeypatch.setattr(columnar_file, "TAIL", 1_000)
    landed = read_landed_file(path, "x.parquet", schema(**dict.fromkeys(wide, "long")))
    assert landed.lines == 1
    monkeypatch.setattr(columnar_file, "LONGEST_TAIL", 1_000)
    with raises_code(InputError, "bad-landing-file", "x.parquet"):
        read_landed_file(path, "x.parquet", schema(**dict.fromkeys(wide, "long")))


def test_only_the_kept_part_of_a_file_is_read() -> None:
    tail = columnar_footer.FileTail(10, b"6789")
    assert tail.seek(-2, io.SEEK_END) == 8
    assert tail.read(5) == b"89"
    tail.seek(5)
    with pytest.raises(OSError):
        tail.read(1)
    assert tail.lacked


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "x.jsonl": bytes,
    "x.ndjson.gz": gzip.compress,
    "x.json.bz2": bz2.compress,
    "x.jsonl.zst": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
}


@pytest.mark.parametrize("name", PACKED)
def test_the_records_of_json_lines_are_counted_in_each_compression(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[name](LINES.encode()))
    landed = read_landed_file(path, name, SCHEMA)
    assert (landed.lines, landed.by_record) == (3, name.endswith(".zst"))
    assert landed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "".join(data_lines(path)) == LINES


@pytest.mark.parametrize("name", [name for name in PACKED if name != "x.jsonl"])
def test_a_truncated_or_damaged_compressed_file_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    whole = PACKED[name]("".join(f'{{"carrier": "{n * 7919}", "distance": {n}}}\n' for n in range(500)).encode())
    # A frame of Zstandard has a checksum only if its writer wants one.
    middle = whole[:100] + b"\xff" * 50 + whole[150:] if not name.endswith(".zst") else whole[:-1]
    for damaged in (whole[:-10], b"x" + whole[1:], middle):
        path = tmp_path / name
        path.write_bytes(damaged)
        with raises_code(InputError, "bad-landing-file", name):
            read_landed_file(path, name, SCHEMA)


def test_two_frames_in_a_file_are_both_read(tmp_path: Path) -> None:
    for name, pack in PACKED.items():
        path = tmp_path / name
        path.write_bytes(pack(LINES.encode()) + pack(LINES.encode()))
        assert read_landed_file(path, name, SCHEMA).lines == 6


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"carrier": "a"}\n{"carrier": "b"}\n', "distance"),
        ('{"carrier": "a", "distance": 1}\n{"carrier": "b", "distance": 1, "extra": null}\n', "extra"),
        ('{"carrier": "a", "Distance": 1}\n', "Distance"),
        ('{"carrier": "a", "distance": [1]}\n', "distance"),
    ],
)
def test_a_member_more_fewer_renamed_or_nested_is_refused_by_its_name(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with raises_code(InputError, "changed-schema", "x.jsonl", named):
        read_landed_file(path, "x.jsonl", SCHEMA)


@pytest.mark.parametrize("data", [b'\xef\xbb\xbf{"carrier": 1}', b'{"carrier": "\xff"}'])
def test_json_that_is_not_plain_utf_8_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.jsonl").write_bytes(data)
    with raises_code(InputError, "bad-landing-file", "x.jsonl"):
        read_landed_file(tmp_path / "x.jsonl", "x.jsonl", SCHEMA)


def test_an_empty_file_of_json_lines_is_a_day_without_rows(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"")
    assert read_landed_file(tmp_path / "x.jsonl", "x.jsonl", SCHEMA).lines == 0


@pytest.mark.parametrize("file_format", FileFormat)
def test_a_date_lands_as_a_folder_or_a_file_of_its_format_alone(tmp_path: Path, file_format: FileFormat) -> None:
    source = tmp_path / SOURCE
    (source / "2013-01-05").mkdir(parents=True)
    for suffix in file_format.suffixes:
        assert format_of(f"x{suffix}") is file_format
        (source / "2013-01-05" / f"x{suffix}").write_bytes(b"1")
        (source / f"2013-01-06{suffix}").write_bytes(b"1")
    days = [DAY, date(2013, 1, 6)]
    assert landed_dates(tmp_path, SOURCE, file_format) == days
    for day in days:
        assert len(landed_files(tmp_path, SOURCE, day, file_format)) == len(file_format.suffixes)
    assert landed_bytes(tmp_path, SOURCE, days, file_format) >= 2 * len(file_format.suffixes)
    other = next(one for one in FileFormat if one is not file_format)
    (source / "2013-01-05" / f"y{other.suffixes[0]}").write_bytes(b"1")
    with raises_code(InputError, "landing-file", f"y{other.suffixes[0]}"):
        landed_files(tmp_path, SOURCE, DAY, file_format)


def test_the_types_of_columns_are_no_part_of_a_stored_manifest(tmp_path: Path) -> None:
    (tmp_path / SOURCE).mkdir()
    parquet(tmp_path / SOURCE / "2013-01-05.parquet")
    manifest = take_manifest(tmp_path, SOURCE, DAY, SCHEMA, file_format=FileFormat.PARQUET)
    assert manifest is not None
    assert manifest.lines == 3
    [stored] = MANIFESTS_FORMAT.document({DAY: manifest})["2013-01-05"]["files"]
    assert set(stored) == {"path", "size", "sha256", "lines", "by_record"}


def test_the_same_file_is_refused_for_a_schema_with_another_type(tmp_path: Path) -> None:
    from assay.store.landing.file_cache import LandedFileCache

    path, cache = parquet(tmp_path / "x.parquet"), LandedFileCache()
    assert cache.read(path, "x.parquet", SCHEMA).lines == 3
    with raises_code(InputError, "changed-schema", "distance"):
        cache.read(path, "x.parquet", schema(carrier="string", distance="boolean"))


def test_files_of_the_table_s_format_are_uploaded_and_no_others(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet")
    [uploaded] = upload_file(tmp_path / "home", SOURCE, DAY, [path], file_format=FileFormat.PARQUET)
    assert uploaded.place.read_bytes() == path.read_bytes()
    with raises_code(InputError, "landing-file", "x.parquet"):
        upload_file(tmp_path / "home", SOURCE, DAY, [path], file_format=FileFormat.ORC)


@pytest.mark.parametrize("left_out", [["note", "Unnamed: 0"], "all"])
@pytest.mark.parametrize("name", ["x.jsonl", "x.parquet", "x.orc"])
def test_columns_are_left_out_and_read_by_the_names_of_the_source(
    tmp_path: Path, name: str, left_out: list[str] | str
) -> None:
    columns = [{"name": "dep_delay", "source": "Dep. Delay", "type": "double"}, {"name": "n", "type": "int"}]
    shape = TableSchema.model_validate({"columns": columns, "left_out": left_out})
    table = pa.table({"note": [[1]], "n": [1], "Unnamed: 0": [0], "Dep. Delay": [1.5]})
    path = tmp_path / name
    if name == "x.jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in table.to_pylist()))
    else:
        WRITERS[name](path, table)
    landed = read_landed_file(path, name, shape)
    assert landed.lines == 1
    if isinstance(landed, ColumnarFile):
        assert [one.kind for one in landed.types] == [PhysicalKind.DOUBLE, PhysicalKind.BIGINT]
