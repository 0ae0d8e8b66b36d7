"""The judgement of a day's scores before they are published, against the days by which the version was judged.

A day is compared with the range of whole days, not of rows: scores of one day move together, by weather and weekday. A
mean, a spread or a number of rows is out of line where it lies beyond the range of the evidence by the range's own
width. A range needs no assumption about weekdays, skewness or the tails of good days. A shape is
out of line where no day of the evidence is alike. docs/adr/0012 has the simulation.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce
from statistics import median

from assay.core.check import Finding, Severity, Status
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.score_moments import Moments, moments, pooled_deviation, quantile_range
from assay.core.profiles.score_shape import ScoreShape, farthest_neighbour, nearest, shape_of
from assay.core.task_type import TaskType
from assay.core.text import quantity
from assay.core.verdict import Action, Verdict, judge

MIN_DAYS = 14
"""The least number of days whose range is trusted: each weekday twice."""

WIDTHS = 1.0
"""The distance beyond the range, in widths of the range, from which a day is out of line."""

STANDARD_ERRORS = 5.0
"""That distance at least, in standard errors of the day itself: a day may have far fewer rows than the others."""

MEAN_FLOOR = 0.25
"""The least move of the mean, in standard deviations of rows, that is worth a hold."""

SPREAD_FLOOR = math.log(1.5)
VOLUME_FLOOR = math.log(2.0)
"""The least change of the standard deviation and of the number of rows, as a logarithm, that is worth a hold."""

MIN_ROWS = 20
"""The least number of rows that have a spread and a shape."""

SHAPE_FLOOR = 0.15
"""The least gap of a shape, as a share of the rows, that is worth a hold."""

SHAPE_ERRORS = 1.63
"""The gap of two samples that 1 % of them exceed without a difference, in units of sqrt(1/n + 1/m) (Smirnov 1939)."""


class ScoreCheck(StrEnum):
    """A check of a day's scores. Impossible scores always hold a day; the others do where the spec names them."""

    POSSIBLE = "score.possible"
    VOLUME = "score.volume"
    MEAN = "score.mean"
    SPREAD = "score.spread"
    SHAPE = "score.shape"


HOLDS: Mapping[str, tuple[ScoreCheck, ...]] = {
    "volume": (ScoreCheck.VOLUME,),
    "drift": (ScoreCheck.MEAN, ScoreCheck.SPREAD, ScoreCheck.SHAPE),
}
"""The checks behind the words of the spec's `score: {hold: ...}`."""


@dataclass(frozen=True, slots=True)
class DayOfScores:
    """The scores of one day: its rows, how many of their scores are impossible, and the possible ones."""

    rows: int
    scores: Histogram
    impossible: int = 0


def judge_days(
    days: Mapping[date, DayOfScores],
    evidence: Sequence[DayOfScores],
    *,
    task: TaskType,
    hold: Collection[str],
    newest: int,
) -> dict[date, Verdict]:
    """Return a verdict for each day, in order: publish, or hold.

    A day that is published is evidence for the days after it, so that a backfill is judged as if it had run day by day.
    Only the `newest` such days are, beside the given evidence. The words in `hold` are keys of HOLDS; a check that is
    not behind one of them only warns.
    """
    scores = [day.scores for day in evidence if day.scores.total]
    clip = quantile_range(reduce(Histogram.merge, scores)) if scores else (-math.inf, math.inf)
    known = [_summary(day, clip) for day in evidence]
    verdicts: dict[date, Verdict] = {}
    passed: list[_DaySummary] = []
    for day, scored in sorted(days.items()):
        own = _summary(scored, clip)
        findings = [_possible(scored, task), *_compared(own, [*known, *passed[-newest:]], hold)]
        verdicts[day] = judge(findings, when_good=Action.PUBLISH, when_bad=Action.HOLD)
        if verdicts[day].action is Action.PUBLISH:
            passed.append(own)
    return verdicts


@dataclass(frozen=True, slots=True, eq=False)
class _DaySummary:
    """A day in numbers; `scores` is None where it has no possible score, `shape` also where it has too few rows."""

    rows: int
    scores: Moments | None = None
    shape: ScoreShape | None = None


def _summary(scored: DayOfScores, clip: tuple[float, float]) -> _DaySummary:
    if not scored.scores.total:
        return _DaySummary(scored.rows)
    own = moments(scored.scores, clip)
    return _DaySummary(scored.rows, own, shape_of(scored.scores, own) if own.rows >= MIN_ROWS else None)


def _compared(own: _DaySummary, evidence: Sequence[_DaySummary], hold: Collection[str]) -> list[Finding]:
    blocking = {check for word in hold for check in HOLDS[word]}
    before = [day.scores for day in evidence if day.scores is not None]
    compared = {ScoreCheck.VOLUME: _volume(own.rows, [day.rows for day in evidence if day.rows])}
    if own.scores is None:
        compared |= {check: _unknown(str(check), "the day has no possible score") for check in HOLDS["drift"]}
    else:
        compared |= {ScoreCheck.MEAN: _mean(own.scores, before), ScoreCheck.SPREAD: _spread(own.scores, before)}
        shapes = [day.shape for day in evidence if day.shape is not None]
        compared[ScoreCheck.SHAPE] = _shape(own.shape, shapes)
    return [
        _finding(check, one, Severity.CRITICAL if check in blocking else Severity.WARNING)
        for check, one in compared.items()
    ]


