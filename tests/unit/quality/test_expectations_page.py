"""docs/expectations.md holds every type with its keywords and cost, and the source of an example, as the code does."""

from __future__ import annotations

import re
from pathlib import Path

import assay
from assay.core.expectations.catalog import EXPECTATION_TYPES
from devtools.expectations_page import PAGE, example, rendered, table


def test_the_table_and_the_example_of_the_page_are_those_of_the_code() -> None:
    page = PAGE.read_text()
    assert table() in page
    assert example() in page
    assert rendered(page) == page


def test_every_type_is_named_once_in_the_source() -> None:
    package = Path(assay.__file__).parent
    folders = [package / "quality", package / "core" / "expectations", package / "spark", package / "stages"]
    source = "\n".join(path.read_text() for folder in folders for path in sorted(folder.rglob("*.py")))
    named = {name: len(re.findall(rf'"{name}"', source)) for name in EXPECTATION_TYPES}
    places = {name: count for name, count in named.items() if count != 1}
    # These are also what a hint, a proposal or a doctest suggests, or share a function with a twin that asks which.
    assert set(places) == {
        "expect_column_distinct_values_to_equal_set",
        "expect_column_to_exist",
        "expect_column_values_to_be_between",
        "expect_table_row_count_to_equal",
    }
