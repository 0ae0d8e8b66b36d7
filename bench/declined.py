"""`python -m bench.declined`: the evidence of a fall of the served metric, without a fall and with one.

A day is a scalar, and the unit is a margin; the error of 28 days is half of one. The promise comes from 84 days of
folds. Each path is a year. Brackets hold exact 99 % bounds (Clopper and Pearson 1934).
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from assay.core.evaluation.jackknife import Jackknife
from assay.core.monitoring.decline import fall_of, reference_of, windows_of

FOLD_DAYS, YEAR, MIN_DAYS, BURN_IN = 84, 365, 5, 60
ERROR_28 = 0.5
WORLDS = ((0.0, False), (0.3, False), (0.5, False), (0.0, True), (0.3, True))
Floats = NDArray[np.float64]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each world and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.declined", description=__doc__)
    parser.add_argument("--paths", type=int, default=2_000, help="years for each world")
    options = parser.parse_args(argv)
    for line in (*false_alarms(options.paths), *delays(options.paths // 4)):
        print(line, flush=True)
    return 0


def false_alarms(paths: int) -> Iterator[str]:
    """The share of years without a fall in which one is shown."""
    for autocorrelation, skewed in WORLDS:
        shown = sum(_first_shown(n, autocorrelation, skewed, 0.0, 0) is not None for n in range(paths))
        yield f"no fall, {_world(autocorrelation, skewed)}: {_bounds(shown, paths)}"


def delays(paths: int) -> Iterator[str]:
    """The days until a fall of some margins is shown, from the first day of service and from day 120 on."""
    for since in (0, 120):
        for size in (1.0, 2.0, 3.0):
            for autocorrelation in (0.0, 0.3):
                days = [_first_shown(n, autocorrelation, False, size, since) for n in range(paths)]
                heard = [YEAR if day is None or day < since else day - since + 1 for day in days]
                middle, most = np.quantile(heard, [0.5, 0.9])
                within = 100 * float(np.mean([one <= 84 for one in heard]))
                fall = f"a fall of {size:g} margins from day {since}, {_world(autocorrelation, False)}"
                yield f"{fall}: median {middle:.0f} d, 90 % {most:.0f} d, within 84 d {within:.0f} %"


def _first_shown(seed: int, autocorrelation: float, skewed: bool, size: float, since: int) -> int | None:
    rng = np.random.default_rng([seed, int(100 * autocorrelation), skewed])
    deviation = ERROR_28 * math.sqrt(28 * (1 - autocorrelation) / (1 + autocorrelation))
    days = deviation * _smooth(FOLD_DAYS + YEAR, autocorrelation, skewed, rng)
    fold, served = days[:FOLD_DAYS], days[FOLD_DAYS:]
    served[since:] -= size
    mean = float(fold.mean())
    without = tuple(((FOLD_DAYS * mean - fold) / (FOLD_DAYS - 1)).tolist())
    reference = reference_of(Jackknife(mean, 0.0, FOLD_DAYS, without))
    total = np.cumsum(np.concatenate([[0.0], served]))
    for day in range(MIN_DAYS, YEAR + 1):
        values = [(window, float(total[day] - total[day - window]) / window) for window in windows_of(day)]
        if fall_of(values, reference).shown:
            return day - 1
    return None


def _smooth(days: int, autocorrelation: float, skewed: bool, rng: np.random.Generator) -> Floats:
    total = days + BURN_IN
    drawn = 1 - rng.exponential(size=total) if skewed else rng.standard_normal(total)
    series, rest = drawn.copy(), math.sqrt(1 - autocorrelation**2)
    for n in range(1, total):
        series[n] = autocorrelation * series[n - 1] + rest * drawn[n]
    return np.asarray(series[BURN_IN:])


def _world(autocorrelation: float, skewed: bool) -> str:
    return f"AR {autocorrelation}{', skewed' if skewed else ''}"


def _bounds(hits: int, runs: int) -> str:
    low = float(beta.ppf(0.005, hits, runs - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.995, hits + 1, runs - hits)) if hits < runs else 1.0
    return f"{100 * hits / runs:.1f} % of years [{100 * low:.1f}, {100 * high:.1f}]"


if __name__ == "__main__":
    sys.exit(main())
