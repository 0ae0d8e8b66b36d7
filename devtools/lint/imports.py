"""The imports between the modules of the package.

Imports inside functions and for type checkers count like all others.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from devtools.lint.checkout import Module

Graph = Mapping[str, Mapping[str, int]]
"""For each module the modules that it imports, with the line of the first import of each."""


@dataclass(frozen=True, slots=True)
class _Imported:
    dotted: str
    line: int
    name: str = ""
    """The imported name, which may be a module itself."""


def import_graph(package: str, modules: Mapping[str, Module]) -> dict[str, dict[str, int]]:
    """Return the imports among `modules`, keyed by paths below `package` such as `spec/project`."""
    graph: dict[str, dict[str, int]] = {}
    for name, module in modules.items():
        targets: dict[str, int] = {}
        for imported in _imports(module.tree, f"{package}/{name}"):
            target = _resolve(package, imported, modules)
            if target is not None and target != name:
                targets.setdefault(target, imported.line)
        graph[name] = targets
    return graph


def _imports(tree: ast.Module, path: str) -> Iterator[_Imported]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _Imported(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            # One dot is the folder of the module, each further dot a folder above it.
            above = path.split("/")[: -node.level] if node.level else []
            dotted = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield _Imported(dotted, node.lineno, alias.name)


def _resolve(package: str, imported: _Imported, modules: Collection[str]) -> str | None:
    """Return the module of the package that is imported, or None where it is of another package."""
    for dotted in (f"{imported.dotted}.{imported.name}", imported.dotted) if imported.name else (imported.dotted,):
        first, *parts = dotted.split(".")
        below = "/".join(parts)
        if first != package:
            return None
        for candidate in (below, f"{below}/__init__".lstrip("/")):
            if candidate in modules:
                return candidate
    return None
