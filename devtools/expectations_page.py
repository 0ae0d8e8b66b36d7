"""The parts of docs/expectations.md that come from the code: the table of types, and the source of an example.

`python -m devtools.expectations_page` replaces them between their marks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assay.core.expectations.catalog import EXPECTATION_TYPES
from assay.core.expectations.definition.expectation_type import ANY, RANGE, ExpectationType
from assay.core.expectations.definition.families import TableWise
from assay.core.expectations.types import queries
from devtools.documentation import markdown

PAGE = Path(__file__).parents[1] / "docs" / "expectations.md"
EXAMPLE = "_not_unexpected"


def table() -> str:
    """Return a table of all types: their keywords, the types of columns that are measured, and their cost."""
    rows = [_row(EXPECTATION_TYPES[name]) for name in sorted(EXPECTATION_TYPES)]
    return markdown.table(["type", "needs", "takes", "columns", "cost"], rows)


def example() -> str:
    """Return the source of the example with its decorator, as a block of code."""
    source = Path(queries.__file__).read_text()
    [function] = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == EXAMPLE]
    lines = source.splitlines()[function.decorator_list[0].lineno - 1 : function.end_lineno]
    return markdown.block("python", "\n".join(lines))


def rendered(page: str) -> str:
    """Return the page with the table and the example as the code has them."""
    for mark, text in (("types", table()), ("example", example())):
        block = f"<!-- {mark} -->\n{text}\n<!-- end -->"
        page = re.sub(rf"<!-- {mark} -->\n.*?<!-- end -->", block.replace("\\", r"\\"), page, flags=re.DOTALL)
    return page


def _row(judged: ExpectationType[Any]) -> list[str]:
    columns = "any" if judged.columns == ANY else ", ".join(sorted(judged.columns.measured))
    if isinstance(judged, TableWise):
        columns = ""
    return [f"`{judged.name}`", _names(judged.needs), _names(judged.takes), columns, judged.cost.value]


def _names(keywords: Iterable[str]) -> str:
    names = set(keywords)
    listed = [f"`{name}`" for name in sorted(names.difference(RANGE) if names.issuperset(RANGE) else names)]
    return ", ".join(["*range*"] * names.issuperset(RANGE) + listed)


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text()))
