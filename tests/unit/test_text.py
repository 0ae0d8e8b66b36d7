"""Counts in sentences: one day is a day, and no count meets a bare plural."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assay.core.text import quantity

ROOT = Path(__file__).resolve().parents[2]
BARE = re.compile(r"\{len\([^{}]*\)(?::[^{}]*)?\} [a-z ]*\b(days|rows|columns|models|tables|contenders|values)\b")


def test_one_is_singular_and_every_other_number_is_plural() -> None:
    assert [quantity(n, "day") for n in (0, 1, 2, 1_000)] == ["0 days", "1 day", "2 days", "1,000 days"]
    assert [quantity(n, "query", "queries") for n in (1, 3)] == ["1 query", "3 queries"]


@pytest.mark.parametrize("package", ["core", "stages", "cli"])
def test_no_sentence_puts_a_length_before_a_bare_plural(package: str) -> None:
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "src" / "assay" / package).glob("*.py"))
        for line in path.read_text().splitlines()
        if BARE.search(line)
    ]
    assert found == []
