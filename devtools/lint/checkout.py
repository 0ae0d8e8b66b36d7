"""The files of a checkout that the house rules read, each read and parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

SOURCE_FOLDERS = ("src", "examples", "jobs", "dags", "bench", "devtools")
"""The folders whose Python files keep every house rule."""

TEST_FOLDER = "tests"
"""The folder whose Python files keep the rules of names and of a file's length."""

TEXT_FOLDERS = (*SOURCE_FOLDERS, "conf", "docs", TEST_FOLDER, ".ci", ".github")
"""The folders whose texts name no path of one machine."""

_TEXT_FILES = (
    "Makefile", "pyproject.toml", ".pre-commit-config.yaml", "README.md", "CONTRIBUTING.md",
    "CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "SECURITY.md",
)  # fmt: skip
_KINDS = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".sh", ".properties", ".html", ".j2", ".css", ".js", ""}


@dataclass(frozen=True, slots=True)
class Text:
    """A text file: its path relative to the checkout, and its lines."""

    path: PurePath
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file: its path relative to the checkout, its lines, and its syntax tree."""

    path: PurePath
    lines: tuple[str, ...]
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout with its source modules, its test modules and its texts, each sorted by path."""

    root: Path
    modules: tuple[Module, ...]
    tests: tuple[Module, ...]
    texts: tuple[Text, ...]

    def package(self, folder: str) -> dict[str, Module]:
        """Return the modules below `folder`, keyed by their path below it without suffix."""
        below = [module for module in self.modules if module.path.is_relative_to(folder)]
        return {module.path.relative_to(folder).with_suffix("").as_posix(): module for module in below}


def read_checkout(root: Path) -> Checkout:
    """Read the source modules, the test modules and the texts of the checkout in `root`."""
    return Checkout(
        root=root,
        modules=_modules(root, SOURCE_FOLDERS),
        tests=_modules(root, [TEST_FOLDER]),
        texts=tuple(Text(path.relative_to(root), _lines(path)) for path in _texts(root)),
    )


def _texts(root: Path) -> Iterator[Path]:
    for folder in TEXT_FOLDERS:
        yield from (path for path in _files(root / folder) if path.suffix in _KINDS)
    yield from (root / name for name in _TEXT_FILES if (root / name).is_file())


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _modules(root: Path, folders: Iterable[str]) -> tuple[Module, ...]:
    paths = [path for folder in folders for path in _files(root / folder) if path.suffix == ".py"]
    return tuple(
        Module(path.relative_to(root), _lines(path), ast.parse(path.read_bytes(), str(path))) for path in paths
    )


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").splitlines())
