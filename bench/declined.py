"""`python -m bench.declined`: the evidence of a fall of the served metric, without a fall and with one.

A day is a scalar, and the unit is a margin; the error of 28 days is half of one. The promise comes from 84 days of
folds. Each path is a year. Brackets hold exact 99 % bounds (Clopper and Pearson 1934).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.evaluation.jackknife import Jackknife
from assay.core.monitoring.service.decline import fall_of, reference_of, windows_of
from bench.simulated_days import bounds, day_deviation, smooth

FOLD_DAYS, YEAR, MIN_DAYS = 84, 365, 5
ERROR_28 = 0.5
WORLDS = ((0.0, False), (0.3, False), (0.5, False), (0.0, True), (0.3, True))


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
        shown = sum(first_shown(n, autocorrelation, skewed, 0.0, 0) is not None for n in range(paths))
        yield f"no fall, {_world(autocorrelation, skewed)}: {bounds(shown, paths)} of years"


def delays(paths: int) -> Iterator[str]:
    """The days until a fall of some margins is shown, from the first day of service and from day 120 on."""
    for since in (0, 120):
        for size in (1.0, 2.0, 3.0):
            for autocorrelation in (0.0, 0.3):
                days = [first_shown(n, autocorrelation, False, size, since) for n in range(paths)]
                heard = [YEAR if day is None or day < since else day - since + 1 for day in days]
                middle, most = np.quantile(heard, [0.5, 0.9])
                within = 100 * float(np.mean([one <= 84 for one in heard]))
                fall = f"a fall of {size:g} margins from day {since}, {_world(autocorrelation, False)}"
                yield f"{fall}: median {middle:.0f} d, 90 % {most:.0f} d, within 84 d {within:.0f} %"


def first_shown(seed: int, autocorrelation: float, skewed: bool, size: float, since: int) -> int | None:
    """Return the first day of a year on which a fall of that size from the day `since` on is shown; None for none."""
    rng = np.random.default_rng([seed, int(100 * autocorrelation), skewed])
    deviation = day_deviation(ERROR_28, 28, autocorrelation)
    days = deviation * smooth(FOLD_DAYS + YEAR, autocorrelation, rng, skewed=skewed)
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


def _world(autocorrelation: float, skewed: bool) -> str:
    return f"AR {autocorrelation}{', skewed' if skewed else ''}"


if __name__ == "__main__":
    sys.exit(main())
