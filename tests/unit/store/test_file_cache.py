"""A landed file is read once in a process, and again as soon as something may have changed it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.spec.schema.table import TableSchema
from assay.store.landing import file_cache
from assay.store.landing.file_cache import LandedFileCache
from assay.store.landing.landed_file import LandedFile, read_landed_file

from ...expect_errors import raises_code

SCHEMA = TableSchema.model_validate({"columns": [{"name": "a", "type": "int"}]})


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were really read, in order; times are trusted at once."""
    names: list[str] = []

    def counted(path: Path, name: str, schema: TableSchema) -> LandedFile:
        names.append(name)
        return read_landed_file(path, name, schema)

    monkeypatch.setattr(file_cache, "SETTLED", 0)
    monkeypatch.setattr(file_cache, "read_landed_file", counted)
    return names


def test_a_file_that_is_what_it_was_is_read_once(tmp_path: Path, read: list[str]) -> None:
    path, reader = tmp_path / "x.csv", LandedFileCache()
    path.write_text("a\n1\n")
    first = reader.read(path, "x.csv", SCHEMA)
    assert reader.read(path, "x.csv", SCHEMA) == first
    assert reader.holds(path, first.sha256)
    assert read == ["x.csv"]
    assert LandedFileCache().read(path, "x.csv", SCHEMA) == first
    assert len(read) == 2, "another process, or another run, knows nothing"


def test_a_file_that_was_replaced_by_one_of_its_size_and_time_is_read_again(tmp_path: Path, read: list[str]) -> None:
    path, other, reader = tmp_path / "x.csv", tmp_path / "y.csv", LandedFileCache()
    path.write_text("a\n1\n")
    first = reader.read(path, "x.csv", SCHEMA)
    other.write_text("a\n2\n")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert not reader.holds(path, first.sha256)
    assert reader.read(path, "x.csv", SCHEMA).sha256 != first.sha256
    assert len(read) == 2


def test_a_file_that_was_written_in_place_and_set_back_is_read_again(tmp_path: Path, read: list[str]) -> None:
    path, reader = tmp_path / "x.csv", LandedFileCache()
    path.write_text("a\n1\n")
    first, before = reader.read(path, "x.csv", SCHEMA), path.stat()
    path.write_text("a\n2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not reader.holds(path, first.sha256)
    assert reader.read(path, "x.csv", SCHEMA).sha256 != first.sha256
    assert len(read) == 2


def test_another_schema_has_the_header_looked_at_again(tmp_path: Path, read: list[str]) -> None:
    path, reader = tmp_path / "x.csv", LandedFileCache()
    path.write_text("a\n1\n")
    reader.read(path, "x.csv", SCHEMA)
    other = TableSchema.model_validate({"columns": [{"name": "b", "type": "int"}]})
    with raises_code(InputError, "changed-schema", "x.csv", "b"):
        reader.read(path, "x.csv", other)
    assert len(read) == 2


def test_a_file_that_was_just_written_is_read_each_time(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_cache, "SETTLED", 3_600_000_000_000)
    path, reader = tmp_path / "x.csv", LandedFileCache()
    path.write_text("a\n1\n")
    first = reader.read(path, "x.csv", SCHEMA)
    assert reader.read(path, "x.csv", SCHEMA) == first
    assert read == ["x.csv", "x.csv"]
    assert reader.holds(path, first.sha256)
    path.unlink()
    assert not reader.holds(path, first.sha256)
