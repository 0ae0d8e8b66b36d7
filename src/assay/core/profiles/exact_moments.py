"""The moments of rows without rounding: the sum of numbers and of their squares, with whole numbers of 64 bits."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE_BITS = 13
"""The bits of a piece of a number: products of two pieces, added up over 2^31 rows, stay below 2^63."""

MIN_OCTAVE = -1_000
"""The lowest octave: bits below 2^(MIN_OCTAVE - 4 PIECE_BITS) are left out."""


def exact_moments(values: NDArray[np.float64]) -> tuple[Fraction, Fraction]:
    """Return the sum of finite values and the sum of their squares, without any rounding.

    Each value is 2^octave times a number in [1, 2). That number is cut into four pieces of 13 bits. The pieces are
    whole numbers, whose sums and sums of products are exact in 64 bits.

    >>> exact_moments(np.array([1e16, 1.0, -1e16]))[0]
    Fraction(1, 1)
    """
    octaves = np.maximum(np.frexp(values)[1] - 1, MIN_OCTAVE)
    rest = np.ldexp(values, -octaves)
    pieces = []
    for _ in range(4):
        rest = rest * 2.0**PIECE_BITS
        pieces.append(np.rint(rest).astype(np.int64))
        rest = rest - pieces[-1]
    return joined_moments(octaves, np.stack(summands(pieces), axis=1).reshape(-1, 9))


def summands(pieces: Sequence[Any]) -> list[Any]:
    """Return the nine whole numbers to add up over rows, from the four pieces of each row's value.

    They are the value as two halves, and its square as one number per power of 2^PIECE_BITS. The pieces may be columns
    of Spark or arrays.
    """
    a, b, c, d = pieces
    wide = 1 << PIECE_BITS
    products = [a * a, 2 * a * b, 2 * a * c + b * b, 2 * a * d + 2 * b * c, 2 * b * d + c * c, 2 * c * d, d * d]
    return [a * wide + b, c * wide + d, *products]


def joined_moments(octaves: NDArray[np.int64], sums: NDArray[np.int64]) -> tuple[Fraction, Fraction]:
    """Return the sum and the sum of squares from `summands` that were added up over groups of rows.

    All rows of a group have the same octave. Each group has an element in `octaves` and a row of nine numbers in
    `sums`. One octave may have several groups.
    """
    total, squares = 0, 0
    order = np.argsort(octaves, kind="stable")
    starts = np.flatnonzero(np.diff(octaves[order], prepend=octaves.min(initial=0) - 1))
    if not len(octaves):
        return Fraction(0), Fraction(0)
    lowest = int(octaves[order[0]])
    for start, group in zip(starts, np.add.reduceat(sums[order], starts).tolist(), strict=True):
        above = int(octaves[order[start]]) - lowest
        total += ((group[0] << 2 * PIECE_BITS) + group[1]) << above
        square = 0
        for each in group[2:]:
            square = (square << PIECE_BITS) + each
        squares += square << 2 * above
    return _scaled(total, lowest - 4 * PIECE_BITS), _scaled(squares, 2 * lowest - 8 * PIECE_BITS)


def _scaled(whole: int, exponent: int) -> Fraction:
    return Fraction(whole << exponent) if exponent >= 0 else Fraction(whole, 1 << -exponent)
