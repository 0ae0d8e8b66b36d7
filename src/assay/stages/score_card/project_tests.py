"""The tests in the folder of a project: what they import, and what runs them again and again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

FOLDERS = ("tests", "test")

CONTINUOUS_INTEGRATION = (
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
)
"""The files by which a service runs the tests of each commit."""

_COMMAND = re.compile(r"\bassay run\b")


@dataclass(frozen=True, slots=True)
class ProjectTestFile:
    """A file of tests: its path from the project's folder, the modules that it imports, and its texts."""

    path: str
    imports: frozenset[str]
    texts: frozenset[str]

    @property
    def runs_a_pipeline(self) -> bool:
        """True where it runs the stages of a pipeline by Assay: `run`, or `train` and `score`."""
        if any(_COMMAND.search(text) for text in self.texts):
            return True
        by_assay = any(name.partition(".")[0] == "assay" for name in self.imports) or "assay" in self.texts
        return by_assay and ("run" in self.texts or {"train", "score"} <= self.texts)


@dataclass(frozen=True, slots=True)
class ProjectTests:
    """The files of tests of a project, and the file by which a service runs them (empty without one)."""

    files: tuple[ProjectTestFile, ...]
    service: str

    def of_module(self, module: str) -> str | None:
        """Return the first file that imports a module, None without one."""
        return next((file.path for file in self.files if module in file.imports), None)

    @property
    def of_pipeline(self) -> str | None:
        """The first file that runs the stages of a pipeline, None without one."""
        return next((file.path for file in self.files if file.runs_a_pipeline), None)


def read_project_tests(root: Path) -> ProjectTests:
    """Return the tests of a project; a file that is no Python counts as none."""
    paths = chain.from_iterable(sorted((root / folder).rglob("*.py")) for folder in FOLDERS)
    tests = [path for path in paths if path.name.startswith("test_") or path.name.endswith("_test.py")]
    return ProjectTests(tuple(filter(None, (_read(path, root) for path in tests))), _service(root))


def _read(path: Path, root: Path) -> ProjectTestFile | None:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    nodes = list(ast.walk(tree))
    texts = frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    imports = frozenset(chain.from_iterable(_imports(node) for node in nodes))
    return ProjectTestFile(path.relative_to(root).as_posix(), imports, texts)


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _service(root: Path) -> str:
    """Return the file of a service in the project's folder, or in that of the repository around it."""
    folders = [root]
    if not (root / ".git").exists():
        folders += [parent for parent in root.parents if (parent / ".git").exists()][:1]
    for folder in folders:
        for pattern in CONTINUOUS_INTEGRATION:
            for path in sorted(folder.glob(pattern)):
                return path.relative_to(folder).as_posix()
    return ""
