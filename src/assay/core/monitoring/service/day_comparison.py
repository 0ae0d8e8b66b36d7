"""A scored day beside the same weekday of the week before: rows, scores and business sums."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from assay.core.model_versions import ModelVersion
from assay.core.monitoring.service.score_distribution import ScoreDistribution, bin_edges
from assay.core.text import quantity

WEEK = timedelta(days=7)
THRESHOLDS = 8
"""About the number of thresholds for which a share of rows is given."""


@dataclass(frozen=True, slots=True)
class ScoredDay:
    """A day as it was scored: the rows, the version, the scores (None without one), and the value of each sum.

    A sum that was measured, and is NULL or not finite, is None.
    """

    day: date
    rows: int
    version: ModelVersion | None
    scores: ScoreDistribution | None
    sums: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A figure of the day and of the day a week before; None where it was not measured."""

    name: str
    value: float | None
    before: float | None

    @property
    def change(self) -> float | None:
        """The difference to the week before, None where one of both is missing."""
        return None if self.value is None or self.before is None else self.value - self.before

    @property
    def relative_change(self) -> float | None:
        """The difference as a part of the size of the week before; None without it, or where that is 0."""
        if self.change is None or not self.before:
            return None
        ratio = self.change / abs(self.before)
        return ratio if math.isfinite(ratio) else None


@dataclass(frozen=True, slots=True)
class ThresholdShare:
    """The share of the rows, from 0 to 1, whose score is the threshold or above: of the day, and a week before."""

    threshold: float
    share: float
    before: float | None


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """The share of the rows, from 0 to 1, with scores from `low` to below `high`: of the day, and a week before.

    The first and the last bin of a comparison hold the rows beyond them too.
    """

    low: float
    high: float
    share: float
    before: float | None


@dataclass(frozen=True, slots=True)
class DayComparison:
    """The figures of a scored day and of the same weekday a week before, None where that is not published."""

    day: date
    version: ModelVersion | None
    week_before: date | None
    version_before: ModelVersion | None
    rows: ComparedFigure
    scores: tuple[ComparedFigure, ...]
    shares: tuple[ThresholdShare, ...]
    bins: tuple[ScoreBin, ...]
    sums: tuple[ComparedFigure, ...]

    @property
    def sentence(self) -> str:
        """The sentence about the volume and the mean score, with the change against the week before."""
        by, rows = "" if self.version is None else f" by version {self.version}", int(self.rows.value or 0)
        text = f"{quantity(rows, 'row')} of {self.day} {'is' if rows == 1 else 'are'} scored{by}"
        if self.week_before is not None:
            text += f", {change_in_words(self.rows)} on {self.week_before}"
        mean = self.scores[0] if self.scores else None
        if mean is not None and mean.value is not None:
            then = "" if mean.before is None else f" (then {mean.before:.4g})"
            text += f"; the mean score is {mean.value:.4g}{then}"
        return f"{text}."


def compare_days(day: ScoredDay, before: ScoredDay | None, sums: tuple[str, ...] = ()) -> DayComparison:
    """Return the comparison of a day; `sums` are the names of those to show, in their order."""
    then = before.sums if before else {}
    return DayComparison(
        day.day,
        day.version,
        before.day if before else None,
        before.version if before else None,
        ComparedFigure("rows", day.rows, before.rows if before else None),
        tuple(_score_figures(day.scores, before.scores if before else None)),
        _shares(day, before),
        _bins(day, before),
        tuple(ComparedFigure(name, day.sums.get(name), then.get(name)) for name in sums),
    )


def change_in_words(figure: ComparedFigure) -> str:
    """Return the change of a count in words.

    >>> change_in_words(ComparedFigure("rows", 103.0, 100.0)), change_in_words(ComparedFigure("rows", 1.0, 1.0))
    ('3 more (+3.0 %) than', 'as many as')
    """
    change, ratio = figure.change, figure.relative_change
    if not change:
        return "as many as"
    percent = "" if ratio is None else f" ({ratio:+.1%})".replace("%", " %")
    return f"{abs(change):,.0f} {'more' if change > 0 else 'fewer'}{percent} than"


def _score_figures(day: ScoreDistribution | None, before: ScoreDistribution | None) -> list[ComparedFigure]:
    if day is None:
        return []
    named = {"mean": (day.mean, before.mean if before else None)}
    for one in day.quantiles:
        title = "median" if one.percent == 50 else f"{one.percent} % quantile"
        named[title] = (one.value, before.quantile(one.percent) if before else None)
    return [ComparedFigure(name, value, then) for name, (value, then) in named.items()]


def _scored(day: ScoredDay, before: ScoredDay | None) -> tuple[list[ScoreDistribution], ScoreDistribution | None]:
    """Return the distributions that there are, and that of the week before."""
    then = before.scores if before else None
    return [one for one in (day.scores, then) if one is not None], then


def _shares(day: ScoredDay, before: ScoredDay | None) -> tuple[ThresholdShare, ...]:
    """Return the share of rows from each threshold that lies between the scores of both days."""
    known, then = _scored(day, before)
    if day.scores is None:
        return ()
    least, largest = min(one.least for one in known), max(one.largest for one in known)
    inner = [edge for edge in bin_edges(known, THRESHOLDS) if least < edge <= largest]
    return tuple(
        ThresholdShare(one, day.scores.share_from(one), then.share_from(one) if then else None) for one in inner
    )


def _bins(day: ScoredDay, before: ScoredDay | None) -> tuple[ScoreBin, ...]:
    """Return the shares between the edges; the outer bins hold what is beyond them too."""
    known, then = _scored(day, before)
    if day.scores is None:
        return ()
    edges = bin_edges(known)
    open_edges = [-math.inf, *edges[1:-1], math.inf]
    ends = zip(edges, edges[1:], open_edges, open_edges[1:], strict=False)
    return tuple(
        ScoreBin(low, high, day.scores.share_between(first, last), then.share_between(first, last) if then else None)
        for low, high, first, last in ends
    )
