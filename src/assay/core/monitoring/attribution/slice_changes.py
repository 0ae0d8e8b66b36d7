"""The change of a metric within each slice since the folds, and the slices in which it is shown to have fallen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.core.evaluation.metrics import Metric
from assay.core.monitoring.attribution.expected_values import Days
from assay.core.monitoring.attribution.metric_change import ChangeEvidence, change_evidence
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
    judged = list(_judged(metric, folds, served, columns, min_rows))
    rows = sum(one.overall.rows for one in served.values())
    fallen = []
    for column, value, change, own in judged:
        high = change.bounds(1 - ERROR / len(judged))[1]
        if high < 0:
            fallen.append(SliceChange(column, value, change.value, high, own / rows))
    return tuple(sorted(fallen, key=lambda one: one.gain))


def _judged(
    metric: Metric, folds: Days, served: Days, columns: Sequence[str], min_rows: int
) -> Iterator[tuple[str, str, ChangeEvidence, int]]:
    for column in columns:
        for value in sorted({value for one in served.values() for value in one.slices.get(column, {})}):
            before, after = _of_value(folds, column, value), _of_value(served, column, value)
            rows = [sum(one.rows for one in days) for days in (before, after)]
            change = change_evidence(metric, before, after) if min(rows) >= min_rows else None
            if change is not None:
                yield column, value, change, rows[1]


def _of_value(days: Days, column: str, value: str) -> list[Scored]:
    """Return the rows of a slice on each day that has some, in order."""
    parts = (one.slices.get(column, {}).get(value) for _, one in sorted(days.items()))
    return [part for part in parts if part is not None and part.rows]
