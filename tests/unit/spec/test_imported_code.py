"""The identity of a function's code is what it can import: an unused file of the package is no part of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.spec.user_code.functions import load_function
from assay.spec.user_code.imported_code import code_digest, code_files, code_zip
from assay.spec.user_code.package import digest_of_zip, package_files

from ...expect_errors import raises_code
from .conftest import Package

FUNCTION = "shuttle.features:features"


def python_files(reference: str = FUNCTION) -> set[str]:
    return {name.removeprefix("shuttle/") for name in code_files(reference) if name.endswith(".py")}


def test_a_module_that_nothing_imports_is_no_part_and_its_edit_changes_no_digest(package: Package) -> None:
    folder = package({"features.py": "from shuttle import fares\n", "fares.py": "", "plots.py": "", "a/b.py": ""})
    assert python_files() == {"__init__.py", "features.py", "fares.py"}
    before = code_digest(FUNCTION)
    (folder / "plots.py").write_text("import matplotlib\n")
    (folder / "new.py").touch()
    assert code_digest(FUNCTION) == before
    (folder / "fares.py").write_text("# a comment\n")
    assert code_digest(FUNCTION) != before


@pytest.mark.parametrize(
    ("statement", "files"),
    [
        ("import shuttle.inner.fares", {"inner/__init__.py", "inner/fares.py"}),
        ("import shuttle.inner.fares as f, os", {"inner/__init__.py", "inner/fares.py"}),
        ("from shuttle.inner import fares", {"inner/__init__.py", "inner/fares.py"}),
        ("from shuttle.inner.fares import price", {"inner/__init__.py", "inner/fares.py"}),
        ("from .inner import fares", {"inner/__init__.py", "inner/fares.py"}),
        ("from .inner.fares import *", {"inner/__init__.py", "inner/fares.py"}),
        ("from . import zones", {"zones.py"}),
        ("from .plain import zones", {"plain/zones.py"}),
        ("def later():\n    from . import zones", {"zones.py"}),
        ("from .inner.deep import there", {"inner/__init__.py", "inner/deep.py", "zones.py", "inner/fares.py"}),
        ("import shuttlecock, os.path", set()),
    ],
)
def test_every_way_to_import_of_the_own_package_is_followed(statement: str, files: set[str], package: Package) -> None:
    package(
        {
            "features.py": statement + "\n",
            "inner/__init__.py": "",
            "inner/fares.py": "price = 1\n",
            "inner/deep.py": "from .. import zones\nfrom . import fares\nthere = 1\n",
            "plain/zones.py": "",
            "zones.py": "",
            "unused.py": "",
        }
    )
    assert python_files() == {"__init__.py", "features.py", *files}


def test_the_packages_around_a_module_run_first_and_what_they_import_counts(package: Package) -> None:
    package({"__init__.py": "from . import setup\n", "setup.py": "", "a/__init__.py": "", "a/f.py": "", "b.py": ""})
    assert python_files("shuttle.a.f:f") == {"__init__.py", "setup.py", "a/__init__.py", "a/f.py"}


def test_a_table_beside_the_code_counts_whoever_reads_it(package: Package) -> None:
    folder = package({"features.py": "", "zones.csv": "1\n"})
    before = code_digest(FUNCTION)
    (folder / "zones.csv").write_text("2\n")
    assert code_digest(FUNCTION) != before


@pytest.mark.parametrize(
    "statement",
    [
        "import importlib\nimportlib.import_module('shuttle.plots')",
        "import importlib.resources\nimportlib.import_module('shuttle.plots')",
        "from importlib import import_module",
        "import pkgutil",
        "__import__('shuttle.plots')",
        "exec('import shuttle.plots')",
        "import sys\nsys.modules['shuttle.plots']",
        "from .inner import *",
        "this is no Python",
    ],
)
def test_where_a_file_may_import_anything_the_whole_package_counts(statement: str, package: Package) -> None:
    package({"features.py": statement + "\n", "inner/__init__.py": "", "plots.py": ""})
    assert code_files(FUNCTION) == package_files("shuttle")


def test_to_read_data_of_a_package_is_no_import(package: Package) -> None:
    package({"features.py": "from importlib import resources\nfrom importlib.metadata import version\n", "b.py": ""})
    assert python_files() == {"__init__.py", "features.py"}


def test_two_modules_that_import_each_other_are_both_part(package: Package) -> None:
    package({"features.py": "from . import fares\n", "fares.py": "from . import features\n"})
    assert python_files() == {"__init__.py", "features.py", "fares.py"}


def test_neither_digest_nor_zip_runs_the_package(package: Package) -> None:
    package({"__init__.py": "raise RuntimeError('run')\n", "features.py": "raise RuntimeError('run')\n"})
    assert digest_of_zip(code_zip(FUNCTION)) == code_digest(FUNCTION)
    assert "shuttle" not in sys.modules


def test_a_function_runs_from_its_zip_alone(package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fares = "def price():\n    return 41\n"
    folder = package({"features.py": "from .fares import price as features\n", "fares.py": fares, "plots.py": ""})
    (tmp_path / "code.zip").write_bytes(code_zip(FUNCTION))
    folder.rename(tmp_path / "gone")
    monkeypatch.syspath_prepend(str(tmp_path / "code.zip"))
    assert load_function(FUNCTION)() == 41


def test_a_module_of_one_file_is_its_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "lonely_shuttle.py").write_text("import importlib\n")
    assert set(code_files("lonely_shuttle:f")) == {"lonely_shuttle.py"}


@pytest.mark.parametrize("reference", ["shutle.features:f", "sys", "no.such:f"])
def test_a_package_that_there_is_not_has_no_code(reference: str, package: Package) -> None:
    package({})
    with raises_code(InputError, "unknown-module", reference.partition(":")[0].partition(".")[0]):
        code_digest(reference)
