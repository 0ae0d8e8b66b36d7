"""The check that limits make sense for the limited value, count, share or spread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from assay.core.expectations.definition.expectation_type import BOUNDS, Limits
from assay.core.expectations.sql.invalid_expectation import MistakeError
from assay.core.expectations.sql.literals import NUMERIC, is_finite, ordered_value

Params = Mapping[str, Any]


def check_limits(limited: Limits, params: Params, column_type: str | None) -> None:
    """Check that the limits have the kind of the limited value, leave something between them, and can be reached.

    Raises:
        MistakeError: A limit is wrong.
    """
    limits = {name: _limit(limited, name, params[name], column_type) for name in BOUNDS if params.get(name) is not None}
    if "min_value" in limits and "max_value" in limits:
        _check_order(params, limits["min_value"], limits["max_value"])
    if "max_value" in limits and limited is Limits.SPREAD and limits["max_value"] < 0:
        raise MistakeError(f"its max_value is {params['max_value']}, and no spread is below 0", keyword="max_value")


def whole_number(value: Any, keyword: str, what: str = "a number of things") -> int:
    """Return a count or a length, which is a whole number from 0 on.

    Raises:
        MistakeError: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite(value) or value != int(value):
        raise MistakeError(f"its {keyword} is {value!r}, and {what} is a whole number", keyword=keyword)
    if value < 0:
        raise MistakeError(f"its {keyword} is {value}, and {what} is never below 0", keyword=keyword)
    return int(value)


def finite_number(value: Any, keyword: str) -> int | float:
    """Return a number that is no text and not infinite.

    Raises:
        MistakeError: It is something else.
    """
    if isinstance(value, dict):
        raise MistakeError("suite parameters are not supported; write the value itself", keyword=keyword)
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "write it without quotes" if isinstance(value, str) and _is_number(value) else ""
        raise MistakeError(f"its {keyword} {value!r} is not a number", keyword=keyword, hint=hint)
    if not is_finite(value):
        raise MistakeError(f"its {keyword} is too large for a number", keyword=keyword)
    return value


def _limit(limited: Limits, name: str, value: Any, column_type: str | None) -> Any:
    """Return a limit as the value that it is compared as."""
    match limited:
        case Limits.COUNT | Limits.LENGTH:
            return whole_number(value, name, limited.value)
        case Limits.SHARE:
            return _share(name, value)
        case Limits.VALUE if column_type is not None and column_type not in NUMERIC:
            return _of_type(value, name, column_type)
    return finite_number(value, name)


def _share(name: str, value: Any) -> int | float:
    share = finite_number(value, name)
    if not 0 <= share <= 1:
        raise MistakeError(f"its {name} is {value}, and a share is from 0 to 1", keyword=name)
    return share


def _of_type(value: Any, name: str, column_type: str) -> Any:
    if column_type == "boolean":
        hint = "use expect_column_values_to_be_in_set"
        raise MistakeError("a boolean has no order", keyword=name, hint=hint)
    try:
        return ordered_value(value, column_type)
    except ValueError as error:
        raise MistakeError(f"its {name}: {error}", keyword=name) from None


def _check_order(params: Params, low: Any, high: Any) -> None:
    shown = f"its min_value {params['min_value']!r}"
    if low > high:
        message = f"{shown} is greater than its max_value {params['max_value']!r}"
        raise MistakeError(message, keyword="min_value", hint="nothing lies between them: exchange them")
    if low == high and (params.get("strict_min") or params.get("strict_max")):
        message = f"{shown} is its max_value, and one of them is strict"
        raise MistakeError(
            message, keyword="max_value", hint="nothing lies between them: remove strict_min or strict_max"
        )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
