"""`python -m bench.gate`: simulate the gate's rules with the project's own functions, against the bars S1 to S4.

In S1 to S3 the days are scalars, so that the influences of a mean are its deviations. A margin is 1. The true standard
error over 84 days, with the autocorrelation in it, is given in margins. S4 has rows, whose labels come late. Brackets
hold exact 99 % bounds (Clopper and Pearson 1934).
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.pair import LookOutcome, Pair, choose, keep_best, take_look
from assay.core.decisions.looks.paired_evidence import PairedEvidence, paired_evidence
from assay.core.decisions.looks.planner import FIRST, STEP, chances
from assay.core.decisions.looks.refresh import shown_worse
from bench.late_labels import late_labels
from bench.simulated_days import Floats, bounds, day_deviation, smooth

START = date(2013, 1, 1)
MARGIN = 1.0
NEW_DAYS = 28
"""The days of the newest fold, on which a refresh is judged."""

OPEN = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table for each bar and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.gate", description=__doc__)
    parser.add_argument("--runs", type=int, default=4_000, help="gates for each cell of S1; a quarter of them for S4")
    parser.add_argument("--years", type=int, default=300, help="years for each cell of S3")
    parser.add_argument("--only", default="", help=f"bars by the beginning of their names: {', '.join(sorted(BARS))}")
    options = parser.parse_args(argv)
    names = [name for name in sorted(BARS) if name.startswith(options.only)]
    if not names:
        parser.error(f"no bar begins with '{options.only}'")
    for name in names:
        print(f"\n{name}")
        for line in BARS[name](options):
            print(line, flush=True)
    return 0


def evidence(days: Floats) -> PairedEvidence | None:
    """Return the evidence of the mean of some days; None where it is insufficient."""
    judged = paired_evidence(float(days.mean()), days - days.mean())
    return judged if isinstance(judged, PairedEvidence) else None


def one_gate(options: argparse.Namespace) -> Iterator[str]:
    """S1: the share of gates in which at least one of k equals is shown better, at a level for the whole gate."""
    rng = np.random.default_rng(1)
    cells = itertools.product((28, 84), (1, 3, 8), (0.0, 0.3, 0.5), (False, True))
    for days, contenders, autocorrelation, skewed in cells:
        runs = options.runs // contenders
        values = [
            min(
                (judged.p_value() if (judged := evidence(smooth(days, autocorrelation, rng, skewed=skewed))) else 1.0)
                for _ in range(contenders)
            )
            for _ in range(runs)
        ]
        shares = (
            f"at {level}: {bounds(sum(one < level / contenders for one in values), runs)}"
            for level in (0.05, 0.001, 0.0003)
        )
        shape = "skewed" if skewed else "normal"
        yield f"{days} days, {contenders} contenders, AR {autocorrelation}, {shape}:  " + "  ".join(shares)


def planned(options: argparse.Namespace) -> Iterator[str]:
    """S2: the chance to be shown by the last look, as planned and as simulated with the whole rule."""
    rng = np.random.default_rng(2)
    for error, gain, level in itertools.product((0.35, 0.5, 0.75), (1.0, 2.0), (0.05, 0.0033, 0.00077)):
        plan = chances(gain, error, level=level, margin=MARGIN)
        shown = np.zeros(4, dtype=int)
        runs = max(200, options.runs // 4)
        for _ in range(runs):
            shown += _shown_by(gain + error * math.sqrt(FIRST) * smooth(168, 0.0, rng), level)
        worst = max(abs(one - two / runs) for one, two in zip(plan, shown, strict=True))
        each = "  ".join(f"{100 * one:.0f}/{100 * two / runs:.0f}" for one, two in zip(plan, shown, strict=True))
        yield f"error {error}, gain {gain}, level {level}: planned/simulated by look {each}; worst {100 * worst:.1f}"


def _shown_by(series: Floats, level: float) -> NDArray[np.int_]:
    pair, shown = Pair("x", "x", "flights", level, START), np.zeros(4, dtype=int)
    for look, days in enumerate((84, 112, 140, 168)):
        judged = evidence(series[:days])
        if judged is None:
            break
        pair, outcome = take_look(pair, judged, START + timedelta(days=days), margin=MARGIN, guard=0.0)
        if outcome is LookOutcome.SHOWN:
            shown[look:] = 1
        if outcome.closes:
            break
    return shown


def refreshes(options: argparse.Namespace) -> Iterator[str]:
    """S2: the share of refreshes that are promoted, equal ones and worse ones, judged beside what was served."""
    rng = np.random.default_rng(3)
    for error, autocorrelation, worse in itertools.product((1.0, 0.5, 0.25), (0.0, 0.3), (0.0, 0.5, 1.0, 2.0)):
        deviation = day_deviation(error, NEW_DAYS, autocorrelation)
        judged = (
            evidence(-worse + deviation * smooth(NEW_DAYS, autocorrelation, rng)) for _ in range(options.runs // 2)
        )
        promoted = sum(one is None or not shown_worse(one, MARGIN) for one in judged)
        yield f"error {error} over 28 days, AR {autocorrelation}, {worse} margins worse: " + bounds(
            promoted, options.runs // 2
        )


@dataclass(slots=True)
class Year:
    """A year of trainings: the true quality of each recipe over the first champion, and the state of the rules."""

    error: float
    autocorrelation: float
    rng: np.random.Generator
    account: ErrorAccount = field(default_factory=lambda: ErrorAccount.opened(START))
    quality: dict[str, float] = field(default_factory=dict)
    series: dict[str, Floats] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    champion: float = 0.0
    promotions: list[tuple[int, float]] = field(default_factory=list)

    def train(self, day: int, recipes: Sequence[tuple[str, float]]) -> None:
        """Open a pair for each new recipe, take the looks that are due, and promote."""
        self.account = self.account.on(START + timedelta(days=day))
        if recipes:
            self.account, level = self.account.spend(len(recipes))
            for name, quality in recipes:
                self.quality[name] = quality
                self.series[name] = self._noise()
                self.pairs.append(Pair(name, name, "flights", level, START + timedelta(days=day - FIRST)))
        self.look(day)

    def look(self, day: int) -> None:
        """Take the looks that are due on a day."""
        shown: list[tuple[float, int, str]] = []
        still: list[Pair] = []
        going_on: dict[str, Pair] = {}
        for pair in self.pairs:
            end = START + timedelta(days=day)
            days = (end - pair.first_day).days
            if not pair.due(end, STEP):
                still.append(pair)
                continue
            gain = self.quality[pair.recipe] - self.champion
            judged = evidence(gain + self.series[pair.recipe][:days])
            if judged is None:
                still.append(pair)
                continue
            after, outcome = take_look(pair, judged, end, margin=MARGIN, guard=0.0)
            if outcome is LookOutcome.SHOWN:
                shown.append((judged.estimate, 0, pair.recipe))
                going_on[pair.recipe] = after
            elif not outcome.closes:
                still.append(after)
        if shown:
            winner = choose(shown, MARGIN)
            self.promotions.append((day, self.quality[winner] - self.champion))
            self.champion = self.quality[winner]
            still += [pair for name, pair in going_on.items() if name != winner and pair.looks < 4]
        self.pairs = keep_best(still, OPEN)[0]

    def _noise(self) -> Floats:
        deviation = day_deviation(self.error, FIRST, self.autocorrelation)
        return deviation * smooth(FIRST + 200, self.autocorrelation, self.rng)


def null_years(options: argparse.Namespace) -> Iterator[str]:
    """S3: the share of years with a false promotion, where every recipe equals the first champion."""
    for (weekly, autocorrelation), error in itertools.product(((1, 0.0), (1, 0.3), (3, 0.0), (3, 0.3)), (0.5,)):
        rng = np.random.default_rng(4)
        false = 0
        for _ in range(options.years):
            year = Year(error, autocorrelation, rng)
            for week in range(52):
                year.train(7 * week, [(f"{week}.{n}", 0.0) for n in range(weekly)])
            false += bool(year.promotions)
        yield f"{52 * weekly} recipes, AR {autocorrelation}: " + bounds(false, options.years)


def gains_found(options: argparse.Namespace) -> Iterator[str]:
    """S3: five gains of two margins among equals: how many are judged within 84 days."""
    for error, autocorrelation, weekly in ((0.5, 0.0, 1), (0.5, 0.3, 1), (0.5, 0.0, 2), (0.4, 0.0, 2), (0.75, 0.0, 1)):
        rng = np.random.default_rng(5)
        years = max(50, options.years // 3)
        judged = [found_gains(Year(error, autocorrelation, rng), weekly) for _ in range(years)]
        at_least = sum(number >= 4 for number in judged)
        yield f"error {error}, AR {autocorrelation}, {weekly} a week: at least 4 of 5 in {bounds(at_least, years)}"


def found_gains(year: Year, weekly: int) -> int:
    """Return how many of five gains are judged within 84 days; each is two margins above the champion of its day."""
    begun = [14, 84, 154, 224, 294]
    judged = 0
    due: list[tuple[int, float]] = []
    for week in range(56):
        day = 7 * week
        recipes = [(f"{week}.{n}", year.champion) for n in range(weekly)] if week < 52 else []
        if day in begun:
            recipes[0] = (f"gain {week}", year.champion + 2 * MARGIN)
            due.append((day, year.champion + 2 * MARGIN))
        before = len(year.promotions)
        year.train(day, recipes)
        if len(year.promotions) > before and year.promotions[-1][1] >= 1.5 * MARGIN:
            started = [at for at, quality in due if quality <= year.champion + 1e-9]
            judged += bool(started) and day - started[-1] <= 84
    return judged


BARS: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "S1 one gate": one_gate,
    "S2 plan": planned,
    "S2 refreshes": refreshes,
    "S3 null years": null_years,
    "S3 gains": gains_found,
    "S4 late labels": late_labels,
}

if __name__ == "__main__":
    sys.exit(main())
