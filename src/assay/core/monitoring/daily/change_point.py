"""The days on which a change may have happened: all whose likelihood is near that of the most likely one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from assay.core.autocorrelation import autocorrelation_of
from assay.core.monitoring.daily.history import history_of
from assay.core.monitoring.daily.series import DailySeries, Floats

NEAR = 8.0
"""A day is in the set if twice its log likelihood is at most so much below the largest (Worsley 1986; simulated)."""


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The most likely first day of a change, and the first and last day that it may have been."""

    day: date
    earliest: date
    latest: date


def change_point(series: DailySeries, first: int) -> ChangePoint:
    """Return the change-point of the series, by a step of its mean on whitened days; `first` is the first served day.

    The training's days set the scale, and the change lies on a served day.
    """
    history = history_of(series.values[:first], series.weekdays[:first], series.errors[:first])
    y = history.prepare(series.values, series.weekdays)
    likelihood = _gains(y, autocorrelation_of(y[:first] - y[:first].mean()), first)
    near = np.flatnonzero(likelihood >= likelihood.max() - NEAR) + first
    best = int(likelihood.argmax()) + first
    return ChangePoint(series.days[best], series.days[int(near[0])], series.days[int(near[-1])])


def _gains(y: Floats, r: float, first: int) -> Floats:
    """Return twice the gain in log likelihood of a step that begins on each day from `first` on.

    Both the series and the step are whitened by the autocorrelation r, and the constant is projected out of both.
    """
    days = len(y)
    a = np.concatenate([y[:1] * np.sqrt(1 - r * r), y[1:] - r * y[:-1]])
    c = np.concatenate([[np.sqrt(1 - r * r)], np.full(days - 1, 1 - r)])
    begins = np.arange(first, days)
    after_a, after = _sums_after(a)[begins], days - 1 - begins
    step_a = a[begins] + (1 - r) * after_a
    step_c = c[begins] + (1 - r) ** 2 * after
    step_step = 1 + (1 - r) ** 2 * after
    cc, ca = float(c @ c), float(c @ a)
    top = step_a - step_c * ca / cc
    explained = top**2 / (step_step - step_c**2 / cc)
    whole = float(a @ a) - ca * ca / cc
    left = max((whole - float(explained.max())) / (days - 3), 1e-300)
    return np.asarray(explained / left)


def _sums_after(values: Floats) -> Floats:
    """Return the sum of the values after each place."""
    return np.asarray(values[::-1].cumsum()[::-1] - values)
