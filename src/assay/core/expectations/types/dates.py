"""Types about texts that hold a date or a time."""

from __future__ import annotations

import re

from assay.core.expectations.definition.domain import Params
from assay.core.expectations.definition.expectation_type import ColumnTypes
from assay.core.expectations.definition.families import RowWise
from assay.core.expectations.sql.literals import SqlColumn, quote_text

_DIRECTIVES = {
    "%": "%",
    "Y": "([0-9]{4})",
    "y": "([0-9]{2})",
    "m": "(1[0-2]|0[1-9]|[1-9])",
    "d": "(3[0-1]|[1-2][0-9]|0[1-9]|[1-9]| [1-9])",
    "H": "(2[0-3]|[0-1][0-9]|[0-9])",
    "M": "([0-5][0-9]|[0-9])",
    "S": "(6[0-1]|[0-5][0-9]|[0-9])",
    "f": "([0-9]{1,6})",
}
"""The texts that Python reads for each directive, the longest first. Those that depend on a language are left out."""

_PIECES = re.compile(r"%(?P<directive>.)|(?P<space>\s+)|[^%\s]+")
_SPACE = r"[\s\x1c-\x1f]+"


@RowWise(
    "expect_column_values_to_match_strftime_format",
    "do not match the format {strftime_format}",
    needs=["strftime_format"],
    columns=ColumnTypes(frozenset({"string"})),
)
def _matches_format(column: SqlColumn, params: Params) -> str | None:
    translated = as_regex(params["strftime_format"])
    if translated is None:
        return None
    pattern, date_time = map(quote_text, translated)
    # A pattern allows 30 February, the 61st second and the year 0, of which a cast makes NULL or an earlier time.
    instant = f"try_cast(replace(regexp_replace({column.sql}, {pattern}, {date_time}), ' ', '0') AS TIMESTAMP_NTZ)"
    exists = f"coalesce({instant} >= TIMESTAMP_NTZ'0001-01-01 00:00:00', FALSE)"
    return f"{column.sql} RLIKE {pattern} AND {exists}"


def as_regex(strftime_format: str) -> tuple[str, str] | None:
    r"""Return Java's pattern for the texts of a format, and the replacement that makes an ISO time; None without one.

    The pattern matches the same part of a text as Python, without backtracking: `(?>...)` is an atomic group.

    >>> as_regex("%H:%M")
    ('(?iU)\\A(?>(2[0-3]|[0-1][0-9]|[0-9]):([0-5][0-9]|[0-9]))\\z', '1900-1-1T0:0:0')
    >>> as_regex("%d %B")
    """
    groups, pattern = "", ""
    for piece in _PIECES.finditer(strftime_format):
        directive = piece["directive"]
        if directive and (directive not in _DIRECTIVES or directive in groups):
            return None
        pattern += _SPACE if piece["space"] else _DIRECTIVES[directive] if directive else re.escape(piece[0])
        groups += directive if directive and directive != "%" else ""
    if "Y" in groups and "y" in groups:
        return None
    numbers = {directive: f"${groups.index(directive) + 1}" for directive in groups}
    year = numbers.get("Y") or (f"20{numbers['y']}" if "y" in numbers else "1900")
    date_time = f"{year}-{numbers.get('m', '1')}-{numbers.get('d', '1')}T0:0:{numbers.get('S', '0')}"
    return rf"(?iU)\A(?>{pattern})\z", date_time
