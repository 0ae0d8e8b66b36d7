"""The words of the findings of expectations: places, ranges, sets and shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.core.check import Check, Finding, Status

MAX_VALUES_SHOWN = 8
"""The number of values of a set that a sentence names."""


def check_finding(
    check: Check,
    status: Status,
    sentence: str,
    *,
    observed: Any = None,
    expected: str = "",
    details: Mapping[str, Any] | None = None,
) -> Finding:
    """Return a finding of `check`, with its type, severity and column; `details` also hold the check's id."""
    kept = {"check_id": check.id, **(details or {})}
    return Finding(check.type, status, sentence, check.severity, check.column, observed, expected, kept)


def pass_or_fail(check: Check, good: bool, sentence: str, *, observed: Any = None, expected: str = "") -> Finding:
    """Return a finding of `check` that passes if all is good."""
    return check_finding(check, Status.PASS if good else Status.FAIL, sentence, observed=observed, expected=expected)


def where(check: Check, table: str) -> str:
    """Return the place that a check is about.

    >>> where(Check("expect_column_to_exist", "dest"), "flights"), where(Check("expect_table_row_count_to_equal"), "")
    ('flights.dest', 'the table')
    """
    pair = [check.params[name] for name in ("column_A", "column_B") if name in check.params]
    column = check.column or " and ".join(map(str, pair))
    return ".".join(part for part in (table, column) if part) or "the table"


def percent(share: float) -> str:
    """Return a share in percent, without useless digits.

    >>> percent(3 / 842), percent(0.25), percent(1e-6), percent(0)
    ('0.36 %', '25 %', '0.0001 %', '0 %')
    """
    digits = 2 if share >= 1e-4 else 6
    return f"{100 * share:.{digits}f}".rstrip("0").rstrip(".") + " %"


def number(value: Any) -> str:
    """Return a number as people write it, and another value as JSON or Python writes it.

    >>> number(842), number(0.1 + 0.2), number(1e300), number("EWR")
    ('842', '0.3', '1e+300', "'EWR'")
    """
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    return repr(value) if isinstance(value, str) else str(value)


def bounds(params: Mapping[str, Any]) -> str:
    """Return the range that `min_value`, `max_value` and their `strict_` flags describe.

    >>> bounds({"min_value": 20, "max_value": 700}), bounds({"min_value": 0, "strict_min": True})
    ('between 20 and 700', 'above 0')
    """
    low, high = params.get("min_value"), params.get("max_value")
    above = "above" if params.get("strict_min") else "at least"
    below = "below" if params.get("strict_max") else "at most"
    parts = [f"{above} {number(low)}"] * (low is not None) + [f"{below} {number(high)}"] * (high is not None)
    if len(parts) == 2 and (above, below) == ("at least", "at most"):
        return f"between {number(low)} and {number(high)}"
    return " and ".join(parts)


def listing(values: Iterable[Any]) -> str:
    """Return the first values of a set, and how many more there are.

    >>> listing(["EWR", "JFK"]), listing(range(10))
    ("'EWR', 'JFK'", '0, 1, 2, 3, 4, 5, 6, 7 and 2 more')
    """
    every = list(values)
    more = f" and {len(every) - MAX_VALUES_SHOWN} more" if len(every) > MAX_VALUES_SHOWN else ""
    return ", ".join(number(value) for value in every[:MAX_VALUES_SHOWN]) + more


def fill(template: str, params: Mapping[str, Any]) -> str:
    """Return a text with parameters at their names; sets are cut, and `{range}` is what the limits allow.

    >>> fill("are not {range}, or one of {value_set}", {"min_value": 1, "value_set": ["EWR", "JFK"]})
    "are not at least 1, or one of 'EWR', 'JFK'"
    """
    words = {name: listing(value) if isinstance(value, list) else value for name, value in params.items()}
    columns, match_on = ", ".join(params.get("column_list") or ()), params.get("match_on") or "any"
    return template.format_map({**words, "range": bounds(params), "column_list": columns, "match_on": match_on})


def example_line(example: Mapping[str, Any]) -> str:
    """Return a row that breaks a check as a line: its key, and the values that the check looks at.

    >>> example_line({"key": {"carrier": "UA", "flight": "12"}, "values": {"air_time": None}})
    'carrier UA, flight 12: air_time null'
    """
    key, values = (
        ", ".join(f"{name} {'null' if value is None else value}" for name, value in example[part].items())
        for part in ("key", "values")
    )
    return f"{key}: {values}" if values else key
