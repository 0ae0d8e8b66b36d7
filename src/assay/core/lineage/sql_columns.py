"""The columns that an expression of Spark SQL names."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = re.compile(r"`([^`]+)`|([^\W\d]\w*)(?!\w*\s*\()")


def columns_in_sql(sql: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Return those of `columns` that the expression names, in the order of their first use.

    Texts and comments count as no name, and neither does the name of a function. Case is no matter, as in Spark.

    >>> columns_in_sql("upper(depot) = 'weight' AND Boxes > 2", ["boxes", "depot", "upper", "weight"])
    ('depot', 'boxes')
    """
    known = {column.casefold(): column for column in columns}
    words = ((match[1] or match[2]).casefold() for match in _NAME.finditer(_LITERAL.sub(" ", sql)))
    return tuple(dict.fromkeys(known[word] for word in words if word in known))
