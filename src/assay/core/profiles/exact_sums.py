"""Sums over rows that merge by addition, exactly: in any order and grouping they come to the same bits.

Doubles do not add associatively, and a sum of squares in doubles loses a small spread around a large mean. So sums are
fractions: a double is a whole number of some power of two, hence so is every sum of doubles and of their squares.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

Exact = Fraction | float
"""A sum. A float stands for the number that it is; one that is infinite or NaN makes every sum with it so."""


def exact(value: Exact) -> Exact:
    """The number as a fraction, or as the float that it is where that is not finite."""
    return Fraction(value) if isinstance(value, Fraction) or math.isfinite(value) else value


def plus(one: Exact, two: Exact) -> Exact:
    """The exact sum of two.

    >>> plus(1e16, plus(1.0, -1e16))
    Fraction(1, 1)
    """
    terms = [exact(one), exact(two)]
    odd = [value for value in terms if isinstance(value, float)]
    return sum(odd) if odd else terms[0] + terms[1]


def merge_sums(
    one: Mapping[str, Exact], two: Mapping[str, Exact], *, empty: bool, that_empty: bool
) -> dict[str, Exact]:
    """The sums that both sides measured, added; those of the other side where exactly one is `empty`."""
    if empty != that_empty:
        return dict(two if empty else one)
    return {name: plus(one[name], two[name]) for name in sorted(one.keys() & two.keys())}


def number_to_json(value: float | None) -> float | str | None:
    """The number; JSON has no infinities, and a Profile must survive whatever was measured."""
    return value if value is None or math.isfinite(value) else str(float(value))


def number_from_json(value: float | str | None) -> float | None:
    """The number that `number_to_json` wrote."""
    return float(value) if isinstance(value, str) else value


def sum_to_json(value: Exact | None) -> float | str | None:
    """The sum as a number where a double is exactly that, and as a fraction in words where none is.

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
    """The sum that `sum_to_json` wrote; raises ValueError for words that are no number."""
    if not isinstance(value, str):
        return float(value)
    return float(value) if value in ("inf", "-inf", "nan") else Fraction(value)
