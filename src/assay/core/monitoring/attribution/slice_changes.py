"""The change of a metric within each slice since the folds, and the slices in which it is shown to have fallen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assay.core.evaluation.jackknife import Jackknife, inflated_error, jackknife
from assay.core.evaluation.metrics import Metric
from assay.core.monitoring.attribution.expected_values import Days
from assay.core.profiles.outcome_profile import Scored

ERROR = 0.05
"""The probability that a slice without a fall is named, over all slices together (Bonferroni)."""


@dataclass(frozen=True, slots=True)
class SliceChange:
    """The change of a metric within a slice, positive where it is better, and its upper bound.

    `share` is that of the served rows.
    """

    column: str
    value: str
    gain: float
    high: float
    share: float


def fallen_slices(
    metric: Metric, folds: Days, served: Days, *, columns: Sequence[str], min_rows: int
) -> tuple[SliceChange, ...]:
    """Return the slices whose metric is shown to have fallen, the largest fall first.

    A slice is judged with `min_rows` labelled rows on the folds and on the served days.
    """
    from scipy.special import stdtrit

    judged = list(_judged(metric, folds, served, columns, min_rows))
    rows = sum(one.overall.rows for one in served.values())
    fallen = []
    for column, value, then, now, own in judged:
        gain, error = (
            metric.sign * (now.estimate - then.estimate),
            math.hypot(inflated_error(then), inflated_error(now)),
        )
        freedom = min(then.days, now.days) - 1
        high = gain + float(stdtrit(freedom, 1 - ERROR / len(judged))) * error
        if high < 0:
            fallen.append(SliceChange(column, value, gain, high, own / rows))
    return tuple(sorted(fallen, key=lambda one: one.gain))


def _judged(
    metric: Metric, folds: Days, served: Days, columns: Sequence[str], min_rows: int
) -> Iterator[tuple[str, str, Jackknife, Jackknife, int]]:
    for column in columns:
        for value in sorted({value for one in served.values() for value in one.slices.get(column, {})}):
            before, after = _of_value(folds, column, value), _of_value(served, column, value)
            rows = [sum(one.rows for one in days.values()) for days in (before, after)]
            if min(rows) < min_rows:
                continue
            then, now = (_measured(metric, days) for days in (before, after))
            if then is not None and now is not None:
                yield column, value, then, now, rows[1]


def _of_value(days: Days, column: str, value: str) -> dict[date, Scored]:
    parts = {day: one.slices.get(column, {}).get(value) for day, one in days.items()}
    return {day: part for day, part in parts.items() if part is not None and part.rows}


def _measured(metric: Metric, days: Mapping[date, Scored]) -> Jackknife | None:
    measured = jackknife(metric.function, [metric.prepare(one) for _, one in sorted(days.items())])
    return measured if isinstance(measured, Jackknife) else None
