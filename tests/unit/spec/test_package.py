"""The files of a user's package, their digest and their zip."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.spec.user_code.functions import load_function
from assay.spec.user_code.package import digest_of_zip, package_digest, package_files, zip_of_files

from ...expect_errors import raises_code
from .conftest import Package


def test_the_digest_counts_names_and_bytes_but_no_compiled_or_hidden_file_and_no_time(package: Package) -> None:
    folder = package({"a.py": "x = 1\n", "inner/b.py": "y = 2\n", "table.csv": "1,2\n"})
    first = package_digest("shuttle.a")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    (folder / ".hidden").write_text("x")
    os.utime(folder / "a.py", (1, 1))
    assert package_digest("shuttle.inner.b:function") == first
    (folder / "table.csv").write_text("1,3\n")
    second = package_digest("shuttle")
    (folder / "a.py").rename(folder / "c.py")
    assert len({first, second, package_digest("shuttle")}) == 3


def test_neither_digest_nor_zip_runs_the_package(package: Package) -> None:
    package({"__init__.py": "raise RuntimeError('run')\n", "a.py": "raise RuntimeError('run')\n"})
    assert package_digest("shuttle.a")
    assert zip_of_files(package_files("shuttle.a"))
    assert "shuttle" not in sys.modules


def test_the_zip_is_the_same_bytes_each_time_and_has_the_digest_of_the_package(package: Package) -> None:
    folder = package({"a.py": "x = 1\n", "inner/__init__.py": "", "inner/b.py": "y = 2\n"})
    first = zip_of_files(package_files("shuttle"))
    os.utime(folder / "a.py", (1_000_000_000, 1_000_000_000))
    (folder / "a.py").chmod(0o600)
    assert zip_of_files(package_files("shuttle.inner.b")) == first
    assert digest_of_zip(first) == package_digest("shuttle")
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == [
            "shuttle/__init__.py",
            "shuttle/a.py",
            "shuttle/inner/__init__.py",
            "shuttle/inner/b.py",
        ]


def test_a_package_is_imported_from_its_zip(package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = package({"inner/__init__.py": "", "inner/b.py": "def f():\n    return 41\n"})
    (tmp_path / "code.zip").write_bytes(zip_of_files(package_files("shuttle")))
    folder.rename(tmp_path / "gone")
    monkeypatch.syspath_prepend(str(tmp_path / "code.zip"))
    assert load_function("shuttle.inner.b:f")() == 41


def test_one_changed_byte_in_the_zip_is_noticed(package: Package) -> None:
    package({"a.py": "x = 1\n"})
    data = zip_of_files(package_files("shuttle"))
    spoilt = data.replace(b"x = 1", b"x = 2")
    assert spoilt != data
    with raises_code(InputError, "bad-bundle", "shuttle/a.py"):
        digest_of_zip(spoilt)
    with raises_code(InputError, "bad-bundle"):
        digest_of_zip(b"no zip")


def test_a_module_of_one_file_has_a_digest_and_a_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "lonely_shuttle.py").write_text("x = 1\n")
    assert digest_of_zip(zip_of_files(package_files("lonely_shuttle"))) == package_digest("lonely_shuttle")


@pytest.mark.parametrize("name", ["shutle", "sys", "__main__", "no.such"])
def test_a_package_that_there_is_not_has_no_digest(package: Package, name: str) -> None:
    package({})
    with raises_code(InputError, "unknown-module", name.partition(".")[0]):
        package_digest(name)
