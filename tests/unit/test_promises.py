"""The table of docs/testing.md: each promise has a test, which is there and runs in the lane that is named."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| [^|]+ \| `([\w/]+\.py)::(\w+)` \| ([\w-]+) \|")
LANES = {"system-test": "system", "soak": "soak"}
PROMISES = [
    match.groups() for match in map(ROW.fullmatch, (ROOT / "docs" / "testing.md").read_text().splitlines()) if match
]


def markers(file: str, function: str) -> set[str]:
    """The names of our markers on the whole file or on the whole test, and not on some of its parameters alone."""
    tree = ast.parse((ROOT / "tests" / file).read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
    assert len(functions) == 1, f"{file} has no test {function}"
    texts = [ast.unparse(decorator) for decorator in functions[0].decorator_list]
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            texts.append(ast.unparse(node.value))
    whole = [text for text in texts if not text.startswith("pytest.mark.parametrize")]
    named = {name for text in whole for name in re.findall(r"mark\.(system|soak)\b", text)}
    return named | ({"system"} if any("MARKS" in text for text in whole) else set())


def test_there_are_promises() -> None:
    assert len(PROMISES) > 50
    assert {lane for _, _, lane in PROMISES} == {"test", *LANES}


@pytest.mark.parametrize(("file", "function", "lane"), PROMISES)
def test_the_test_of_a_promise_runs_in_its_lane(file: str, function: str, lane: str) -> None:
    test_markers = markers(file, function)
    if function == "test_benches_prove_their_outputs_equal_and_print_one_table":
        assert test_markers == set(), "its parameters have markers of their own"
    else:
        assert test_markers == ({LANES[lane]} if lane in LANES else set())
