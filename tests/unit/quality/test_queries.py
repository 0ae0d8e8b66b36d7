"""A query of unexpected rows is counted in the scan where it is a plain filter, and left alone where it is more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.core.check import Check, CheckCost
from assay.core.expectations.catalog import find_type
from assay.core.expectations.judge import cost_of
from assay.errors import InputError
from assay.quality.suite import load_suite

COLUMNS = {"x": "double", "n": "int"}


def loaded(folder: Path, query: object) -> Check:
    path = folder / "outcomes.json"
    entry = {"type": "unexpected_rows_expectation", "kwargs": {"unexpected_rows_query": query}}
    path.write_text(json.dumps({"expectations": [entry]}))
    return load_suite(path, COLUMNS)[0]


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("SELECT * FROM {batch} WHERE x > n", "x > n"),
        ("select *\n  from {batch}\n where x > n\n   or n is null ;\n", "x > n\n   or n is null"),
        ("SELECT * FROM {batch} WHERE n IN (1, 2) AND x BETWEEN 0 AND 1;", "n IN (1, 2) AND x BETWEEN 0 AND 1"),
    ],
)
def test_a_filter_becomes_what_a_good_row_does_not_meet(tmp_path: Path, query: str, condition: str) -> None:
    check = loaded(tmp_path, query)
    assert check.predicate == f"NOT coalesce(({condition}), FALSE)"
    assert (check.applies, cost_of(check)) == ("TRUE", CheckCost.PROFILE)
    assert {"x", "n"} >= {name for name in find_type(check.type).examples_of(check) if name in COLUMNS} != set()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT n FROM {batch} WHERE x > n",
        "SELECT * FROM {batch}",
        "SELECT * FROM {batch} b WHERE b.x > 0",
        "SELECT * FROM other WHERE x > n",
        "SELECT * FROM {batch} WHERE x > (SELECT max(n) FROM {batch})",
        "SELECT * FROM {batch} WHERE x > 0 GROUP BY n",
        "SELECT * FROM {batch} WHERE x > 0 ORDER BY n LIMIT 1",
        "SELECT * FROM {batch} WHERE x > 0 UNION SELECT * FROM {batch} WHERE n > 0",
        "SELECT * FROM {batch} WHERE x > 0 -- and n > 0",
        "SELECT * FROM {batch} WHERE x > 0; SELECT 1",
    ],
)
def test_a_query_that_is_more_than_a_filter_is_left_to_great_expectations(tmp_path: Path, query: str) -> None:
    check = loaded(tmp_path, query)
    assert (check.predicate, check.applies, cost_of(check)) == ("", "", CheckCost.FALLBACK)


def test_a_query_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        loaded(tmp_path, {"$PARAMETER": "query"})
    assert raised.value.code == "bad-suite"
