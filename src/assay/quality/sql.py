"""Names and values as Spark SQL, quoted so that no suite can say anything but a value."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

from assay.core.expectation_states import NUMERIC

_INT, _LONG = 2**31, 2**63


def quote_name(name: str) -> str:
    """A column's name, whatever it holds.

    >>> quote_name("air`time")
    '`air``time`'
    """
    return "`" + name.replace("`", "``") + "`"


def quote_text(text: str) -> str:
    r"""A text as a Spark literal. Spark reads backslash escapes, and replaces `${...}` even within quotes.

    >>> print(quote_text("O'Hare \\d+"))
    'O\'Hare \\d+'
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\u0024{")
    return f"'{escaped}'"


def as_text(name: str, column_type: str) -> str:
    """The SQL of a quoted column as a text.

    >>> as_text("`n`", "int")
    'CAST(`n` AS STRING)'
    """
    return name if column_type == "string" else f"CAST({name} AS STRING)"


def literal(value: Any, column_type: str) -> str:
    """`value` as a literal to compare a column of `column_type` with. Raises ValueError, in words, if it does not fit:
    under ANSI such a comparison would end the job in the middle.

    >>> literal(20, "double"), literal("2013-01-05", "date"), literal(0.5, "int")
    ('20', "DATE'2013-01-05'", '0.5D')
    """
    if isinstance(value, dict):
        raise ValueError("suite parameters are not supported; write the value itself")
    if column_type in NUMERIC:
        return _number(value)
    if column_type == "boolean" and isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if column_type == "string" and isinstance(value, str):
        return quote_text(value)
    if column_type == "date" and isinstance(value, str):
        return f"DATE'{_date(value)}'"
    if column_type == "timestamp" and isinstance(value, str):
        return f"TIMESTAMP'{_instant(value)}'"
    raise ValueError(f"{value!r} cannot be compared with a {column_type}")


def _number(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = float(value) if any(letter in value.lower() for letter in ".einf") else int(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is not a number")
    if isinstance(value, int):
        if not -_LONG <= value < _LONG:
            return repr(float(value)) + "D"
        return str(value) if -_INT <= value < _INT else f"{value}L"
    return f"{value!r}D" if math.isfinite(value) else f"CAST('{value}' AS DOUBLE)"


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"'{text}' is not a date such as 2013-01-31") from None


def _instant(text: str) -> str:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a time such as 2013-01-31T06:00:00") from None
    if instant.tzinfo is not None:
        instant = instant.astimezone(UTC).replace(tzinfo=None)
    return instant.isoformat(sep=" ") + "Z"
