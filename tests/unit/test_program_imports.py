"""The programs outside of the package import names that the package has: mypy does not read all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("examples", "jobs", "bench", "devtools")


def imported_names(path: Path) -> Iterator[tuple[str, str]]:
    """Return each module of Assay that the file imports from, with the name that it takes."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "assay":
            yield from ((node.module, alias.name) for alias in node.names)


def is_there(module: str, name: str) -> bool:
    """Return whether the module has the name, or a module below it has it as its own."""
    if hasattr(import_module(module), name):
        return True
    return (ROOT / "src" / Path(*module.split("."), f"{name}.py")).exists()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_name_that_a_program_takes_from_the_package_is_there(folder: str) -> None:
    taken = {
        (str(path.relative_to(ROOT)), module, name)
        for path in (ROOT / folder).rglob("*.py")
        for module, name in imported_names(path)
        if not module.startswith("assay.orchestration.airflow")
    }
    assert taken
    assert [one for one in sorted(taken) if not is_there(*one[1:])] == []
