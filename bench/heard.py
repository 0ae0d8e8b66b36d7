"""`python -m bench.heard`: how soon the monitor's rules hear a change, against the bar S6.

Each run has one column of a pipeline with 410 statistics: 60 days of training, 30 served days, and a change.
Brackets hold exact lower 99 % bounds (Clopper and Pearson 1934).
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import beta

from assay.core.monitoring.daily.jump import find_jumps
from assay.core.monitoring.daily.level import LevelCrossing, find_departure
from assay.core.monitoring.daily.series import DailySeries, StatisticKind, StatisticName
from bench.daily_world import DailyWorld, day_effects, number, share

TRAINING, BEFORE, AFTER = 60, 30, 60
STATISTICS, FALSE_ALARMS = 410, 1.0
NEVER = 10_000


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each shift and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.heard", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000, help="columns for each shift")
    options = parser.parse_args(argv)
    for line in (*in_day_deviations(options.runs), *in_rows(options.runs)):
        print(line, flush=True)
    return 0


def in_day_deviations(runs: int) -> Iterator[str]:
    """The share that is heard within some days of a shift, in the deviations of days; ICC .05 and 1,000 rows a day."""
    for autocorrelation in (0.0, 0.3):
        world = DailyWorld(1_000, 0.05, autocorrelation, TRAINING, BEFORE + AFTER)
        deviation = math.sqrt(world.day_deviation**2 + 1 / world.rows)
        for size in (1, 2, 3, 4, 5):
            delays = [delay(_shifted(world, size * deviation, np.random.default_rng([size, n]))) for n in range(runs)]
            yield f"{size} sd of days, AR {autocorrelation}: {shares(delays)}"


def in_rows(runs: int) -> Iterator[str]:
    """The share that is heard within some days of a shift of the rows; no day effect."""
    for rows in (1_000, 10_000, 100_000):
        world = DailyWorld(rows, 0.0, 0.0, TRAINING, BEFORE + AFTER)
        for name, size in (("0.1 sd", 0.1), ("0.12 sd", 0.12), ("0.2 sd", 0.2), ("0.5 sd", 0.5)):
            delays = [delay(_shifted(world, size, np.random.default_rng([rows, n]))) for n in range(runs)]
            yield f"mean + {name}, {rows:,} rows: {shares(delays)}"
        yield f"spread x 1.2, {rows:,} rows: {shares([_wider(world, n) for n in range(runs)])}"
        for name, kind, base, by in (
            ("a category + 2 points", StatisticKind.CATEGORY, 0.1, 0.02),
            ("nulls 0 to 1 point", StatisticKind.NULLS, 0.0, 0.01),
        ):
            delays = [_more(world, kind, base, by, n) for n in range(runs)]
            yield f"{name}, {rows:,} rows: {shares(delays)}"


def _shifted(world: DailyWorld, size: float, rng: np.random.Generator) -> DailySeries:
    effect = world.day_deviation * day_effects(world, rng, skewed=False)
    effect[TRAINING + BEFORE :] += size
    errors = np.full(len(effect), 1 / math.sqrt(world.rows))
    means = effect + errors * rng.standard_normal(len(effect))
    return DailySeries(StatisticName("c", StatisticKind.MEAN), world.days, means, errors, means)


def _wider(world: DailyWorld, seed: int) -> int:
    rng = np.random.default_rng([seed, world.rows])
    scale = np.where(np.arange(len(world.days)) < TRAINING + BEFORE, 1.0, 1.2)
    nothing = np.zeros(len(world.days))
    return min(delay(series) for series in number(world, "c", nothing, nothing, rng, scale)[:2])


def _more(world: DailyWorld, kind: StatisticKind, base: float, by: float, seed: int) -> int:
    rng = np.random.default_rng([seed, world.rows])
    rates = np.where(np.arange(len(world.days)) < TRAINING + BEFORE, base, base + by)
    with np.errstate(divide="ignore"):
        return delay(share(world, StatisticName("c", kind, "a"), np.log(rates / (1 - rates)), rng))


def delay(series: DailySeries) -> int:
    """Return the days until the first alarm of either rule after the change, 1 for its first day; else NEVER."""
    changed = TRAINING + BEFORE
    days = [jump.day for jump in find_jumps(series, TRAINING, statistics=STATISTICS, budget=FALSE_ALARMS / 2)]
    away = find_departure(series, TRAINING, statistics=STATISTICS, budget=FALSE_ALARMS / 2)
    if isinstance(away, LevelCrossing):
        weeks = (away.day - TRAINING) // 7 + 1
        days.append(TRAINING + 7 * weeks - 1)  # the digest comes at the end of a week of service
    return min((day - changed + 1 for day in days if day >= changed), default=NEVER)


def shares(delays: Sequence[int]) -> str:
    """Return the shares within 1, 3, 7, 28 and 60 days with the exact lower 99 % bound of each, and the median."""
    runs, parts = len(delays), list[str]()
    for days in (1, 3, 7, 28, 60):
        hits = sum(one <= days for one in delays)
        low = float(beta.ppf(0.005, hits, runs - hits + 1)) if hits else 0.0
        parts.append(f"{days} d {100 * hits / runs:.0f} % [{100 * low:.0f}]")
    middle = float(np.median(delays))
    return "  ".join(parts) + ("" if middle == NEVER else f"  median {middle:.0f} d")


if __name__ == "__main__":
    sys.exit(main())
