"""The change of a metric from its folds to some served days, with the bounds of its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scipy.special import stdtrit

from assay.core.evaluation.jackknife import Jackknife, inflated_error, jackknife
from assay.core.evaluation.metrics import Metric
from assay.core.monitoring.action_review import MeasuredChange
from assay.core.profiles.outcome_profile import OutcomeProfile, Scored

MIN_DAYS = 5
"""The least number of days of either group."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class ChangeEvidence:
    """The change between two groups of days, positive where the later ones are better, with its standard error.

    The later group has so many `days`. The error is inflated for days that follow each other.
    """

    value: float
    error: float
    freedom: int
    days: int

    def bounds(self, confidence: float) -> tuple[float, float]:
        """Return the bounds of the change, each one-sided at that confidence."""
        reach = float(stdtrit(self.freedom, confidence)) * self.error
        return self.value - reach, self.value + reach


def change_evidence(metric: Metric, before: Sequence[Scored], after: Sequence[Scored]) -> ChangeEvidence | None:
    """Return the evidence of a change from the days of two groups; None where it or its error cannot be computed."""
    then, now = (jackknife(metric.function, [metric.prepare(day) for day in days]) for days in (before, after))
    if not isinstance(then, Jackknife) or not isinstance(now, Jackknife):
        return None
    value = metric.sign * (now.estimate - then.estimate)
    error = math.hypot(inflated_error(then), inflated_error(now))
    return ChangeEvidence(value, error, min(then.days, now.days) - 1, now.days)


def metric_change(
    metric: Metric, folds: Mapping[date, OutcomeProfile], served: Mapping[date, OutcomeProfile]
) -> MeasuredChange | None:
    """Return the change, positive where the served days are better; None where it or its error cannot be computed."""
    groups = [[one.overall for _, one in sorted(days.items()) if one.overall.rows] for days in (folds, served)]
    if min(map(len, groups)) < MIN_DAYS:
        return None
    evidence = change_evidence(metric, *groups)
    return MeasuredChange(evidence.value, *evidence.bounds(CONFIDENCE), evidence.days) if evidence else None
