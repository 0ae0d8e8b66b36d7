"""What became of the scores of one model per day and slice: a state that merges, for each kind of prediction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from assay.core.profiles.exact_sums import Exact, merge_sums
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.residuals import Residuals


@dataclass(frozen=True, slots=True)
class LabelledScores:
    """The scores of the rows with a positive and with a negative label, and sums over them.

    `unlabelled` rows were scored and have no label (yet). `sums` holds business KPIs and exact sums over the labelled
    rows: `log_loss` and `brier`, when measured, make those metrics exact.
    """

    positives: Histogram
    negatives: Histogram
    unlabelled: int = 0
    sums: Mapping[str, Exact] = field(default_factory=dict)

    @classmethod
    def empty(cls, bin_exponent: int = SCORE_BIN_EXPONENT) -> LabelledScores:
        """Of no rows at all: merging with it changes nothing."""
        return cls(Histogram(bin_exponent), Histogram(bin_exponent))

    @property
    def rows(self) -> int:
        """How many rows have a label."""
        return self.positives.total + self.negatives.total

    @property
    def scores(self) -> Histogram:
        """The scores of all labelled rows."""
        return self.positives.merge(self.negatives)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was counted."""
        return self.unlabelled == 0 and self.rows == 0

    @property
    def counted(self) -> dict[str, int]:
        """How many rows there are of each kind that judging takes enough of."""
        return {"positive": self.positives.total, "negative": self.negatives.total}

    @property
    def described(self) -> str:
        """The labelled rows in words, to tell two models' rows apart."""
        return f"{self.positives.total:,} positive and {self.negatives.total:,} negative rows"

    def same_rows_as(self, that: LabelledScores) -> bool:
        """Whether both models were measured on as many rows of each label."""
        return self.counted == that.counted

    def merge(self, that: LabelledScores) -> LabelledScores:
        """Both together, at the coarser grid. A sum that only one side measured is left out, unless the other side is
        empty: half a sum would be taken for the whole."""
        return LabelledScores(
            self.positives.merge(that.positives),
            self.negatives.merge(that.negatives),
            self.unlabelled + that.unlabelled,
            merge_sums(self.sums, that.sums, empty=self.is_empty, that_empty=that.is_empty),
        )


Scored = LabelledScores | Residuals
"""What a model's scores came to, by what it predicts: whether something happens, or a number."""


@dataclass(frozen=True, slots=True)
class OutcomeProfile:
    """The outcomes of one model on one date (or of many, merged): overall, and per column and value of the slices."""

    overall: Scored
    slices: Mapping[str, Mapping[str, Scored]] = field(default_factory=dict)

    @classmethod
    def empty(cls, bin_exponent: int = SCORE_BIN_EXPONENT) -> OutcomeProfile:
        """Of no rows at all: merging with it changes nothing."""
        return cls(LabelledScores.empty(bin_exponent))

    def merge(self, that: OutcomeProfile) -> OutcomeProfile:
        """Both together. A column that only one side was sliced by is left out, unless the other side is empty; a
        value that only one side has had no rows on the other."""
        overall = merge_two(self.overall, that.overall)
        if self.overall.is_empty != that.overall.is_empty:
            return OutcomeProfile(overall, (that if self.overall.is_empty else self).slices)
        shared = [column for column in self.slices if column in that.slices]
        return OutcomeProfile(
            overall, {column: _merge_values(self.slices[column], that.slices[column]) for column in sorted(shared)}
        )


def merge_two(one: Scored, two: Scored) -> Scored:
    """Both together; raises ValueError for those of a classifier and of a regressor, unless one is empty."""
    if isinstance(one, LabelledScores) and isinstance(two, LabelledScores):
        return one.merge(two)
    if isinstance(one, Residuals) and isinstance(two, Residuals):
        return one.merge(two)
    if one.is_empty or two.is_empty:
        return two if one.is_empty else one
    raise ValueError("the outcomes of a classifier and of a regressor do not merge")


def same_rows(one: Scored, two: Scored) -> bool:
    """Whether both were measured on the same rows, as far as their labels tell."""
    if isinstance(one, LabelledScores) and isinstance(two, LabelledScores):
        return one.same_rows_as(two)
    return isinstance(one, Residuals) and isinstance(two, Residuals) and one.same_rows_as(two)


def merge_scores(many: Iterable[Scored]) -> Scored:
    """All of them together, empty for none."""
    some = list(many)
    return reduce(merge_two, some) if some else LabelledScores.empty()


def merge_outcomes(many: Iterable[OutcomeProfile]) -> OutcomeProfile:
    """All of them together, empty for none."""
    some = list(many)
    return reduce(OutcomeProfile.merge, some) if some else OutcomeProfile.empty()


def _merge_values(one: Mapping[str, Scored], two: Mapping[str, Scored]) -> dict[str, Scored]:
    merged = dict(one)
    for value, scores in two.items():
        merged[value] = merge_two(merged[value], scores) if value in merged else scores
    return dict(sorted(merged.items()))
