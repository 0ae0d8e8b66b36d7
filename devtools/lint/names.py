"""Names and sentences of modules: each has a name with a meaning and a docstring, and counts meet no bare plural.

A class name has one meaning in the package, the benches and the programs for developers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from devtools.lint.checkout import Checkout, Module
from devtools.lint.finding import LintFinding

MEANINGLESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
_BARE_PLURAL = re.compile(
    r"\{len\([^{}]*\)(?::[^{}]*)?\} [a-z ]*\b(days|rows|columns|models|tables|contenders|values)\b"
)


def check_names(checkout: Checkout) -> Iterator[LintFinding]:
    """Find modules without a meaning in their name or without a docstring.

    Find also counts before a bare plural, and classes that share a name.
    """
    yield from _shared_class_names(checkout)
    for module in checkout.modules:
        yield from _meaningless(module)
        if "src" in module.path.parts:
            yield from _undocumented(module)
        if module.path.is_relative_to("src"):
            yield from _bare_plurals(module)


def _meaningless(module: Module) -> Iterator[LintFinding]:
    for name in sorted({module.path.stem, module.path.parent.name} & MEANINGLESS):
        yield LintFinding(module.path, 1, "module-name", f"'{name}' names no idea: call the module by what it holds")


def _undocumented(module: Module) -> Iterator[LintFinding]:
    if module.tree.body and not ast.get_docstring(module.tree):
        yield LintFinding(
            module.path, 1, "module-docstring", "a docstring on the first line names what the module is for"
        )


def _bare_plurals(module: Module) -> Iterator[LintFinding]:
    for number, line in enumerate(module.lines, 1):
        if match := _BARE_PLURAL.search(line):
            sentence = f"'{match.group(1)}' is wrong after 1: use assay.core.text.quantity"
            yield LintFinding(module.path, number, "bare-plural", sentence)


def _shared_class_names(checkout: Checkout) -> Iterator[LintFinding]:
    first: dict[str, Module] = {}
    for module in checkout.modules:
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            known = first.setdefault(node.name, module)
            if known is not module:
                sentence = f"{known.path.as_posix()} has another class '{node.name}': give each a name of its own"
                yield LintFinding(module.path, node.lineno, "class-name", sentence)
