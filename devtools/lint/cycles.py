"""No cycle between the files of the package, and none between its folders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import PurePath

from devtools.lint.checkout import Checkout, Module
from devtools.lint.finding import LintFinding
from devtools.lint.folders import PACKAGE
from devtools.lint.imports import Graph, import_graph

ROOT = "__init__"
"""The package itself: it offers `assay.open`, imported when first used, and the version, which every layer may read."""


def check_cycles(checkout: Checkout) -> Iterator[LintFinding]:
    """Find the circles in which files import each other, and those in which folders do."""
    modules = checkout.package(PACKAGE)
    graph = import_graph(PurePath(PACKAGE).name, modules)
    for circle in circles({name: set(targets) for name, targets in graph.items()}):
        line = graph[circle[0]][circle[1]]
        sentence = f"files import each other in a circle: {' -> '.join(circle)}"
        yield LintFinding(modules[circle[0]].path, line, "file-cycle", sentence)
    for level in sorted({folder.as_posix() for name in modules for folder in PurePath(name).parents}):
        yield from _folder_cycles("" if level == "." else f"{level}/", graph, modules)


def _folder_cycles(level: str, graph: Graph, modules: Mapping[str, Module]) -> Iterator[LintFinding]:
    """Find the circles between the children of one folder: its subfolders, and its own files as one more child."""
    edges: dict[str, dict[str, tuple[str, str]]] = {}
    for name, target in sorted((name, target) for name, targets in graph.items() for target in targets):
        if name == ROOT or not (name.startswith(level) and target.startswith(level)):
            continue
        one, other = _child(level, name), _child(level, target)
        if one != other:
            edges.setdefault(one, {}).setdefault(other, (name, target))
    for circle in circles({one: set(others) for one, others in edges.items()}):
        name, target = edges[circle[0]][circle[1]]
        sentence = f"folders import each other in a circle: {' -> '.join(circle)}; here {target} is imported"
        yield LintFinding(modules[name].path, graph[name][target], "folder-cycle", sentence)


def _child(level: str, name: str) -> str:
    """Return the child of the folder `level` in which the module `name` is.

    The files of the topmost folder are children of their own: the errors are below all layers, the API above most.
    """
    first, *deeper = name.removeprefix(level).split("/")
    if deeper or not level:
        return f"{level}{first}"
    return f"{level}*"


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return one circle of every group of nodes that reach each other, from its first node back to it.

    >>> circles({"a": {"b"}, "b": {"c", "a"}, "c": set()})
    [['a', 'b', 'a']]
    """
    reached = {node: _reachable(graph, node) for node in {*graph, *chain.from_iterable(graph.values())}}
    cycles, done = [], set[str]()
    for node in sorted(graph):
        if node in reached[node] and node not in done:
            done |= {other for other in reached[node] if node in reached[other]}
            cycles.append(_circle(graph, node))
    return cycles


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    seen, waiting = set[str](), [start]
    while waiting:
        fresh = graph.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting += fresh
    return seen


def _circle(graph: Mapping[str, set[str]], start: str) -> list[str]:
    """Return the shortest way from `start` back to it."""
    ways = [[start]]
    for way in ways:
        for target in sorted(graph.get(way[-1], ())):
            if target == start:
                return [*way, start]
            if all(target not in other for other in ways):
                ways.append([*way, target])
    raise ValueError(f"no way leads from {start} back to it")
