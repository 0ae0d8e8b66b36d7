"""The table of docs/testing.md: each promise has a test, which is there and runs in the lane that is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..lane_markers import lane_markers

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| [^|]+ \| `([\w/]+\.py)::(\w+)` \| ([\w-]+) \|")
LANES = {"system-test": "system", "soak": "soak"}
PROMISES = [
    match.groups() for match in map(ROW.fullmatch, (ROOT / "docs" / "testing.md").read_text().splitlines()) if match
]


def test_there_are_promises() -> None:
    assert len(PROMISES) > 50
    assert {lane for _, _, lane in PROMISES} == {"test", *LANES}


@pytest.mark.parametrize(("file", "function", "lane"), PROMISES)
def test_the_test_of_a_promise_runs_in_its_lane(file: str, function: str, lane: str) -> None:
    by_test = lane_markers(ROOT / "tests" / file)
    assert function in by_test, f"{file} has no test {function}"
    test_markers = by_test[function]
    if function == "test_benches_prove_their_outputs_equal_and_print_one_table":
        assert test_markers == set(), "its parameters have markers of their own"
    else:
        assert test_markers == ({LANES[lane]} if lane in LANES else set())
