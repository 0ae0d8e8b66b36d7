"""The rows of landed files with their places, in each format."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from assay.spec.schema.table import TableSchema
from assay.store.landing.landed_file import read_landed_file
from assay.store.landing.raw_rows import raw_rows

SCHEMA = TableSchema.model_validate(
    {
        "columns": [{"name": "parcel", "type": "long", "source": "Parcel No"}, {"name": "note", "type": "string"}],
        "left_out": ["extra"],
    }
)


def places(path: Path, schema: TableSchema = SCHEMA) -> list[tuple[int, int, tuple[object, ...]]]:
    """Where the rows are, after the file was accepted as a landed one."""
    assert read_landed_file(path, path.name, schema).lines == len(list(raw_rows(path, schema)))
    return [(one.first, one.last, one.fields) for one in raw_rows(path, schema)]


def test_lines_of_csv_are_counted_with_blank_lines_and_records_of_several(tmp_path: Path) -> None:
    text = '\nextra,Parcel No,note\nx,1,a\n\ny,2,"two\nlines"\nz,3,\nbroken\nw,4,d\n'
    expected = [(3, 3, ("1", "a")), (5, 6, ("2", "two\nlines")), (7, 7, ("3", "")), (8, 8, ()), (9, 9, ("4", "d"))]
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    assert places(plain) == places(packed) == expected
    assert next(raw_rows(plain, SCHEMA)).raw == "x,1,a"


def test_a_delimiter_and_an_encoding_of_the_schema_are_followed(tmp_path: Path) -> None:
    schema = SCHEMA.model_copy(update={"delimiter": ";", "encoding": "latin-1"})
    path = tmp_path / "a.csv"
    path.write_bytes("Parcel No;note;extra\n1;é;x\n".encode("latin-1"))
    assert places(path, schema) == [(2, 2, ("1", "é"))]


def test_lines_of_json_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"note": "a", "Parcel No": 1}\n\n{"Parcel No": 2, "extra": true}\nno object\n')
    assert places(path) == [(1, 1, ("1", "a")), (3, 3, ("2", None)), (4, 4, ())]


@pytest.mark.parametrize("suffix", ["parquet", "orc"])
def test_records_of_columnar_files_are_counted(suffix: str, tmp_path: Path) -> None:
    import pyarrow.orc as orc
    import pyarrow.parquet as pq

    rows = pa.table({"note": ["a", None, "c"], "Parcel No": pa.array([1, 2, 3], pa.int64())})
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        pq.write_table(rows, path, row_group_size=2)
    else:
        orc.write_table(rows, path)
    assert places(path) == [(1, 1, (1, "a")), (2, 2, (2, None)), (3, 3, (3, "c"))]
    assert next(raw_rows(path, SCHEMA)).raw == '{"Parcel No": 1, "note": "a"}'
