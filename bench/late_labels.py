"""S4 of `python -m bench.gate`: labels that come late, positives later than negatives, and candidates that profit.

Negatives are known within three days, and so is a quarter of the positives. The other positives become known in the
last tenth of `label_delay`. A candidate scores the early positives higher than the champion does, and the late ones
lower. It looks better while the late ones are unknown, and in truth it is as good as the champion or worse.

The same rows are judged twice by the same functions: by the days that are mature, and by all days up to the training.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from threadpoolctl import threadpool_limits

from assay.core.decisions.looks.comparison import compare_pair
from assay.core.decisions.looks.pair import WEIGHTS, LookOutcome, Pair, take_look
from assay.core.decisions.looks.paired_evidence import PairedEvidence
from assay.core.decisions.looks.planner import FIRST, STEP
from assay.core.decisions.looks.refresh import shown_worse
from assay.core.evaluation.jackknife import Insufficient, Measured
from assay.core.evaluation.label_maturity import DayMeasurement, count_days, first_immature, is_mature
from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.profiles.score_counts import score_bins
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT, half_of
from bench.simulated_days import Floats, bounds, smooth

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SEED = 6
METRIC = METRICS["within_day_roc_auc"]
MARGIN = 0.01
LEVEL = 0.05
"""The level of a pair: all the error of a year, ten times as much as the gate ever gives to one."""

START = date(2013, 1, 1)
ROWS = 300
LABEL_DELAYS = (30, 90)
WORSE = (0.0, 1.0, 3.0, 8.0)
"""By how many margins the candidates are worse than the champion."""

GRID = LOG_ODDS_EXPONENT + 2
"""Four bins in one, so that a run takes half as long; they move a gain by a third of the margin at most."""

CHAMPION = 0
"""The place of the champion among the models; the candidates follow it."""

EARLY = 0.25
"""The share of the positives that are known as early as the negatives."""

SOON = 3
"""The days within which the negatives and the early positives are known."""

CHAMPION_GAP, EARLY_GAP = 1.0, 2.0
"""The distance of the positives from the negatives, by the champion, and of the early ones by a candidate."""

SHARED = 0.9
"""The correlation of what two models add by chance to the score of a row."""

DAY_EFFECT, AUTOCORRELATION = 0.1, 0.3
"""The deviation of a candidate's gaps between days, and its autocorrelation."""


