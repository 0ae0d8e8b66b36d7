"""`python -m bench.causes`: the parts of a metric's change, and how often their intervals hold the true part.

Each run has days of rows: four weeks of folds and four weeks of service, with day effects. The true part is that of one
run with fifty times the rows and no day effects. Brackets hold exact 99 % bounds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from assay.core.evaluation.metrics import METRICS
from assay.core.monitoring.attribution.change import Marks, MetricChange, Part, split_change
from bench.simulated_days import bounds, smooth
from bench.split_world import FOLDS_FROM, SERVED_FROM, DaySpec, days_from

DAYS, ROWS, DAY_EFFECT = 28, 600, 0.2
HALF = DAYS // 2


@dataclass(frozen=True)
class FallSpec:
    """A fall of the metric by what the served days are, and what is known of them."""

    name: str
    served: tuple[DaySpec, ...]
    marks: Marks = Marks()  # noqa: RUF009 - frozen


_BROKEN = tuple(SERVED_FROM + timedelta(days=place) for place in (4, 5, 6))
FALLS = (
    FallSpec("nothing", (DaySpec(),) * DAYS),
    FallSpec("other mix", (DaySpec(share=0.7),) * DAYS),
    FallSpec("other relation", (DaySpec(follows=-1.0),) * DAYS),
    FallSpec("both", (DaySpec(share=0.5, follows=0.0),) * DAYS),
    FallSpec(
        "three broken days",
        tuple(DaySpec(broken=0.8 if place in (4, 5, 6) else 0.0) for place in range(DAYS)),
        Marks(incidents=frozenset(_BROKEN)),
    ),
    FallSpec(
        "other code from day 14",
        (DaySpec(),) * HALF + (DaySpec(broken=0.4),) * HALF,
        Marks(changed=frozenset(SERVED_FROM + timedelta(days=n) for n in range(HALF, DAYS))),
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each fall and part, and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.causes", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="runs for each fall")
    parser.add_argument("--metric", default="roc_auc", choices=("roc_auc", "within_day_roc_auc", "log_loss"))
    options = parser.parse_args(argv)
    for autocorrelation in (0.0, 0.3):
        for fall in FALLS:
            for line in judged(fall, options.metric, autocorrelation, options.runs):
                print(line, flush=True)
    return 0


def judged(fall: FallSpec, metric: str, autocorrelation: float, runs: int) -> Iterator[str]:
    """Yield a line for each part of a fall."""
    changes = [change(fall, metric, autocorrelation, seed) for seed in range(runs)]
    exact = change(fall, metric, 0.0, 0, rows=50 * ROWS, effect=0.0)
    for cause in (part.cause for part in exact.parts):
        parts = [one.part(cause) for one in changes]
        mean, true = float(np.mean([part.gain for part in parts])), exact.part(cause).gain
        held = sum(part.low <= true <= part.high for part in parts)
        shown = sum(part.shown for part in parts)
        reach = float(np.median([_reach(part) for part in parts]))
        value = f"{mean:+.4f} (true {true:+.4f}, ± {reach:.4f})"
        shares = f"held {bounds(held, runs)}, shown {bounds(shown, runs)}"
        yield f"{fall.name}, AR {autocorrelation}: {cause.value} {value}, {shares}"


def _reach(part: Part) -> float:
    return (part.high - part.low) / 2


def change(
    fall: FallSpec, metric: str, autocorrelation: float, seed: int, *, rows: int = ROWS, effect: float = DAY_EFFECT
) -> MetricChange:
    """Return the change of one run.

    Raises:
        ValueError: It cannot be split.
    """
    rng = np.random.default_rng([seed, int(100 * autocorrelation)])
    effects = effect * smooth(2 * DAYS, autocorrelation, rng)
    folds = days_from(FOLDS_FROM, [DaySpec(effect=one) for one in effects[:DAYS]], rng, rows)
    days = [replace(day, effect=one) for day, one in zip(fall.served, effects[DAYS:], strict=True)]
    split = split_change(METRICS[metric], folds, days_from(SERVED_FROM, days, rng, rows), fall.marks, column="origin")
    if not isinstance(split, MetricChange):
        raise ValueError(split.reason)
    return split


if __name__ == "__main__":
    sys.exit(main())
