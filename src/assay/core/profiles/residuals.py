"""The outcomes of the scores of one regression model: their distances from the labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from assay.core.profiles.exact_sums import Exact, merge_sums, plus
from assay.core.profiles.histogram import Histogram

FINER_EXPONENT = 2
"""Residuals have bins that are 2^-FINER_EXPONENT as wide as those of the label, since they spread less than it does."""

ERROR_SUMS = ("error", "absolute_error", "squared_error", "label", "squared_label")
"""The sums over labelled rows for every metric, without rounding; an error is the double score - label."""

Moments = tuple[Fraction, Fraction]
"""A sum and a sum of squares."""


@dataclass(frozen=True, slots=True)
class Residuals:
    """The errors of the rows with a label, as sums and as a histogram.

    The histogram `scores` counts the scores of the `rows` labelled rows on the label's grid. The sum of the labels in
    each of its bins is in `label_sums`. The histogram `residuals` counts score - label on a finer grid. ERROR_SUMS and
    business KPIs are in `sums`.

    The `unlabelled` rows were scored and have no label (yet). The `unusable` rows have a label that is no finite
    number. No metric uses either. A merge adds exactly: any order and grouping gives the same bits.
    """

    rows: int
    scores: Histogram
    residuals: Histogram
    label_sums: Mapping[int, Exact] = field(default_factory=dict)
    unlabelled: int = 0
    unusable: int = 0
    sums: Mapping[str, Exact] = field(default_factory=dict)

    @classmethod
    def empty(cls, bin_exponent: int) -> Residuals:
        """Return the state of no rows; a merge with it changes at most the grid."""
        return cls(0, Histogram(bin_exponent), Histogram(bin_exponent - FINER_EXPONENT))

    @property
    def is_empty(self) -> bool:
        """True if no row was counted."""
        return self.rows == self.unlabelled == self.unusable == 0

    @property
    def counted(self) -> dict[str, int]:
        """The number of rows of each kind that a judgement needs in sufficient number."""
        return {"labelled": self.rows}

    @property
    def described(self) -> str:
        """The labelled rows in words, to show how the rows of two models differ."""
        return f"{self.rows:,} rows, whose labels add up to {float(self.sums.get('label', 0.0)):,.6g}"

    @property
    def bare(self) -> Residuals:
        """The same state without histograms: a metric needs no more, and it merges a hundred times faster."""
        return replace(
            self,
            scores=Histogram(self.scores.bin_exponent),
            residuals=Histogram(self.residuals.bin_exponent),
            label_sums={},
        )

    def same_rows_as(self, that: Residuals) -> bool:
        """Return whether both models were measured on the same number of rows, with the same sum of labels."""
        labels = (float(state.sums.get("label", 0.0)) for state in (self, that))
        return self.rows == that.rows and math.isclose(*labels, rel_tol=1e-9, abs_tol=1e-9)

    def merge(self, that: Residuals) -> Residuals:
        """Return both states together, at the coarser grids.

        A sum that only one side measured is left out, unless the other side is empty. Otherwise half a sum would be
        taken for the whole.
        """
        bin_exponent = max(self.scores.bin_exponent, that.scores.bin_exponent)
        label_sums = _coarsened(self, bin_exponent)
        for index, total in _coarsened(that, bin_exponent).items():
            label_sums[index] = plus(label_sums.get(index, 0.0), total)
        return Residuals(
            self.rows + that.rows,
            self.scores.merge(that.scores),
            self.residuals.merge(that.residuals),
            dict(sorted(label_sums.items())),
            self.unlabelled + that.unlabelled,
            self.unusable + that.unusable,
            merge_sums(self.sums, that.sums, empty=self.is_empty, that_empty=that.is_empty),
        )


def error_sums(above: Moments, below: Moments, labels: Moments) -> dict[str, Exact]:
    """Return ERROR_SUMS from the moments of the errors above zero, of the errors below zero, and of the labels."""
    sums = (above[0] + below[0], above[0] - below[0], above[1] + below[1], *labels)
    return dict(zip(ERROR_SUMS, sums, strict=True))


def _coarsened(state: Residuals, bin_exponent: int) -> dict[int, Exact]:
    shift = bin_exponent - state.scores.bin_exponent
    merged: dict[int, Exact] = {}
    for index, total in state.label_sums.items():
        merged[index >> shift] = plus(merged.get(index >> shift, 0.0), total)
    return merged
