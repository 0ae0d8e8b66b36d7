"""The outcomes of the scores of one model, per day and slice: a state that merges, for each task type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from assay.core.profiles.exact_sums import Exact, merge_sums
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT, as_probabilities


@dataclass(frozen=True, slots=True)
class LabelledScores:
    """The scores of the rows with a positive and with a negative label, on the grid of log-odds, and sums over them.

    The number of scored rows without a label (yet) is `unlabelled`. Business KPIs and exact sums over the labelled rows
    are in `sums`. With the sums `log_loss`, `brier` and `score`, these metrics and the mean score are exact. The scores
    of the rows without a label are `unlabelled_scores`; a state that was stored before they were measured has none.
    """

    positives: Histogram
    negatives: Histogram
    unlabelled: int = 0
    sums: Mapping[str, Exact] = field(default_factory=dict)
    unlabelled_scores: Histogram = Histogram(LOG_ODDS_EXPONENT)  # noqa: RUF009 - frozen

    @classmethod
    def empty(cls, bin_exponent: int = LOG_ODDS_EXPONENT) -> LabelledScores:
        """Return the state of no rows; a merge with it changes nothing."""
        return cls(Histogram(bin_exponent), Histogram(bin_exponent))

    @property
    def rows(self) -> int:
        """The number of rows with a label."""
        return self.positives.total + self.negatives.total

    @property
    def scores(self) -> Histogram:
        """The scores of all labelled rows, on the grid of served scores."""
        return as_probabilities(self.positives.merge(self.negatives))

    @property
    def all_scores(self) -> Histogram | None:
        """The scores of all rows, on the grid of served scores; None where those without a label were not measured."""
        if self.unlabelled_scores.total < self.unlabelled:
            return None
        return as_probabilities(self.positives.merge(self.negatives).merge(self.unlabelled_scores))

    @property
    def is_empty(self) -> bool:
        """True if no row was counted."""
        return self.unlabelled == 0 and self.rows == 0

    @property
    def counted(self) -> dict[str, int]:
        """The number of rows of each kind that a judgement needs in sufficient number."""
        return {"positive": self.positives.total, "negative": self.negatives.total}

    @property
    def described(self) -> str:
        """The labelled rows in words, to show how the rows of two models differ."""
        return f"{self.positives.total:,} positive and {self.negatives.total:,} negative rows"

    def same_rows_as(self, that: LabelledScores) -> bool:
        """Return whether both models were measured on the same number of rows of each label."""
        return self.counted == that.counted

    def merge(self, that: LabelledScores) -> LabelledScores:
        """Return both states together, at the coarser grid.

        A sum that only one side measured is left out, unless the other side is empty. Otherwise half a sum would be
        taken for the whole.
        """
        return LabelledScores(
            self.positives.merge(that.positives),
            self.negatives.merge(that.negatives),
            self.unlabelled + that.unlabelled,
            merge_sums(self.sums, that.sums, empty=self.is_empty, that_empty=that.is_empty),
            self.unlabelled_scores.merge(that.unlabelled_scores),
        )


Scored = LabelledScores | Residuals
"""The outcomes of a model's scores, by its task type: for an event or for a number."""


@dataclass(frozen=True, slots=True)
class OutcomeProfile:
    """The outcomes of one model on one date (or of many, merged): overall, and per column and value of the slices."""

    overall: Scored
    slices: Mapping[str, Mapping[str, Scored]] = field(default_factory=dict)

    @classmethod
    def empty(cls, bin_exponent: int = LOG_ODDS_EXPONENT) -> OutcomeProfile:
        """Return the outcomes of no rows; a merge with them changes nothing."""
        return cls(LabelledScores.empty(bin_exponent))

    def merge(self, that: OutcomeProfile) -> OutcomeProfile:
        """Return both outcomes together.

        A column that only one side was sliced by is left out, unless the other side is empty. A value that only one
        side has is kept: it had no rows on the other side.
        """
        overall = merge_two(self.overall, that.overall)
        if self.overall.is_empty != that.overall.is_empty:
            return OutcomeProfile(overall, (that if self.overall.is_empty else self).slices)
        shared = [column for column in self.slices if column in that.slices]
        return OutcomeProfile(
            overall, {column: _merge_values(self.slices[column], that.slices[column]) for column in sorted(shared)}
        )


def merge_two(one: Scored, two: Scored) -> Scored:
    """Return both states together; of a classifier and a regressor, one has to be empty.

    Raises:
        ValueError: One state is of a classifier, the other of a regressor, and neither is empty.
    """
    if isinstance(one, LabelledScores) and isinstance(two, LabelledScores):
        return one.merge(two)
    if isinstance(one, Residuals) and isinstance(two, Residuals):
        return one.merge(two)
    if one.is_empty or two.is_empty:
        return two if one.is_empty else one
    raise ValueError("the outcomes of a classifier and of a regressor do not merge")


def same_rows(one: Scored, two: Scored) -> bool:
    """Return whether both were measured on the same rows, as far as the labels of the rows show it."""
    if isinstance(one, LabelledScores) and isinstance(two, LabelledScores):
        return one.same_rows_as(two)
    return isinstance(one, Residuals) and isinstance(two, Residuals) and one.same_rows_as(two)


def merge_scores(many: Iterable[Scored]) -> Scored:
    """Return all states together, an empty state for none."""
    some = list(many)
    return reduce(merge_two, some) if some else LabelledScores.empty()


def merge_outcomes(many: Iterable[OutcomeProfile]) -> OutcomeProfile:
    """Return all outcomes together, empty ones for none."""
    some = list(many)
    return reduce(OutcomeProfile.merge, some) if some else OutcomeProfile.empty()


def _merge_values(one: Mapping[str, Scored], two: Mapping[str, Scored]) -> dict[str, Scored]:
    merged = dict(one)
    for value, scores in two.items():
        merged[value] = merge_two(merged[value], scores) if value in merged else scores
    return dict(sorted(merged.items()))
