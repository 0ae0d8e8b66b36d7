"""States of columns of numbers, as a scan of the values would give them."""

from __future__ import annotations

import numpy as np

from assay.core.profiles.exact_moments import exact_moments
from assay.core.profiles.table_profile import ColumnState


def numbers(
    *values: float, nulls: int = 0, nans: int = 0, plus_inf: int = 0, minus_inf: int = 0, huge: int = 0
) -> ColumnState:
    """Return the state of a column with these values and so many that are no finite number."""
    total, squares = exact_moments(np.array(values, dtype=np.float64))
    return ColumnState(
        "number",
        rows=len(values) + nulls + nans + plus_inf + minus_inf + huge,
        nulls=nulls,
        nans=nans,
        plus_inf=plus_inf,
        minus_inf=minus_inf,
        huge=huge,
        low=min(values, default=None),
        high=max(values, default=None),
        total=total,
        squares=squares,
    )
