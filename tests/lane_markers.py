"""The lane in which a test runs, read from its file without running it."""

from __future__ import annotations

import ast
import re
from pathlib import Path


def lane_markers(file: Path) -> dict[str, set[str]]:
    """Return by each test of the file its markers `system` and `soak`.

    A marker counts if it is on the whole file or on the whole test, and not if it is on some parameters alone.
    """
    tree = ast.parse(file.read_text())
    assignments = [node for node in tree.body if isinstance(node, ast.Assign)]
    of_file = [ast.unparse(node.value) for node in assignments if ast.unparse(node.targets[0]) == "pytestmark"]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {function.name: _named([*map(ast.unparse, function.decorator_list), *of_file]) for function in functions}


def _named(marks: list[str]) -> set[str]:
    whole = [mark for mark in marks if not mark.startswith("pytest.mark.parametrize")]
    named = {name for mark in whole for name in re.findall(r"mark\.(system|soak)\b", mark)}
    return named | ({"system"} if any("MARKS" in mark for mark in whole) else set())
