"""What became of the scores of one model: per day and slice, how many rows of each label had which score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from assay.core.grid import SCORE_K, Histogram


@dataclass(frozen=True, slots=True)
class LabelledScores:
    """The scores of the rows with a positive and with a negative label, and sums over them.

    `unlabelled` rows were scored and have no label (yet). `sums` holds business KPIs and exact sums over the labelled
    rows: `log_loss` and `brier`, when measured, make those metrics exact.
    """

    positives: Histogram
    negatives: Histogram
    unlabelled: int = 0
    sums: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def empty(cls, k: int = SCORE_K) -> LabelledScores:
        """Of no rows at all: merging with it changes nothing."""
        return cls(Histogram(k), Histogram(k))

    @property
    def rows(self) -> int:
        """How many rows have a label."""
        return self.positives.total + self.negatives.total

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was counted."""
        return self.unlabelled == 0 and self.rows == 0

    def merge(self, that: LabelledScores) -> LabelledScores:
        """Both together, at the coarser grid. A sum that only one side measured is left out, unless the other side is
        empty: half a sum would be taken for the whole."""
        return LabelledScores(
            self.positives.merge(that.positives),
            self.negatives.merge(that.negatives),
            self.unlabelled + that.unlabelled,
            merge_sums(self.sums, that.sums, empty=self.is_empty, that_empty=that.is_empty),
        )


@dataclass(frozen=True, slots=True)
class OutcomeProfile:
    """The outcomes of one model on one date (or of many, merged): overall, and per column and value of the slices."""

    overall: LabelledScores
    slices: Mapping[str, Mapping[str, LabelledScores]] = field(default_factory=dict)

    @classmethod
    def empty(cls, k: int = SCORE_K) -> OutcomeProfile:
        """Of no rows at all: merging with it changes nothing."""
        return cls(LabelledScores.empty(k))

    def merge(self, that: OutcomeProfile) -> OutcomeProfile:
        """Both together. A column that only one side was sliced by is left out, unless the other side is empty; a
        value that only one side has had no rows on the other."""
        overall = self.overall.merge(that.overall)
        if self.overall.is_empty != that.overall.is_empty:
            return OutcomeProfile(overall, (that if self.overall.is_empty else self).slices)
        shared = [column for column in self.slices if column in that.slices]
        return OutcomeProfile(
            overall, {column: _merge_values(self.slices[column], that.slices[column]) for column in sorted(shared)}
        )


def merge_scores(many: Iterable[LabelledScores]) -> LabelledScores:
    """All of them together, empty for none."""
    some = list(many)
    return reduce(LabelledScores.merge, some) if some else LabelledScores.empty()


def merge_outcomes(many: Iterable[OutcomeProfile]) -> OutcomeProfile:
    """All of them together, empty for none."""
    some = list(many)
    return reduce(OutcomeProfile.merge, some) if some else OutcomeProfile.empty()


def merge_sums(
    one: Mapping[str, float], two: Mapping[str, float], *, empty: bool, that_empty: bool
) -> dict[str, float]:
    """The sums that both sides measured, added; those of the other side where exactly one is `empty`."""
    if empty != that_empty:
        return dict(two if empty else one)
    return {name: one[name] + two[name] for name in sorted(one.keys() & two.keys())}


def _merge_values(one: Mapping[str, LabelledScores], two: Mapping[str, LabelledScores]) -> dict[str, LabelledScores]:
    merged = dict(one)
    for value, scores in two.items():
        merged[value] = merged[value].merge(scores) if value in merged else scores
    return dict(sorted(merged.items()))