def late_gap(worse: float) -> float:
    """Return a candidate's gap of the late positives that makes it so many margins worse over all positives."""
    spread = math.sqrt(2 + DAY_EFFECT**2)
    wanted = ndtr(CHAMPION_GAP / math.sqrt(2)) - worse * MARGIN
    return spread * float(ndtri((wanted - EARLY * ndtr(EARLY_GAP / spread)) / (1 - EARLY)))


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of some days: labels, the days until each is known, and the bins of each model's scores."""

    labels: Bools
    lags: Ints
    bins: tuple[Ints, ...]

    @classmethod
    def drawn(cls, days: int, label_delay: int, worse: Sequence[float], rng: np.random.Generator) -> Rows:
        """Return rows of so many days, with the champion and candidates that are so many margins worse."""
        shape = (days, ROWS)
        rates = np.clip(0.3 + 0.08 * rng.standard_normal((days, 1)), 0.1, 0.5)
        labels, early = rng.random(shape) < rates, rng.random(shape) < EARLY
        soon = rng.integers(1, SOON, shape, endpoint=True)
        late = rng.integers(9 * label_delay // 10, label_delay, shape, endpoint=True)
        shared = rng.standard_normal(shape)
        scores = [labels * CHAMPION_GAP + shared]
        for one in worse:
            effect = DAY_EFFECT * smooth(days, AUTOCORRELATION, rng)[:, None]
            gaps = np.where(early, EARLY_GAP, late_gap(one)) + effect
            noise = SHARED * shared + math.sqrt(1 - SHARED**2) * rng.standard_normal(shape)
            scores.append(labels * gaps + noise)
        return cls(labels, np.where(labels & ~early, late, soon), tuple(_bins(one) for one in scores))

    def profiles(self, model: int, first: int, end: int, at: int) -> list[OutcomeProfile]:
        """Return the outcomes of the days from `first` to before `end`, as they were known when the day `at` began."""
        if first >= end:
            return []
        days = slice(first, end)
        known = self.lags[days] < at - np.arange(first, end)[:, None]
        labels, bins = self.labels[days], self.bins[model][days]
        positives, negatives = _histograms(bins, known & labels), _histograms(bins, known & ~labels)
        return [
            OutcomeProfile(LabelledScores(one, two, ROWS - one.total - two.total))
            for one, two in zip(positives, negatives, strict=True)
        ]


def _bins(log_odds: Floats) -> Ints:
    return score_bins(1 / (1 + np.exp(-log_odds))) >> (GRID - LOG_ODDS_EXPONENT)


def _histograms(bins: Ints, counted: Bools) -> list[Histogram]:
    """Return the histogram of each day's counted rows; all days are counted in one pass."""
    half = half_of(GRID)
    days, width = len(bins), 2 * half
    places = (bins + half + width * np.arange(days)[:, None])[counted]
    filled, numbers = np.unique(places, return_counts=True)
    edges = np.searchsorted(filled, width * np.arange(1, days))
    by_day = zip(np.split(filled % width - half, edges), np.split(numbers, edges), strict=True)
    return [Histogram(GRID, dict(zip(b.tolist(), n.tolist(), strict=True))) for b, n in by_day]


@dataclass(slots=True)
class MeasuredRows:
    """The rows of one run and what was measured of them; a day that is mature is measured once."""

    rows: Rows
    label_delay: int
    outcomes: dict[tuple[int, int, int], OutcomeProfile] = field(default_factory=dict)
    prepared: dict[tuple[int, int, int], Measured] = field(default_factory=dict)

    def counted(self, model: int, at: int, label_delay: int, first: date) -> dict[date, Measured]:
        """Return the days since `first` that count when labels are taken for mature after `label_delay` days."""
        days = range((first - START).days, at)
        self._measure(model, days, at)
        measured = {day_of(n): DayMeasurement(self.outcomes[self._key(model, n, at)], day_of(at)) for n in days}
        return {day: self._prepare(model, day, at) for day in count_days(measured, label_delay).days}

    def _measure(self, model: int, days: Sequence[int], at: int) -> None:
        missing = [n for n in days if self._key(model, n, at) not in self.outcomes]
        if missing:
            fresh = self.rows.profiles(model, missing[0], missing[-1] + 1, at)
            self.outcomes.update({self._key(model, missing[0] + n, at): one for n, one in enumerate(fresh)})

    def _key(self, model: int, number: int, at: int) -> tuple[int, int, int]:
        return model, number, -1 if is_mature(day_of(number), day_of(at), self.label_delay) else at

    def _prepare(self, model: int, day: date, at: int) -> Measured:
        key = self._key(model, (day - START).days, at)
        if key not in self.prepared:
            self.prepared[key] = METRIC.prepare(self.outcomes[key].overall)
        return self.prepared[key]

    def evidence(self, candidate: int, at: int, label_delay: int, first: date) -> PairedEvidence | None:
        """Return the evidence on the day `at`, by the days since `first` that count; None where it is insufficient."""
        one, two = (self.counted(model, at, label_delay, first) for model in (candidate, CHAMPION))
        compared = compare_pair(METRIC, ("candidate", one), ("champion", two), margin=MARGIN)
        return None if isinstance(compared, Insufficient) else compared.evidence


@cache
def day_of(number: int) -> date:
    """Return the date of a day by its number."""
    return START + timedelta(days=number)


def drawn_run(label_delay: int, worse: Sequence[float], rng: np.random.Generator) -> MeasuredRows:
    """Return the rows of pairs up to their last look."""
    days = FIRST + label_delay + STEP * (len(WEIGHTS) - 1)
    return MeasuredRows(Rows.drawn(days, label_delay, worse, rng), label_delay)


def promoted(run: MeasuredRows, candidate: int, label_delay: int) -> tuple[bool, PairedEvidence | None]:
    """Return whether a pair promotes a candidate at one of its looks, and the evidence of the first look."""
    dates = [FIRST + run.label_delay + STEP * number for number in range(len(WEIGHTS))]
    first = first_immature(day_of(dates[0]), label_delay) - timedelta(days=FIRST)
    pair, outcome, judged = Pair("c", "candidate", "flights", LEVEL, first), LookOutcome.OPEN, []
    for at in dates:
        judged.append(evidence := run.evidence(candidate, at, label_delay, first))
        if evidence is None:
            continue  # as in the gate, a pair that cannot be compared stays open without a look
        pair, outcome = take_look(pair, evidence, first_immature(day_of(at), label_delay), margin=MARGIN, guard=0.0)
        if outcome.closes:
            break
    return outcome is LookOutcome.SHOWN, judged[0]


def serves(run: MeasuredRows, candidate: int, label_delay: int) -> bool:
    """Return whether a candidate serves as a refresh: it is not shown worse on the newest days that count."""
    at = FIRST + run.label_delay
    evidence = run.evidence(candidate, at, label_delay, first_immature(day_of(at), label_delay) - timedelta(days=STEP))
    return evidence is None or not shown_worse(evidence, MARGIN)


def late_labels(options: argparse.Namespace) -> Iterator[str]:
    """S4: the share of candidates that are promoted, by mature days and by all days, as new recipe and as refresh."""
    for label_delay in LABEL_DELAYS:
        yield from _cells(label_delay, options.runs // 4, np.random.default_rng(SEED))


def _cells(label_delay: int, runs: int, rng: np.random.Generator) -> Iterator[str]:
    ways = (label_delay, 0)
    pairs, refreshes = (np.zeros((len(WORSE), len(ways)), dtype=int) for _ in range(2))
    errors: list[list[float]] = [[] for _ in WORSE]
    with threadpool_limits(1):  # small products of vectors: threads take longer to wake up than to multiply
        for _ in range(runs):
            run = drawn_run(label_delay, WORSE, rng)
            for cell, (way, counted) in itertools.product(range(len(WORSE)), enumerate(ways)):
                shown, evidence = promoted(run, cell + 1, counted)
                pairs[cell, way] += shown
                refreshes[cell, way] += serves(run, cell + 1, counted)
                if counted and evidence is not None:
                    errors[cell].append(evidence.error / MARGIN)
    for cell, worse in enumerate(WORSE):
        columns = (
            f"{what}: by mature days {bounds(int(hits[0]), runs)}, by all days {bounds(int(hits[1]), runs)}"
            for what, hits in (("new recipe", pairs[cell]), ("refresh", refreshes[cell]))
        )
        error = float(np.mean(errors[cell]))
        yield f"labels within {label_delay} days, worse by {worse:g} x margin, SE {error:.2f}:  " + ";  ".join(columns)
