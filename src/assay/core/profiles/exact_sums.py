"""Exact sums over rows: they merge by addition, in any order and grouping, to the same bits.

Doubles do not add associatively, and a sum of squares in doubles loses a small spread around a large mean. So sums are
fractions. A double is a multiple of some power of two, hence so is every sum of doubles and of their squares.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

Exact = Fraction | float
"""A sum. A float has its exact value; a float that is infinite or NaN makes every sum with it infinite or NaN."""


def exact(value: Exact) -> Exact:
    """Return the number as a fraction; a float that is not finite stays a float."""
    return Fraction(value) if isinstance(value, Fraction) or math.isfinite(value) else value


def plus(one: Exact, two: Exact) -> Exact:
    """Return the exact sum of two numbers.

    >>> plus(1e16, plus(1.0, -1e16))
    Fraction(1, 1)
    """
    terms = [exact(one), exact(two)]
    odd = [value for value in terms if isinstance(value, float)]
    return sum(odd) if odd else terms[0] + terms[1]


def merge_sums(
    one: Mapping[str, Exact], two: Mapping[str, Exact], *, empty: bool, that_empty: bool
) -> dict[str, Exact]:
    """Add the sums that both sides measured; if exactly one side is empty, return the sums of the other side."""
    if empty != that_empty:
        return dict(two if empty else one)
    return {name: plus(one[name], two[name]) for name in sorted(one.keys() & two.keys())}


def number_to_json(value: float | None) -> float | str | None:
    """Return the number, as a text if it is infinite or NaN: JSON has no such numbers, and a Profile must keep them."""
    return value if value is None or math.isfinite(value) else str(float(value))


def number_from_json(value: float | str | None) -> float | None:
    """Return the number that `number_to_json` wrote."""
    return float(value) if isinstance(value, str) else value


def sum_to_json(value: Exact | None) -> float | str | None:
    """Return the sum as a number where a double holds it exactly, and as the text of a fraction otherwise.

    >>> sum_to_json(Fraction(1, 4)), sum_to_json(Fraction(2**60 + 1, 2)), sum_to_json(math.inf)
    (0.25, '1152921504606846977/2', 'inf')
    """
    if not isinstance(value, Fraction):
        return number_to_json(value)
    try:
        near = value.numerator / value.denominator
    except OverflowError:
        return str(value)
    return near if near == value else str(value)


def sum_from_json(value: float | str) -> Exact:
    """Return the sum that `sum_to_json` wrote.

    Raises:
        ValueError: The text is not a number.
    """
    if not isinstance(value, str):
        return float(value)
    return float(value) if value in ("inf", "-inf", "nan") else Fraction(value)
