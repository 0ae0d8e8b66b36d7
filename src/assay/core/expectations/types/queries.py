"""Types that a suite's author writes as a query of SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assay.core.check import Check
from assay.core.expectations.definition.domain import Domain, Params, Record, WrittenExpectation
from assay.core.expectations.definition.families import RowWise

_FILTER = re.compile(r"\s*SELECT\s+\*\s+FROM\s+\{batch\}\s+WHERE\s(.+?)[;\s]*", re.IGNORECASE | re.DOTALL)
_BEYOND = re.compile(
    r"[{};]|--|/\*|\b(?:SELECT|GROUP|HAVING|ORDER|SORT|CLUSTER|DISTRIBUTE|LIMIT|OFFSET|UNION|EXCEPT|MINUS|INTERSECT"
    r"|WINDOW|OVER|QUALIFY|LATERAL|PIVOT|TABLESAMPLE)\b",
    re.IGNORECASE,
)
"""Words that no condition on single rows has. A query with such a word inside quotes is a fallback without need."""


def _mentioned(named: WrittenExpectation | Check) -> Sequence[str]:
    return list(dict.fromkeys(re.findall(r"\w+", str(named.params["unexpected_rows_query"]))))


_EVERY_ROW = Domain(lambda *_: "TRUE", names=_mentioned)


@RowWise(
    "unexpected_rows_expectation",
    "match the query {unexpected_rows_query}",
    domain=_EVERY_ROW,
    needs=["unexpected_rows_query"],
)
def _not_unexpected(_: Record, params: Params) -> str | None:
    query = params["unexpected_rows_query"]
    if not isinstance(query, str):
        raise ValueError("its unexpected_rows_query must be a text")
    match = _FILTER.fullmatch(query)
    if match is None or _BEYOND.search(match[1]):
        return None
    return f"NOT coalesce(({match[1]}), FALSE)"
