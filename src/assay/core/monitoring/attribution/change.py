"""The change of a served metric since its folds, split into causes that add up to it.

1. Incidents: what the metric would have been without the days on which something was wrong with the data.
2. Mix: other slices and scores than on the folds, with the labels that such rows had there.
3. Changed code: the days whose data are cleaned by other code, beyond what the other days show.
4. Relation: what is left. Rows of the same slice and score have other labels than on the folds.

Each part has an interval from leaving out one day at a time (Efron and Stein 1981). Days have four groups: those
of the folds, those with an incident, those with the code of before and those with other code. Each has its own mean,
since a step between two groups is what a part measures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from assay.core.autocorrelation import variance_factor
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import Metric
from assay.core.monitoring.attribution.expected_values import Days, ExpectedValues, expected_values, merged_value
from assay.core.text import quantity

MIN_DAYS = 5
"""The least number of days of the folds, and of served days without an incident."""

CONFIDENCE = 0.95
"""The confidence of each side of an interval."""


class Cause(StrEnum):
    """A cause of the change of a metric."""

    INCIDENT = "incident"
    MIX = "mix"
    CODE = "code"
    RELATION = "relation"


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a change that a cause has, positive where the model is better, with its bounds and its served days.

    A part is shown if its interval lies on one side of zero.
    """

    cause: Cause
    gain: float
    low: float
    high: float
    days: int

    @property
    def shown(self) -> bool:
        """True if the interval does not hold zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class MetricChange:
    """The change of a metric from its folds to served days, positive where it is better, and its parts.

    The mix is described by the column `slice`, None for the scores alone.
    """

    then: float
    now: float
    gain: float
    parts: tuple[Part, ...]
    slice: str | None

    def part(self, cause: Cause) -> Part:
        """Return the part of a cause; one without days has no gain."""
        return next((one for one in self.parts if one.cause is cause), Part(cause, 0.0, 0.0, 0.0, 0))


@dataclass(frozen=True, slots=True)
class Marks:
    """Known facts about served days: those with an incident, and those that other code cleaned than the first."""

    incidents: frozenset[date] = frozenset()
    changed: frozenset[date] = frozenset()


def split_change(
    metric: Metric, folds: Days, served: Days, marks: Marks, *, column: str | None = None
) -> MetricChange | Insufficient:
    """Return the change of a metric between two groups of days, split; `column` divides the rows for the mix.

    It is Insufficient below MIN_DAYS days of either group, or where a value is undefined.
    """
    folds, served = ({day: one for day, one in days.items() if one.overall.rows} for days in (folds, served))
    ordinary = [day for day in served if day not in marks.incidents]
    for days, of in ((len(folds), "of its folds"), (len(ordinary), "without an incident")):
        if days < MIN_DAYS:
            return Insufficient(f"{quantity(days, 'day')} {of}, and at least {MIN_DAYS} are needed")
    expected = expected_values(metric, folds, served, column)
    if expected is None:
        return Insufficient("the metric has no expected value")
    return _Split(metric, folds, served, marks, expected).change(column)


class _Split:
    def __init__(self, metric: Metric, folds: Days, served: Days, marks: Marks, expected: ExpectedValues) -> None:
        self._metric, self._expected = metric, expected
        self._folds, self._served = sorted(folds), sorted(served)
        self._incidents = [day for day in self._served if day in marks.incidents]
        ordinary = [day for day in self._served if day not in marks.incidents]
        after = [day for day in ordinary if day in marks.changed]
        self._changed = after if len(ordinary) - len(after) >= MIN_DAYS else []
        self._first = [day for day in ordinary if day not in self._changed]
        self._values: dict[tuple[date, ...], float | None] = {}
        self._states: dict[date, Any] = {
            day: metric.prepare(one.overall) for days in (folds, served) for day, one in days.items()
        }

    def change(self, column: str | None) -> MetricChange | Insufficient:
        gains, then, now = self._gains(), self._value(self._folds), self._value(self._served)
        strata = [
            [self._gains(day) for day in days]
            for days in (self._folds, self._first, self._changed, self._incidents)
            if days
        ]
        known = [[one for one in stratum if one is not None] for stratum in strata]
        if gains is None or then is None or now is None or sum(map(len, known)) < sum(map(len, strata)):
            return Insufficient("the metric is undefined without one of the days")
        ordinary = len(self._first) + len(self._changed)
        days = {Cause.INCIDENT: len(self._incidents), Cause.CODE: len(self._changed)}
        parts = [
            _part(cause, gain, [[one[cause] for one in stratum] for stratum in known], days.get(cause, ordinary))
            for cause, gain in gains.items()
            if days.get(cause, ordinary)
        ]
        return MetricChange(then, now, self._metric.sign * (now - then), tuple(parts), column)

    def _gains(self, out: date | None = None) -> dict[Cause, float] | None:
        """Return the gain of each cause without the day `out`; None if one is undefined."""
        folds, served, first, changed = (
            [day for day in days if day != out] for days in (self._folds, self._served, self._first, self._changed)
        )
        ordinary, fold = sorted([*first, *changed]), out if out in self._folds else None
        mix, rest = self._mix_and_rest(folds, ordinary, fold)
        relation = self._mix_and_rest(folds, first, fold)[1] if changed else rest
        incident = self._gain(ordinary, served)
        if mix is None or rest is None or relation is None or incident is None:
            return None
        return {Cause.INCIDENT: incident, Cause.MIX: mix, Cause.CODE: rest - relation, Cause.RELATION: relation}

    def _mix_and_rest(
        self, folds: Sequence[date], served: Sequence[date], fold: date | None
    ) -> tuple[float, float] | tuple[None, None]:
        gain, expected = self._gain(folds, served), self._expected
        before, after = expected.value(folds, fold), expected.value(served, fold)
        if gain is None or before is None or after is None:
            return None, None
        mix = self._metric.sign * (after - before)
        return mix, gain - mix

    def _gain(self, before: Sequence[date], after: Sequence[date]) -> float | None:
        one, two = self._value(before), self._value(after)
        return None if one is None or two is None else self._metric.sign * (two - one)

    def _value(self, days: Sequence[date]) -> float | None:
        """Return the metric over days; leaving out a day of one group changes nothing of the others."""
        chosen = tuple(days)
        if chosen not in self._values:
            self._values[chosen] = merged_value(self._metric, [self._states[day] for day in chosen])
        return self._values[chosen]


def _part(cause: Cause, gain: float, strata: Sequence[Sequence[float]], days: int) -> Part:
    from scipy.special import stdtrit

    spreads = [(len(stratum), _variance(stratum)) for stratum in strata if len(stratum) > 1]
    single = sum(len(stratum) == 1 for stratum in strata)
    variances = [variance for _, variance in spreads]
    if single:  # a group of one day shows no spread: it is as uncertain as one day of the most uncertain group
        variances.append(single * max(variance / number for number, variance in spreads))
    freedom = min((number - 1 for number, variance in spreads if variance > 0), default=1)
    reach = float(stdtrit(freedom, CONFIDENCE)) * math.sqrt(math.fsum(variances))
    return Part(cause, gain, gain - reach, gain + reach, days)


def _variance(without: Sequence[float]) -> float:
    """Return the jackknife's variance of a value from its values without each day, for days that follow each other."""
    values = np.asarray(without)
    off, number = values - values.mean(), len(values)
    return float(off @ off) * (number - 1) / number * variance_factor(off)
