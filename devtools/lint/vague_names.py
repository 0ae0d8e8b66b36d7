"""Names that can hold anything: a variable, parameter, field or function is called by what it holds or returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from devtools.lint.checkout import Checkout
from devtools.lint.finding import LintFinding

VAGUE = {"found", "said", "told", "asked", "given", "mine", "ours", "theirs"}


def check_vague_names(checkout: Checkout) -> Iterator[LintFinding]:
    """Find the definitions of vague names in the source folders and in the tests."""
    for module in (*checkout.modules, *checkout.tests):
        for node in ast.walk(module.tree):
            name = _defined(node)
            if name in VAGUE:
                sentence = f"'{name}' can hold anything: name the thing, as in matching_rows or stderr_text"
                yield LintFinding(module.path, getattr(node, "lineno", 1), "vague-name", sentence)


def _defined(node: ast.AST) -> str | None:
    """Return the name that the node defines, or None where it defines none."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            return name
        case ast.arg(arg=name) | ast.ExceptHandler(name=name) | ast.alias(asname=name):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return None