@dataclass(frozen=True, slots=True)
class _Compared:
    """A value of the day beside those of the evidence; `lowest` and `highest` are the ends of what is published."""

    what: str
    value: float
    lowest: float
    highest: float
    days: int
    unknown: str = ""

    @property
    def good(self) -> bool:
        return bool(self.unknown) or self.lowest <= self.value <= self.highest


def _possible(scored: DayOfScores, task: TaskType) -> Finding:
    status = Status.FAIL if scored.impossible else Status.PASS
    sentence = f"{scored.impossible:,} of {quantity(scored.rows, 'score')} are no {task.score}."
    return Finding(ScoreCheck.POSSIBLE, status, sentence, observed=scored.impossible, expected="none")


def _volume(rows: int, before: Sequence[int]) -> _Compared:
    if not rows:
        return _unknown("number of rows", "the day has none")
    if len(before) < MIN_DAYS:
        return _unknown("number of rows", _too_few(len(before)))
    low, high = _limits([math.log(number) for number in before], error=1 / math.sqrt(rows), floor=VOLUME_FLOOR)
    return _Compared("number of rows", rows, math.exp(low), math.exp(high), len(before))


def _mean(own: Moments, before: Sequence[Moments]) -> _Compared:
    if len(before) < MIN_DAYS:
        return _unknown("mean score", _too_few(len(before)))
    spread = pooled_deviation(before)
    means = [day.mean for day in before]
    low, high = _limits(means, error=spread / math.sqrt(own.rows), floor=MEAN_FLOOR * spread)
    return _Compared("mean score", own.mean, low, high, len(means))


def _spread(own: Moments, before: Sequence[Moments]) -> _Compared:
    what = "standard deviation of the scores"
    logs = [math.log(day.deviation) for day in before if day.rows >= MIN_ROWS and day.deviation > 0]
    if own.rows < MIN_ROWS:
        return _unknown(what, f"a day needs {quantity(MIN_ROWS, 'row')}")
    if len(logs) < MIN_DAYS:
        return _unknown(what, _too_few(len(logs)))
    low, high = _limits(logs, error=1 / math.sqrt(own.rows), floor=SPREAD_FLOOR)
    return _Compared(what, own.deviation, math.exp(low), math.exp(high), len(logs))


def _shape(own: ScoreShape | None, before: Sequence[ScoreShape]) -> _Compared:
    what = "gap of the scores to the day that is most alike"
    if own is None or len(before) < MIN_DAYS:
        few_rows = f"a day needs {quantity(MIN_ROWS, 'row')}"
        return _unknown(what, few_rows if own is None else _too_few(len(before)))
    gap, rows = nearest(own, before)
    usual = (1 + WIDTHS) * farthest_neighbour(before)
    limit = max(usual, SHAPE_FLOOR, SHAPE_ERRORS * math.sqrt(1 / own.rows + 1 / rows))
    return _Compared(what, gap, 0.0, limit, len(before))


def _limits(values: Sequence[float], *, error: float, floor: float) -> tuple[float, float]:
    """Return the ends of what is published: the range, moved out by the margin, and never within the floor."""
    low, high, middle = min(values), max(values), median(values)
    margin = max(WIDTHS * (high - low), STANDARD_ERRORS * error)
    return min(low - margin, middle - floor), max(high + margin, middle + floor)


def _too_few(days: int) -> str:
    return f"there are {quantity(days, 'day')} of evidence, and it takes {MIN_DAYS}"


def _unknown(what: str, why: str) -> _Compared:
    return _Compared(what, math.nan, math.nan, math.nan, 0, why)


def _finding(check: ScoreCheck, compared: _Compared, severity: Severity) -> Finding:
    if compared.unknown:
        return Finding(check, Status.WARN, f"The {compared.what} is not judged: {compared.unknown}.", Severity.INFO)
    limits = f"{_number(compared.lowest)} to {_number(compared.highest)}"
    verb = "is within" if compared.good else "is outside"
    return Finding(
        check,
        Status.PASS if compared.good else Status.FAIL,
        f"The {compared.what}, {_number(compared.value)}, {verb} {limits}, by {compared.days} days of evidence.",
        severity,
        observed=compared.value,
        expected=limits,
        details={"lowest": compared.lowest, "highest": compared.highest, "days": compared.days},
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def days_held(verdicts: Mapping[date, Verdict]) -> list[date]:
    """Return the days whose scores are held, in order."""
    return [day for day, verdict in sorted(verdicts.items()) if verdict.action is Action.HOLD]
