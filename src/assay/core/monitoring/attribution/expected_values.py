"""The value that a metric would have if labels and errors behaved as on the folds, within each slice and score.

A day's rows keep their slices and their scores, and take the label's rate (or the mean error) that such rows had on the
folds. So a change of this value is one of the mix of the rows alone (Cai, Namkoong and Yadlowsky 2023).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.core.evaluation.metrics import Metric
from assay.core.monitoring.performance_estimate import rising_rates
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, Scored
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_counts import Counts
from assay.core.profiles.score_grid import half_of

Days = Mapping[date, OutcomeProfile]
Floats = NDArray[np.float64]
COARSE = -5
"""The exponent of the grid of the rates: bins of 1/32 in log-odds. What it loses, both values of a change lose."""

MIN_LABELS = 100
"""A slice with fewer rows of either label on the folds takes the rates of all rows."""

ERROR_SUMS = {"mae": "absolute_error", "rmse": "squared_error"}
"""The sum whose mean is split by slices, for each metric of a number that has one."""

WHOLE = ""
"""The value of the one part in which all rows of a day are, where no column divides them."""


class ExpectedValues(Protocol):
    """The expected values of a metric by what is known of the folds."""

    def value(self, days: Sequence[date], without: date | None = None) -> float | None:
        """Return the expected value over some days, by the folds without one of their days; None if undefined."""
        ...


def expected_values(metric: Metric, folds: Days, served: Days, column: str | None) -> ExpectedValues | None:
    """Return the expected values by the values of a column, or of all rows; None where there are none.

    There are none for a column that does not divide all rows of each day, and for R².
    """
    days = {**folds, **served}
    if column is not None and not all(_divides(one, column) for one in days.values()):
        return None
    states = [one.overall for one in days.values()]
    if all(isinstance(one, LabelledScores) for one in states):
        return _ByScore(metric, folds, days, column)
    if metric.name in ERROR_SUMS and all(isinstance(one, Residuals) for one in states):
        return _ByError(metric.name, folds, days, column)
    return None


def merged_value(metric: Metric, states: Sequence[Any]) -> float | None:
    """Return the metric of prepared states together; None without one."""
    return metric.function(reduce(lambda one, two: one.merge(two), states)) if states else None


def parts_of(outcomes: OutcomeProfile, column: str | None) -> Mapping[str, Scored]:
    """Return the rows of a day by the values of a column, or all rows as one part."""
    return {WHOLE: outcomes.overall} if column is None else outcomes.slices.get(column, {})


def _divides(outcomes: OutcomeProfile, column: str) -> bool:
    return sum(part.rows for part in parts_of(outcomes, column).values()) == outcomes.overall.rows


class _ByScore:
    """The expected values of a classifier: the rate of positives is a rising function of the score in each slice.

    The rows of all days are in one array by label, day, slice and bin, of the bins that have rows. Slices with too few
    labels are together in the first one, which has the rates of all rows.
    """

    def __init__(self, metric: Metric, folds: Days, days: Days, column: str | None) -> None:
        self._metric, self._place = metric, {day: place for place, day in enumerate(days)}
        parts = {day: parts_of(one, column) for day, one in days.items()}
        self._exponent = max(COARSE, *(_exponent(part) for of_day in parts.values() for part in of_day.values()))
        judged = _values_with_labels(parts[day] for day in folds)
        place_of = {value: 1 + place for place, value in enumerate(judged)}
        counts = [
            (label, self._place[day], place_of.get(value, 0), slot, rows)
            for day, of_day in parts.items()
            for value, part in of_day.items()
            for label, side in enumerate(_sides(part))
            for slot, rows in _slots(side, self._exponent)
        ]
        self._bins = np.unique([slot for *_, slot, _ in counts])
        self._labels = np.zeros((2, len(days), len(judged) + 1, len(self._bins)))
        for label, day_place, value_place, slot, rows in counts:
            self._labels[label, day_place, value_place, np.searchsorted(self._bins, slot)] += rows
        self._of_folds = self._labels[:, [self._place[day] for day in folds]].sum(axis=1)
        self._known: dict[date, Any] = {}

    def value(self, days: Sequence[date], without: date | None = None) -> float | None:
        if without is not None:
            left = [day for day in days if day != without]
            return merged_value(self._metric, self._expected(left, without))
        new = [day for day in days if day not in self._known]
        self._known |= dict(zip(new, self._expected(new, None), strict=True))
        return merged_value(self._metric, [self._known[day] for day in days])

    def _expected(self, days: Sequence[date], without: date | None) -> list[Any]:
        """Return the prepared states of days, with expected rows in place of counted ones."""
        places, rates = [self._place[day] for day in days], self._rates(without)
        rows = self._labels[0, places] + self._labels[1, places]
        positives, all_rows = (rows * rates).sum(axis=1), rows.sum(axis=1)
        return [self._state(*both) for both in zip(positives, all_rows - positives, strict=True)]

    def _state(self, positives: Floats, negatives: Floats) -> Any:
        whole = np.zeros((2, 2 * half_of(self._exponent) + 2))
        whole[0, self._bins], whole[1, self._bins] = positives, negatives
        totals = float(positives.sum()), float(negatives.sum())
        # A metric reads rows as numbers, so expected rows serve as counted ones do.
        state: Any = Counts(self._exponent, whole[0], whole[1], *totals, 0, {})  # type: ignore[arg-type]
        return self._metric.prepare(state)

    def _rates(self, without: date | None) -> Floats:
        """Return the rate of positives by slice and bin, as the folds without one of their days have it."""
        folds = self._of_folds - (0 if without is None else self._labels[:, self._place[without]])
        return np.array([rising_rates(folds.sum(axis=1)), *(rising_rates(one) for one in folds.swapaxes(0, 1)[1:])])


def _sides(part: Scored) -> tuple[Histogram, Histogram]:
    """Return the scores of the rows with a positive and with a negative label."""
    if not isinstance(part, LabelledScores):
        raise TypeError("only the outcomes of a classifier have labels by score")
    return part.positives, part.negatives


def _exponent(part: Scored) -> int:
    return max(side.bin_exponent for side in _sides(part))


def _slots(side: Histogram, bin_exponent: int) -> Iterator[tuple[int, int]]:
    """Yield the slots of a grid that have rows, with the rows of each, as `Counts` numbers them."""
    at, half = side.coarsen(bin_exponent), half_of(bin_exponent)
    for index, rows in at.bins.items():
        yield min(max(index, -half - 1), half) + half + 1, rows
    for slot, rows in ((0, at.under), (2 * half + 1, at.over)):
        if rows:
            yield slot, rows


def _values_with_labels(folds: Iterable[Mapping[str, Scored]]) -> list[str]:
    """Return the values that have MIN_LABELS rows of either label on the folds."""
    totals: dict[str, list[int]] = {}
    for parts in folds:
        for value, part in parts.items():
            if isinstance(part, LabelledScores):
                known = totals.setdefault(value, [0, 0])
                known[0] += part.positives.total
                known[1] += part.negatives.total
    return sorted(value for value, labels in totals.items() if min(labels) >= MIN_LABELS and value != WHOLE)


class _ByError:
    """The expected errors of a number: each slice has the mean error that it had on the folds."""

    def __init__(self, metric: str, folds: Days, days: Days, column: str | None) -> None:
        self._root = metric == "rmse"
        self._days = {
            day: {value: _error_sum(part, ERROR_SUMS[metric]) for value, part in parts_of(one, column).items()}
            for day, one in days.items()
        }
        self._folds = tuple(folds)

    def value(self, days: Sequence[date], without: date | None = None) -> float | None:
        known = [self._days[day] for day in self._folds if day != without]
        whole = _mean([error for parts in known for error in parts.values()])
        values = dict.fromkeys(value for parts in known for value in parts)
        means = {value: _mean([parts[value] for parts in known if value in parts]) for value in values}
        rows = total = 0.0
        for parts in (self._days[day] for day in days if day != without):
            for value, (number, _) in parts.items():
                mean = means.get(value, whole)
                rows, total = rows + number, total + number * (whole if math.isnan(mean) else mean)
        if not rows or not math.isfinite(total):
            return None
        return math.sqrt(total / rows) if self._root else total / rows


def _error_sum(part: Scored, name: str) -> tuple[int, float]:
    return part.rows, float(part.sums.get(name, math.nan)) if part.rows else 0.0


def _mean(errors: Sequence[tuple[int, float]]) -> float:
    rows = sum(number for number, _ in errors)
    return math.fsum(total for _, total in errors) / rows if rows else math.nan


def widest_column(metric: Metric, folds: Days, served: Days, columns: Sequence[str]) -> str | None:
    """Return the column by which the expected value changed most; None where the scores alone changed it as much."""
    moves: dict[str | None, float] = {}
    for column in (None, *columns):
        expected = expected_values(metric, folds, served, column)
        values = [expected.value(sorted(days)) for days in (folds, served)] if expected is not None else [None]
        if None not in values:
            moves[column] = abs(float(values[1] or 0) - float(values[0] or 0))
    return max(moves, key=lambda column: moves[column], default=None)
