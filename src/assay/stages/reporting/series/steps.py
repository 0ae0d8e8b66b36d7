"""The steps of charts: a value of some days with its interval, from leaving out one day at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from assay.core.evaluation.jackknife import Insufficient, inflated_error, jackknife
from assay.core.profiles.outcome_profile import Scored
from assay.report.content.series import SeriesStep

CONFIDENCE = 0.95
"""The nominal confidence of each end of an interval: both ends together have 90 %."""

Reach = Callable[[Sequence[Scored]], float | None]
"""A function of the outcomes of some days: the half of an interval's width, None where no error can be computed."""


def reach_of(prepare: Callable[[Any], Any], function: Callable[[Any], float | None]) -> Reach:
    """Return the function that gives the reach of a statistic, from leaving out one day at a time."""
    from scipy.special import stdtrit

    def reach(outcomes: Sequence[Scored]) -> float | None:
        measured = jackknife(function, [prepare(one) for one in outcomes])
        if isinstance(measured, Insufficient):
            return None
        return float(stdtrit(measured.days - 1, CONFIDENCE)) * inflated_error(measured)

    return reach


def step_of(
    series: str,
    days: tuple[date, date],
    outcomes: Sequence[Scored],
    value: float | None,
    reach: Reach | None,
    *,
    few: bool = False,
) -> SeriesStep | None:
    """Return the value of the first to the last of `days` with its interval; None without a finite value."""
    if value is None or not math.isfinite(value):
        return None
    half = reach(outcomes) if reach is not None else None
    low, high = (None, None) if half is None else (value - half, value + half)
    return SeriesStep(series, *days, value, low, high, sum(one.rows for one in outcomes), few)
