"""Counts in sentences: one day is a day."""

from __future__ import annotations

from assay.core.text import quantity


def test_one_is_singular_and_every_other_number_is_plural() -> None:
    assert [quantity(n, "day") for n in (0, 1, 2, 1_000)] == ["0 days", "1 day", "2 days", "1,000 days"]
    assert [quantity(n, "query", "queries") for n in (1, 3)] == ["1 query", "3 queries"]
