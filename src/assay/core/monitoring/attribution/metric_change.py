"""The change of a metric from its folds to some served days, with the bounds of its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from scipy.special import stdtrit

from assay.core.evaluation.jackknife import Jackknife, inflated_error, jackknife
from assay.core.evaluation.metrics import Metric
from assay.core.monitoring.action_review import MeasuredChange
from assay.core.profiles.outcome_profile import OutcomeProfile

MIN_DAYS = 5
"""The least number of days of either group."""

CONFIDENCE = 0.95


def metric_change(
    metric: Metric, folds: Mapping[date, OutcomeProfile], served: Mapping[date, OutcomeProfile]
) -> MeasuredChange | None:
    """Return the change, positive where the served days are better; None where it or its error cannot be computed."""
    groups = [[one.overall for _, one in sorted(days.items()) if one.overall.rows] for days in (folds, served)]
    then, now = (jackknife(metric.function, [metric.prepare(day) for day in days]) for days in groups)
    fewest = min(map(len, groups))
    if fewest < MIN_DAYS or not isinstance(then, Jackknife) or not isinstance(now, Jackknife):
        return None
    value = metric.sign * (now.estimate - then.estimate)
    reach = float(stdtrit(fewest - 1, CONFIDENCE)) * math.hypot(inflated_error(then), inflated_error(now))
    return MeasuredChange(value, value - reach, value + reach, len(groups[1]))
