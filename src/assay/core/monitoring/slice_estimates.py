"""The estimate of a classifier's metric by slice, on days whose labels are not known yet.

The scores of a slice are calibrated by its own labels on the folds (`performance_estimate`), since features and label
are related otherwise than in the whole. The calibration fits its own labels too well. So the estimate is the expected
metric of the waiting days plus what the expected metric of the folds missed there, as in prediction-powered inference
(Angelopoulos and others 2023). `bench/slice_estimates.py` compares this with the calibration of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Any

import numpy as np

from assay.core.evaluation.jackknife import Jackknife, inflated_error, jackknife_of, leave_one_out
from assay.core.evaluation.metrics import Metric
from assay.core.evaluation.slices import OTHER
from assay.core.monitoring.performance_estimate import Calibration, ExpectedDays, Floats, labelled_rows
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, merge_scores
from assay.core.profiles.score_counts import Counts

Days = Mapping[date, OutcomeProfile]

MIN_DAYS = 14
"""The least number of days of the folds on which a slice has rows: fewer do not show how its days differ."""

CONFIDENCE = 0.95
"""The confidence of an interval, which is two-sided."""

SHARE = 0.1
"""The share of the promised false alarms that slices which are named as fallen may add."""

NIGHTS = 30.4
"""The number of nights in a month."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """The estimate of a metric over so many `days` and `rows`, and the half width of its interval; None without it."""

    value: float
    reach: float
    days: int
    rows: int


@dataclass(frozen=True, slots=True)
class SliceEstimate:
    """The estimate of a metric within a slice on the days that wait for labels, and its record.

    - `folds` is the metric on the folds.
    - `shift` is how much better the expected metric of the waiting days is than that of the folds.
    - `deviation` is the spread of `shift` where nothing changed, with so many degrees of `freedom`.
    - `then` is the estimate of the newest known days, and `truth` their metric; both are None without such days.
    """

    column: str
    value: str
    waiting: Estimated
    folds: float
    shift: float
    deviation: float
    freedom: int
    then: Estimated | None = None
    truth: float | None = None

    @property
    def missed_by(self) -> float | None:
        """The distance of the estimate of the known days from their metric; None without such days."""
        return None if self.then is None or self.truth is None else abs(self.then.value - self.truth)

    def fell(self, margin: float, level: float) -> bool:
        """Return whether the expected metric is worse than that of the folds by the margin, and not by chance."""
        from scipy.special import stdtrit

        return self.shift <= -margin and self.shift < -float(stdtrit(self.freedom, 1 - level)) * self.deviation


@dataclass(frozen=True, slots=True)
class _FoldDay:
    """The labelled rows of a slice on a day or several, prepared for the metric, and the same rows as expected."""

    labelled: Any
    expected: ExpectedDays

    def merge(self, that: _FoldDay) -> _FoldDay:
        return _FoldDay(self.labelled.merge(that.labelled), self.expected.merge(that.expected))


@dataclass(frozen=True, slots=True)
class _ScoredDays:
    """The expected counts of some days of a slice together, with the numbers of days and of rows."""

    expected: ExpectedDays
    days: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Rule:
    metric: Metric
    calibration: Calibration

    def fold_day(self, day: Counts, rows: Floats) -> _FoldDay:
        """Return a day whose rows by bin of served scores are known."""
        return _FoldDay(self.metric.prepare(day), ExpectedDays.of(self.calibration.expected_of(rows.sum(axis=0))))

    def scored(self, days: Iterable[LabelledScores]) -> _ScoredDays | None:
        """Return the rows of some days, with a label or without; None unless all their scores were measured."""
        scores = [one.all_scores for one in days]
        known = [one for one in scores if one is not None]
        if not known or len(known) < len(scores):
            return None
        days_expected = [ExpectedDays.of(self.calibration.expected(one)) for one in known]
        expected = reduce(ExpectedDays.merge, days_expected)
        return _ScoredDays(expected, len(known), sum(one.total for one in known))

    def value(self, expected: ExpectedDays) -> float | None:
        return expected.value(self.metric.name)

    def error(self, days: _FoldDay) -> float | None:
        truth, expected = self.metric.function(days.labelled), self.value(days.expected)
        return None if truth is None or expected is None else truth - expected


@dataclass(frozen=True, slots=True)
class _Folds:
    """The folds of a slice: what the calibration gets wrong there, the expected metric, and the rows."""

    rule: _Rule
    error: Jackknife
    expected: Jackknife
    scored: _ScoredDays

    @classmethod
    def of(cls, metric: Metric, days: Sequence[LabelledScores]) -> _Folds | None:
        """Return the folds; None where they are too few days, or where one day alone defines the metric."""
        if len(days) < MIN_DAYS:
            return None
        counts = [_counts(metric, one) for one in days]
        rows = [labelled_rows(one) for one in counts]
        calibration = Calibration.of_rows(np.sum(rows, axis=0))
        if calibration is None:
            return None
        rule = _Rule(metric, calibration)
        whole, without = leave_one_out([rule.fold_day(*one) for one in zip(counts, rows, strict=True)])
        error = jackknife_of(rule.error, whole, without)
        expected = jackknife_of(lambda some: rule.value(some.expected), whole, without)
        if not isinstance(error, Jackknife) or not isinstance(expected, Jackknife):
            return None
        return cls(rule, error, expected, _ScoredDays(whole.expected, len(days), sum(one.rows for one in days)))

    def factor(self, some: _ScoredDays) -> float:
        """Return the factor by which the error of the folds grows in a difference to some days, which are fewer."""
        fewer = max(self.scored.days / some.days, self.scored.expected.whole.weight / some.expected.whole.weight)
        return math.sqrt(1 + fewer)

    def estimated(self, some: _ScoredDays, expected: float) -> Estimated:
        """Return the estimate of some days, from their expected metric."""
        from scipy.special import stdtrit

        quantile = float(stdtrit(self.error.days - 1, (1 + CONFIDENCE) / 2))
        reach = quantile * inflated_error(self.error) * self.factor(some)
        return Estimated(expected + self.error.estimate, reach, some.days, some.rows)


@dataclass(frozen=True, slots=True)
class _FoldSlice:
    """A slice of the folds; `alone` are the values of its column that are slices of their own."""

    column: str
    value: str
    alone: frozenset[str]
    folds: _Folds

    def of(self, days: Days) -> list[LabelledScores]:
        """Return the rows of the slice on each day that has some, in order."""
        return _rows_of(days, self.column, self.value, self.alone)


@dataclass(frozen=True, slots=True)
class SlicedFolds:
    """The slices of the folds, each with what the calibration gets wrong in it."""

    slices: tuple[_FoldSlice, ...]

    @classmethod
    def of(cls, metric: Metric, folds: Days, *, columns: Sequence[str], min_rows: int) -> SlicedFolds:
        """Return the slices of these columns.

        Values with fewer than `min_rows` labelled rows on the folds are one slice, "other", with those that the folds
        have not seen. A slice is left out with rows on fewer than MIN_DAYS days, or where a single day alone defines
        its metric.
        """
        slices = []
        for column in columns:
            alone = _alone(folds, column, min_rows)
            for value in (*sorted(alone), OTHER):
                labelled = [one for one in _rows_of(folds, column, value, alone) if one.rows]
                of_slice = _Folds.of(metric, labelled) if sum(one.rows for one in labelled) >= min_rows else None
                if of_slice is not None:
                    slices.append(_FoldSlice(column, value, alone, of_slice))
        return cls(tuple(slices))

    def estimates(self, waiting: Days, known: Days) -> list[SliceEstimate]:
        """Return the estimate of each slice that has rows on the waiting days, with its record on the `known` days.

        A slice is left out where the scores of its waiting rows were not measured.
        """
        estimates = (_estimate(one, one.of(waiting), one.of(known)) for one in self.slices)
        return [one for one in estimates if one is not None]


def level_of(slices: int, false_alarms: float) -> float:
    """Return the error of naming one of so many slices on one night, with `false_alarms` promised a month in all."""
    return SHARE * false_alarms / NIGHTS / max(1, slices)


def _counts(metric: Metric, day: LabelledScores) -> Counts:
    """Return the dense form of a day; a sum that the metric does not need would cost time in each merge."""
    return Counts.of(replace(day, sums={name: total for name, total in day.sums.items() if name == metric.name}))


def _alone(folds: Days, column: str, min_rows: int) -> frozenset[str]:
    """Return the values of a column that have enough labelled rows for a slice of their own."""
    rows: dict[str, int] = {}
    for profile in folds.values():
        for value, scores in profile.slices.get(column, {}).items():
            rows[value] = rows.get(value, 0) + scores.rows
    return frozenset(value for value, count in rows.items() if count >= min_rows and value != OTHER)


def _rows_of(days: Days, column: str, value: str, alone: frozenset[str]) -> list[LabelledScores]:
    chosen = []
    for _, profile in sorted(days.items()):
        of_day = profile.slices.get(column, {})
        parts = [one for name, one in of_day.items() if (name if name in alone else OTHER) == value]
        merged = merge_scores(parts)
        if isinstance(merged, LabelledScores) and not merged.is_empty:
            chosen.append(merged)
    return chosen


def _estimate(
    of: _FoldSlice, waiting: Sequence[LabelledScores], known: Sequence[LabelledScores]
) -> SliceEstimate | None:
    folds, scored = of.folds, of.folds.rule.scored(waiting)
    expected = None if scored is None else folds.rule.value(scored.expected)
    if scored is None or expected is None or not scored.expected.whole.weight:
        return None
    then, truth = _record(folds, known)
    return SliceEstimate(
        of.column,
        of.value,
        waiting=folds.estimated(scored, expected),
        folds=folds.error.estimate + folds.expected.estimate,
        shift=folds.rule.metric.sign * (expected - folds.expected.estimate),
        deviation=inflated_error(folds.expected) * folds.factor(scored),
        freedom=folds.expected.days - 1,
        then=then,
        truth=truth,
    )


def _record(folds: _Folds, known: Sequence[LabelledScores]) -> tuple[Estimated, float] | tuple[None, None]:
    """Return the estimate of the days whose labels are known, and their metric."""
    rule = folds.rule
    scored, truth = rule.scored(known), rule.metric.over([one for one in known if one.rows])
    expected = None if scored is None else rule.value(scored.expected)
    if scored is None or expected is None or truth is None or not scored.expected.whole.weight:
        return None, None
    return folds.estimated(scored, expected), truth
