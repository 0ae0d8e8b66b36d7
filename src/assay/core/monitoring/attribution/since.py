"""The day since which a metric is another one: the change-point of its daily influences."""

from __future__ import annotations

from datetime import date

import numpy as np

from assay.core.evaluation.jackknife import Jackknife, jackknife
from assay.core.evaluation.metrics import Metric
from assay.core.monitoring.attribution.expected_values import Days
from assay.core.monitoring.daily.change_point import ChangePoint, change_point
from assay.core.monitoring.daily.history import MIN_DAYS
from assay.core.monitoring.daily.series import DailySeries, Floats, StatisticKind, StatisticName


def changed_since(metric: Metric, folds: Days, served: Days) -> ChangePoint | None:
    """Return the change-point of the metric over the days of the folds and all served ones; it is a served day.

    A day's value is its pseudo-value: the metric over its group plus the day's influence (Tukey 1958). The result is
    None below MIN_DAYS days of the folds, or where the metric is undefined.
    """
    before, after = (_pseudo_values(metric, days) for days in (folds, served))
    if before is None or after is None or len(before[0]) < MIN_DAYS:
        return None
    days, values = (*before[0], *after[0]), np.concatenate([before[1], after[1]])
    name = StatisticName(metric.name, StatisticKind.MEAN)
    return change_point(DailySeries(name, days, values, np.zeros(len(days)), values), len(before[0]))


def _pseudo_values(metric: Metric, days: Days) -> tuple[tuple[date, ...], Floats] | None:
    known = tuple(day for day in sorted(days) if days[day].overall.rows)
    measured = jackknife(metric.function, [metric.prepare(days[day].overall) for day in known])
    if not isinstance(measured, Jackknife):
        return None
    without = np.asarray(measured.without)
    return known, measured.estimate + (len(known) - 1) * (without.mean() - without)
