"""Sizes: a file is one idea, a function fits on a screen, a job is three lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from devtools.lint.checkout import Checkout, Module
from devtools.lint.finding import LintFinding

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 39
MAX_JOB_LINES = 19


def check_sizes(checkout: Checkout) -> Iterator[LintFinding]:
    """Find the files, functions and jobs that are too long."""
    for module in checkout.modules:
        yield from _long_file(module)
        yield from _long_functions(module)
    for module in checkout.tests:
        yield from _long_file(module)


def _long_file(module: Module) -> Iterator[LintFinding]:
    is_job = module.path.parts[0] == "jobs"
    most = MAX_JOB_LINES if is_job else MAX_FILE_LINES
    if len(module.lines) > most:
        advice = "a job is its arguments, its stage and its exit code" if is_job else "divide it by its ideas"
        yield LintFinding(
            module.path, most + 1, "job-lines" if is_job else "file-lines", f"more than {most} lines: {advice}"
        )


def _long_functions(module: Module) -> Iterator[LintFinding]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > MAX_FUNCTION_LINES:
            sentence = f"the body of '{node.name}' has {body_lines(node)} lines, and at most {MAX_FUNCTION_LINES} fit"
            yield LintFinding(module.path, node.lineno, "function-lines", sentence)


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's body without its docstring, since an explanation makes no function long."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
