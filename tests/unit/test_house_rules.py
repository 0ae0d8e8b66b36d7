"""The house's own rules, which no linter knows: small files, small functions, names that say something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("src", "examples", "jobs", "dags", "conf", "bench", "hadoop", "scheduler", "docs", "tests", ".ci")
LONGEST_FILE = 300
LONGEST_FUNCTION = 39
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
# A home folder, a temporary folder, a checkout: true on one machine only. Joined, as this file is read by its own rule.
MACHINE = re.compile(r"(?<![\w}>.~])/(?:ho" + r"me|ro" + r"ot|Us" + r"ers|tm" + r"p|wo" + r"rk)/\w")
SOURCES = sorted(
    path
    for folder in ("src", "examples", "jobs", "dags", "bench", "hadoop", "scheduler")
    for path in (ROOT / folder).rglob("*.py")
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def texts() -> Iterator[Path]:
    kinds = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".sh", ".properties", ".html", ".j2", ".css", ".js", ""}
    for folder in OURS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in kinds and "__pycache__" not in path.parts:
                yield path
    yield from (
        ROOT / file for file in ("Makefile", "pyproject.toml", ".pre-commit-config.yaml") if (ROOT / file).exists()
    )


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 20
    assert len(list(texts())) > 40


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_is_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: length(f) for f in functions if length(f) > LONGEST_FUNCTION}
    assert not long


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, without the docstring: what is said about a function does not make it long."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_has_a_name_that_says_something(path: Path) -> None:
    assert not {path.stem, path.parent.name} & SAYS_NOTHING


@pytest.mark.parametrize("path", [path for path in SOURCES if "src" in path.relative_to(ROOT).parts], ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.py")), ids=name)
def test_only_the_command_line_prints(path: Path) -> None:
    if "cli" in path.parts:
        pytest.skip("what is printed is its job")
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def test_no_file_knows_this_machine() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


def test_a_job_is_argv_then_stage_then_exit_code() -> None:
    jobs = sorted((ROOT / "jobs").glob("*.py"))
    assert not {job.name: lines for job in jobs if (lines := len(job.read_text().splitlines())) >= 20}
