"""Names and values as Spark SQL, quoted so that a value of a suite can never be other SQL."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

NUMERIC = frozenset({"int", "long", "double"})
INTEGRAL = frozenset({"int", "long"})
_INT, _LONG, _DECIMAL = 2**31, 2**63, 10**38


def quote_name(name: str) -> str:
    """Return a column's name in quotes; the name may have any characters.

    >>> quote_name("air`time")
    '`air``time`'
    """
    return "`" + name.replace("`", "``") + "`"


def quote_text(text: str) -> str:
    r"""Return a text as a Spark literal. Spark reads backslash escapes, and replaces `${...}` even within quotes.

    >>> print(quote_text("O'Hare \\d+"))
    'O\'Hare \\d+'
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\u0024{")
    return f"'{escaped}'"


def literal(value: Any, column_type: str) -> str:
    """Return `value` as a literal to compare a column of `column_type` with.

    Raises:
        ValueError: It does not fit. Under ANSI such a comparison would end the job in the middle.

    >>> literal(20, "double"), literal("2013-01-05", "date"), literal(0.5, "int")
    ('20', "DATE'2013-01-05'", '0.5D')
    """
    if isinstance(value, dict):
        raise ValueError("suite parameters are not supported; write the value itself")
    if column_type in NUMERIC:
        return _whole(_number(value)) if column_type in INTEGRAL else _double(_number(value))
    if column_type == "boolean" and isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if column_type == "string" and isinstance(value, str):
        return quote_text(value)
    if column_type == "date" and isinstance(value, str):
        return f"DATE'{_date(value)}'"
    if column_type == "timestamp" and isinstance(value, str):
        return f"TIMESTAMP'{_instant(value)}'"
    raise ValueError(f"{value!r} cannot be compared with a {column_type}")


def ordered_value(value: Any, column_type: str) -> Any:
    """Return `value` as a column of `column_type` compares it: as a number, a text, a date or an instant.

    Raises:
        ValueError: It does not fit.

    >>> ordered_value("2013-01-05T06:00:00", "timestamp") < ordered_value("2013-01-05T06:00:00-05:00", "timestamp")
    True
    """
    literal(value, column_type)
    if column_type == "date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(_instant(value)) if column_type == "timestamp" else value


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column with the type that the schema gives it, to be written into SQL."""

    name: str
    type: str

    @property
    def sql(self) -> str:
        """The quoted name."""
        return quote_name(self.name)

    @property
    def text(self) -> str:
        """The SQL of the column's values as texts."""
        return self.sql if self.type == "string" else f"CAST({self.sql} AS STRING)"

    def literal(self, value: Any) -> str:
        """Return `value` as a literal to compare the column with, as `literal` does."""
        return literal(value, self.type)


def is_finite(value: int | float) -> bool:
    """Return whether a number is in the range of a double, exactly or not.

    >>> is_finite(2**70), is_finite(10**400), is_finite(float("inf"))
    (True, False, False)
    """
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_long(value: Any) -> bool:
    """Return whether a number is a whole one of 64 bits: a column of whole numbers holds no others."""
    return is_finite(value) and value == int(value) and -_LONG <= value < _LONG


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        quoted = isinstance(value, str) and value.strip("+-. 0123456789eE") == "" != value
        raise ValueError(f"{value!r} is not a number" + (": write it without quotes" if quoted else ""))
    if isinstance(value, int) and not is_finite(value):
        raise ValueError("a number has more digits than a double can hold")
    return value


def _whole(value: int | float) -> str:
    """Return the literal of a number for an exact comparison with whole numbers.

    Spark compares whole numbers with a double as doubles, which are not exact from 2^53 on. A number with a fraction is
    always below that. A number beyond 64 bits is a decimal in Spark.
    """
    if isinstance(value, float):
        if not math.isfinite(value) or value != int(value) or abs(value) >= _DECIMAL:
            return _double(value)
        value = int(value)
    if abs(value) >= _DECIMAL:
        return _double(float(value))
    if not -_LONG <= value < _LONG:
        return f"{value}BD"
    return str(value) if -_INT <= value < _INT else _long(value)


def _double(value: int | float) -> str:
    if isinstance(value, int):
        if not -_LONG <= value < _LONG:
            return repr(float(value)) + "D"
        return str(value) if -_INT <= value < _INT else _long(value)
    return f"{value!r}D" if math.isfinite(value) else f"CAST('{value}' AS DOUBLE)"


def _long(value: int) -> str:
    # Spark reads the digits before the sign, and the digits of the smallest long exceed the largest long by one.
    return f"{value}L" if value > -_LONG else f"({value + 1}L - 1L)"


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
