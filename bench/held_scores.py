"""`python -m bench.held_scores`: false holds of a day's scores and faults that are held, beside the rules of peers.

Each path is 28 days of a holdout and a year of service. The scores of a row are logistic; days differ by an effect that
they share. All rules judge the same days: Assay's, a PSI above 0.2, a Kolmogorov-Smirnov test at 1 %, and a mean more
than three standard deviations of days away. Brackets hold the exact 99 % bounds of a Poisson count.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import chi2, ks_2samp

from assay.core.decisions.score_day import HOLDS, DayOfScores, days_held, judge_days
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT
from assay.core.task_type import TaskType

Floats = NDArray[np.float64]
HOLDOUT, YEAR, NEWEST = 28, 365, 28
FIRST = date(2024, 1, 1)
CENTRE = -1.4  # about a fifth of the rows are positive


@dataclass(frozen=True, slots=True)
class World:
    """A way in which days differ, in standard deviations of rows; the autocorrelation and the shape have no unit."""

    name: str
    day: float = 0.0
    autocorrelation: float = 0.3
    season: float = 0.0
    weekend: float = 0.0
    shape: str = "normal"
    rows: int = 500


WORLDS = (
    World("days alike", autocorrelation=0.0),
    World("day effect .23 sd, weekends", day=0.23, weekend=0.3),
    World("day effect .5 sd, season .5 sd", day=0.5, autocorrelation=0.5, season=0.5, weekend=0.3),
    World("the same, 60 rows a day", day=0.5, autocorrelation=0.5, season=0.5, weekend=0.3, rows=60),
    World("season 1 sd", day=0.5, autocorrelation=0.5, season=1.0, weekend=0.3),
    World("day effect of Student's t, 3 degrees", day=0.5, season=0.3, weekend=0.3, shape="t3"),
    World("skewed day effect (log-normal)", day=0.5, season=0.3, weekend=0.3, shape="skewed"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Print both tables and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.held_scores", description=__doc__)
    parser.add_argument("--paths", type=int, default=40, help="years for each world")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    rng = np.random.default_rng(options.seed)
    print(f"days held in a year without a fault, {options.paths} years for each world")
    for world in WORLDS:
        held = np.array([list(_year(world, rng).values()) for _ in range(options.paths)])
        print(f"{world.name:<40}", *(f"{name} {_rate(held[:, n])}" for n, name in enumerate(RULES)), sep="  ")
    print("\nshare of single days with a fault that are held")
    for world in (WORLDS[1], WORLDS[2], WORLDS[5]):
        for fault, change in FAULTS.items():
            caught = np.array([list(_faulty(world, change, rng).values()) for _ in range(2 * options.paths)])
            shares = (f"{name} {100 * caught[:, n].mean():3.0f} %" for n, name in enumerate(RULES))
            print(f"{world.name:<40}  {fault:<32}", *shares, sep="  ")
    return 0


def _rate(held: NDArray[Any]) -> str:
    count, years = int(held.sum()), len(held)
    low = chi2.ppf(0.005, 2 * count) / 2 / years if count else 0.0
    return f"{count / years:6.2f} [{low:.2f}, {chi2.ppf(0.995, 2 * count + 2) / 2 / years:.2f}]"


def _effects(world: World, days: int, rng: np.random.Generator) -> Floats:
    warm = 30
    if world.shape == "t3":
        drawn = rng.standard_t(3, days + warm) / math.sqrt(3)
    elif world.shape == "skewed":
        drawn = (np.exp(0.8 * rng.standard_normal(days + warm)) - math.exp(0.32)) / math.sqrt(
            math.exp(1.28) - math.exp(0.64)
        )
    else:
        drawn = rng.standard_normal(days + warm)
    smooth = np.zeros(days + warm)
    for n in range(1, days + warm):
        smooth[n] = world.autocorrelation * smooth[n - 1] + math.sqrt(1 - world.autocorrelation**2) * drawn[n]
    t = np.arange(days)
    season = world.season * np.sin(2 * np.pi * (t / YEAR + rng.random()))
    return world.day * smooth[warm:] + season + world.weekend * (t % 7 >= 5)


def days_of(world: World, days: int, rng: np.random.Generator) -> list[Floats]:
    """Return the scores of each day; the logit of a row has a standard deviation of 1."""
    numbers = np.maximum(1, world.rows * np.exp(0.1 * rng.standard_normal(days))).astype(int)
    effects = _effects(world, days, rng)
    return [
        expit(CENTRE + effect + rng.standard_normal(number)) for effect, number in zip(effects, numbers, strict=True)
    ]


def _year(world: World, rng: np.random.Generator) -> dict[str, int]:
    days = days_of(world, HOLDOUT + YEAR, rng)
    return {name: rule(days[:HOLDOUT], days[HOLDOUT:]) for name, rule in RULES.items()}


def _faulty(world: World, change: Callable[[Floats], Floats], rng: np.random.Generator) -> dict[str, int]:
    days = days_of(world, HOLDOUT + 1, rng)
    return {name: rule(days[:HOLDOUT], [change(days[-1])]) for name, rule in RULES.items()}


def _assay(holdout: Sequence[Floats], served: Sequence[Floats]) -> int:
    def state(scores: Floats) -> DayOfScores:
        return DayOfScores(len(scores), histogram_of(scores, SCORE_BIN_EXPONENT))

    days = {FIRST + timedelta(days=n): state(scores) for n, scores in enumerate(served)}
    evidence = list(map(state, holdout))
    return len(days_held(judge_days(days, evidence, task=TaskType.CLASSIFICATION, hold=tuple(HOLDS), newest=NEWEST)))


def _psi(holdout: Sequence[Floats], served: Sequence[Floats]) -> int:
    pooled = np.concatenate(holdout)
    edges = np.quantile(pooled, np.linspace(0, 1, 11)[1:-1])

    def shares(scores: Floats) -> Floats:
        counts = np.bincount(np.searchsorted(edges, scores), minlength=10)
        return np.maximum(counts / len(scores), 1e-4)

    before = shares(pooled)
    return sum(float(((shares(day) - before) * np.log(shares(day) / before)).sum()) > 0.2 for day in served)


def _ks(holdout: Sequence[Floats], served: Sequence[Floats]) -> int:
    pooled = np.concatenate(holdout)
    return sum(float(ks_2samp(day, pooled, method="asymp").pvalue) < 0.01 for day in served)


def _three_sigma(holdout: Sequence[Floats], served: Sequence[Floats]) -> int:
    means = np.array([day.mean() for day in holdout])
    return sum(abs(day.mean() - means.mean()) > 3 * means.std(ddof=1) for day in served)


RULES: Mapping[str, Callable[[Sequence[Floats], Sequence[Floats]], int]] = {
    "Assay": _assay,
    "PSI > .2": _psi,
    "KS 1 %": _ks,
    "3 sd": _three_sigma,
}


def _logit_shift(by: float) -> Callable[[Floats], Floats]:
    return lambda scores: expit(np.log(scores / (1 - scores)) + by)


FAULTS: Mapping[str, Callable[[Floats], Floats]] = {
    "scores moved by .5 sd": _logit_shift(0.5),
    "moved by 1 sd": _logit_shift(1.0),
    "moved by 2 sd": _logit_shift(2.0),
    "1 - p instead of p": lambda scores: 1 - scores,
    "one score for all rows": lambda scores: np.full(len(scores), float(np.median(scores))),
    "half of the rows score 0": lambda scores: np.where(np.arange(len(scores)) % 2 == 0, 0.0, scores),
    "a quarter of the rows": lambda scores: scores[: max(1, len(scores) // 4)],
}

if __name__ == "__main__":
    sys.exit(main())
