"""Files with other names, other columns, other encodings and other compressions than the plain ones."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from assay.errors import InputError
from assay.spec.schema.table import TableSchema
from assay.store.landing.file_cache import LandedFileCache
from assay.store.landing.landed_file import LandedFile, data_lines, read_landed_file

from ...expect_errors import raises_code

COLUMNS = [{"name": "a", "type": "int"}, {"name": "b", "type": "string", "source": "Größe, ca."}]
TEXT = 'a,"Größe, ca."\n1,ä\n2,"x\ny"\n'


def measured(folder: Path, data: bytes, name: str = "x.csv", **more: Any) -> LandedFile:
    path = folder / name
    path.write_bytes(data)
    return read_landed_file(path, name, TableSchema.model_validate({"columns": COLUMNS, **more}))


def packed(data: bytes, suffix: str) -> bytes:
    match suffix:
        case ".gz":
            return gzip.compress(data)
        case ".bz2":
            return bz2.compress(data)
        case _:
            return bytes(pa.compress(data, codec="zstd", asbytes=True))


@pytest.mark.parametrize(
    ("header", "left_out", "expected"),
    [
        ('a,"Größe, ca."', [], ()),
        ('a,"Größe, ca."', ["note"], ()),
        ('note,a,"Größe, ca."', ["note"], ("note", "a", "Größe, ca.")),
        ('a,"Größe, ca.",note', ["note"], ("a", "Größe, ca.", "note")),
        (',a,x,"Größe, ca."', ["", "x"], ("", "a", "x", "Größe, ca.")),
        ('"Größe, ca.",a', "all", ("Größe, ca.", "a")),
        ('x,x,"Größe, ca.",,a', "all", ("x", "x", "Größe, ca.", "", "a")),
    ],
)
def test_the_columns_of_a_file_are_those_of_the_schema_and_those_left_out(
    tmp_path: Path, header: str, left_out: object, expected: tuple[str, ...]
) -> None:
    row = ",".join("1" for _ in range(header.count(",") if '"' in header else header.count(",") + 1))
    file = measured(tmp_path, f"{header}\n{row}\n".encode(), left_out=left_out)
    assert (file.header, file.lines) == (expected, 1)


@pytest.mark.parametrize(
    ("header", "left_out", "named"),
    [
        ('a,"Größe, ca.",note', [], "note"),
        ('a,"Größe, ca.",note,more', ["note"], "more"),
        ('"Größe, ca.",a,note', ["note"], "order"),
        ("a,b", "all", "Größe, ca."),
        ('a,a,"Größe, ca."', "all", "twice"),
        ('a,b,"Größe, ca."', [], "b"),
    ],
)
def test_another_column_is_refused_by_its_name(tmp_path: Path, header: str, left_out: object, named: str) -> None:
    with raises_code(InputError, "changed-schema", named, "x.csv"):
        measured(tmp_path, f"{header}\n1,2,3\n".encode(), left_out=left_out)


@pytest.mark.parametrize(
    ("encoding", "by_record"),
    [("utf-8", False), ("utf-8-sig", False), ("latin-1", False), ("cp1252", True), ("utf-16", True), ("cp500", True)],
)
def test_each_encoding_is_read_and_python_reads_what_spark_cannot(
    tmp_path: Path, encoding: str, by_record: bool
) -> None:
    plain = TEXT.replace('"x\ny"', "x")
    file = measured(tmp_path, plain.encode(encoding), encoding=encoding)
    assert (file.lines, file.by_record) == (2, by_record)
    assert list(data_lines(tmp_path / "x.csv", encoding)) == ["1,ä\n", "2,x\n"]
    assert measured(tmp_path, TEXT.encode(encoding), encoding=encoding).by_record


def test_a_mark_is_refused_with_the_encoding_that_takes_it(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + TEXT.encode()
    with raises_code(InputError, "bad-landing-file", "x.csv") as refused:
        measured(tmp_path, data)
    assert "utf-8-sig" in refused.value.hint
    assert measured(tmp_path, data, encoding="utf-8-sig").lines == 2
    assert measured(tmp_path, TEXT.encode(), encoding="utf-8-sig").lines == 2


@pytest.mark.parametrize(
    ("data", "encoding", "named"),
    [
        (TEXT.encode("latin-1"), "utf-8", "UTF-8"),
        (TEXT.encode("latin-1"), "ascii", "ascii"),
        ("a\x81".encode("latin-1"), "cp1252", "cp1252"),
        (TEXT.encode("utf-16")[:-1], "utf-16", "utf-16"),
    ],
)
def test_bytes_of_another_encoding_are_refused(tmp_path: Path, data: bytes, encoding: str, named: str) -> None:
    with raises_code(InputError, "bad-landing-file", named, "x.csv"):
        measured(tmp_path, data, encoding=encoding)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst"])
def test_a_compressed_file_is_measured_by_its_text(tmp_path: Path, suffix: str) -> None:
    data = packed(TEXT.encode(), suffix)
    file = measured(tmp_path, data, f"x.csv{suffix}")
    assert (file.lines, file.size) == (2, len(data))
    two_parts = packed(TEXT.encode(), suffix) + packed(b"3,z\n", suffix)
    assert measured(tmp_path, two_parts, f"x.csv{suffix}").lines == 3


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "plain"])
def test_a_damaged_file_is_refused_by_its_name(tmp_path: Path, suffix: str, damage: str) -> None:
    text = "".join(f"{n},{n * 7919 % 10007}\n" for n in range(20_000))
    data = packed(b'a,"Gr\xc3\xb6\xc3\x9fe, ca."\n' + text.encode(), suffix)
    half = len(data) // 2
    flipped = data[:half] + bytes(byte ^ 0xFF for byte in data[half : half + 64]) + data[half + 64 :]
    spoilt = {"cut": data[:-9], "flipped": flipped, "plain": text.encode()}[damage]
    with raises_code(InputError, "bad-landing-file", f"x.csv{suffix}"):
        measured(tmp_path, spoilt, f"x.csv{suffix}")


def test_a_measurement_is_known_for_its_own_schema_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.store.landing.file_cache.SETTLED", -(10**12))
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b,c\n1,2,3\n")
    reader, headers = LandedFileCache(), []
    for columns, left_out in (("ab", ["c"]), ("ac", ["b"]), ("ba", "all")):
        written = {"columns": [{"name": name, "type": "int"} for name in columns], "left_out": left_out}
        headers.append(reader.read(path, "x.csv", TableSchema.model_validate(written)).header)
    assert headers == [("a", "b", "c")] * 3
    with raises_code(InputError, "changed-schema", "'c'"):
        reader.read(path, "x.csv", TableSchema.model_validate({"columns": [{"name": n, "type": "int"} for n in "ab"]}))


def test_the_columns_of_a_file_are_not_stored(tmp_path: Path) -> None:
    file = measured(tmp_path, b'n,a,"Gr\xc3\xb6\xc3\x9fe, ca."\n1,2,3\n', left_out=["n"])
    assert file.header
    stored = TypeAdapter(LandedFile).dump_python(file)
    assert "header" not in stored
    assert TypeAdapter(LandedFile).validate_python(stored).header == ()
