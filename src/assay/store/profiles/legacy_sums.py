"""The sums of Profiles of format 1 that rounding has made meaningless."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

from assay.core.profiles.exact_sums import exact
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.table_profile import ColumnState

WORTH = 1_000
"""A sum counts as known where it is at least so many times the largest rounding error that it may have."""

_DIGITS = 30  # format 1 rounded the errors of each row to 2^-30 of a bin, and squares to 2^-30 of a bin squared


def doubtful_squares(state: ColumnState) -> bool:
    """Return whether rounding lost the spread of a column whose squares were summed up in doubles about zero."""
    n, squares, variance = state.values, exact(state.squares or 0.0), state.variance
    if variance is None or not isinstance(squares, Fraction):
        return False
    rounding = sys.float_info.epsilon * math.sqrt(n) * squares / (n - 1)
    return variance < 100 * rounding


def doubtful_sums(state: Residuals) -> list[str]:
    """Return the sums that may be off by a thousandth and more: each row's part was rounded on the label's grid."""
    step = Fraction(2) ** (state.scores.bin_exponent - _DIGITS)
    square = step * Fraction(2) ** state.scores.bin_exponent
    exact_sums = {name: exact(total) for name, total in state.sums.items()}
    known = {name: total for name, total in exact_sums.items() if isinstance(total, Fraction)}
    rounding = {"absolute_error": state.rows * step / 2, "squared_error": state.rows * square / 2}
    doubtful = [name for name, each in rounding.items() if name in known and known[name] < WORTH * each]
    if "absolute_error" in doubtful:
        doubtful.append("error")
    if state.rows and {"label", "squared_label"} <= known.keys():
        about_mean = known["squared_label"] - known["label"] ** 2 / state.rows
        if about_mean < WORTH * (state.rows * square / 2 + abs(known["label"]) * step):
            doubtful.append("squared_label")
    return doubtful
