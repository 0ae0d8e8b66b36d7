"""`python -m bench.slice_estimates`: the metric of slices before labels come, by several ways to calibrate them.

Each run has eight weeks of folds, four weeks whose labels are known and days that wait for labels. Slices differ in
their rows, in the rate of positives and in how far the label follows the score, which the model does not know. Days
have effects on the features and on the labels. Brackets hold exact 99 % bounds.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from assay.core.evaluation.metrics import METRICS
from assay.core.monitoring.performance_estimate import BINS, Calibration, ExpectedCounts, estimate
from assay.core.monitoring.slice_estimates import SlicedFolds, SliceEstimate, level_of
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, merge_scores
from bench.simulated_days import Floats, bounds, smooth

FOLD_DAYS, KNOWN_DAYS, WAITING = 56, 28, 3
COLUMN, MIN_ROWS, MARGIN, PROMISED, MONTH, SILENT = "origin", 1_000, 0.02, 1.0, 30.4, 7
ROWS = (1_000, 300, 300, 100, 100, 40, 40, 20)
"""The rows of each slice on a day; the slice A has the most."""

METRIC = METRICS["roc_auc"]
FIRST = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class SliceWorld:
    """Days of slices: the deviation of the days' effects, their autocorrelation, and a slice that changes.

    The features of the slice `changed` have `spread` times their deviation from the first waiting day on.
    """

    effect: float = 0.2
    autocorrelation: float = 0.3
    changed: int | None = None
    spread: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The outcomes of each day, and per slice the expected counts of the newest days by the true chances."""

    days: dict[date, OutcomeProfile]
    true: dict[str, list[ExpectedCounts]]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each figure and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.slice_estimates", description=__doc__)
    parser.add_argument("--runs", type=int, default=30, help="runs of eleven weeks for the errors and the intervals")
    parser.add_argument("--years", type=int, default=8, help="years for the false alarms of each world")
    options = parser.parse_args(argv)
    for line in chain(errors(options.runs), false_alarms(options.years), heard(options.runs)):
        print(line, flush=True)
    return 0


def drawn(world: SliceWorld, days: int, rng: np.random.Generator, *, change_from: int) -> Drawn:
    """Return days of all slices, the folds' first."""
    features, labels = (world.effect * smooth(days, world.autocorrelation, rng) for _ in range(2))
    slopes, offsets = rng.uniform(0.5, 1.5, len(ROWS)), rng.normal(0, 0.5, len(ROWS))
    made: dict[date, OutcomeProfile] = {}
    true: dict[str, list[ExpectedCounts]] = {name_of(n): [] for n in range(len(ROWS))}
    for day in range(days):
        parts = {}
        for n, rows in enumerate(ROWS):
            wider = world.spread if n == world.changed and day >= change_from else 1.0
            own = features[day] + world.effect / 2 * rng.standard_normal()
            x = wider * (own + rng.standard_normal(int(rng.poisson(rows)) + 2))
            chance = 1 / (1 + np.exp(-(-1 + offsets[n] + slopes[n] * x + labels[day])))
            scores = 1 / (1 + np.exp(-(-1 + x)))
            parts[name_of(n)] = label_scores(scores, (rng.random(len(x)) < chance).astype(np.int64))
            if day >= days - WAITING:
                true[name_of(n)].append(_true_counts(scores, chance))
        made[FIRST + timedelta(days=day)] = OutcomeProfile(merge_scores(parts.values()), {COLUMN: parts})
    return Drawn(made, true)


def name_of(number: int) -> str:
    """Return the value of a slice by its number."""
    return "ABCDEFGH"[number]


def _true_counts(scores: Floats, chance: Floats) -> ExpectedCounts:
    bins: NDArray[np.int64] = np.minimum((scores * BINS).astype(np.int64), BINS)
    sides = [np.bincount(bins, weights=side, minlength=BINS + 1).astype(np.float64) for side in (chance, 1 - chance)]
    return ExpectedCounts(sides[0], sides[1])


def cut(days: dict[date, OutcomeProfile], start: int, stop: int) -> dict[date, OutcomeProfile]:
    """Return the days from one number to another."""
    first, last = FIRST + timedelta(days=start), FIRST + timedelta(days=stop)
    return {day: one for day, one in days.items() if first <= day < last}


def calibration_of(days: Sequence[OutcomeProfile], value: str | None = None) -> Calibration:
    """Return the calibration by all rows, or by those of a slice.

    Raises:
        ValueError: The days have one label alone.
    """
    scores = [one.overall if value is None else one.slices[COLUMN][value] for one in days]
    made = Calibration.of(one for one in scores if isinstance(one, LabelledScores))
    if made is None:
        raise ValueError("the folds have rows of one label alone")
    return made


def errors(runs: int) -> Iterator[str]:
    """Yield the error of each way to calibrate by the slice's rows, and how often the intervals hold the metric."""
    total = FOLD_DAYS + KNOWN_DAYS + WAITING
    for world in (SliceWorld(), *(SliceWorld(changed=n, spread=0.5) for n in (0, 3, 5, 7))):
        off: dict[int, dict[str, list[float]]] = {rows: {} for rows in ROWS}
        held: dict[str, list[bool]] = {"waiting": [], "known": []}
        for seed in range(runs):
            made = drawn(world, total, np.random.default_rng([seed, 1]), change_from=FOLD_DAYS + KNOWN_DAYS)
            folds, waiting = cut(made.days, 0, FOLD_DAYS), cut(made.days, total - WAITING, total)
            whole = calibration_of(list(folds.values()))
            sliced = SlicedFolds.of(METRIC, folds, columns=[COLUMN], min_rows=MIN_ROWS)
            for one in sliced.estimates(waiting, cut(made.days, FOLD_DAYS, FOLD_DAYS + KNOWN_DAYS)):
                if world.changed is not None and one.value != name_of(world.changed):
                    continue
                _add_errors(one, made, folds, waiting, whole, off[ROWS["ABCDEFGH".index(one.value)]])
                held["waiting"].append(_holds(one, waiting))
                held["known"].append(one.missed_by is not None and one.missed_by <= one.then.reach)  # type: ignore[union-attr]
        name = "nothing changes" if world.changed is None else f"the scores of {name_of(world.changed)} narrow by half"
        for rows, ways in ((rows, ways) for rows, ways in off.items() if ways):
            shown = ", ".join(f"{way} {math.sqrt(np.mean(np.square(each))):.4f}" for way, each in ways.items())
            yield f"{name}: {rows} rows a day: error of {shown}"
        shares = ", ".join(f"{days} days {bounds(sum(each), len(each))}" for days, each in held.items())
        yield f"{name}: intervals that hold the metric: {shares}"


def _add_errors(
    one: SliceEstimate,
    made: Drawn,
    folds: dict[date, OutcomeProfile],
    waiting: dict[date, OutcomeProfile],
    whole: Calibration,
    off: dict[str, list[float]],
) -> None:
    true = estimate(made.true[one.value], METRIC.name)
    own = calibration_of(list(folds.values()), one.value)
    slices = {
        name: [day.slices[COLUMN][one.value] for day in some.values()] for name, some in (("f", folds), ("w", waiting))
    }
    ways: dict[str, Callable[[str], float | None]] = {
        "whole": lambda name: estimate([whole.expected(day.scores) for day in slices[name]], METRIC.name),
        "own": lambda name: estimate([own.expected(day.scores) for day in slices[name]], METRIC.name),
    }
    truth = METRIC.over(slices["f"])
    values = {"the folds": truth, "whole": ways["whole"]("w"), "own": ways["own"]("w")}
    values["whole, corrected"] = ways["whole"]("w") + truth - ways["whole"]("f")  # type: ignore[operator]
    values["own, corrected"] = one.waiting.value
    for way, value in values.items():
        off.setdefault(way, []).append(value - true)  # type: ignore[operator]


def _holds(one: SliceEstimate, waiting: dict[date, OutcomeProfile]) -> bool:
    truth = METRIC.over(day.slices[COLUMN][one.value] for day in waiting.values())
    return truth is not None and abs(truth - one.waiting.value) <= one.waiting.reach


def named_nights(world: SliceWorld, nights: int, seed: int, *, change_from: int) -> list[dict[str, SliceEstimate]]:
    """Return the slices that are named as fallen on each night of service, the first one after WAITING days."""
    made = drawn(world, FOLD_DAYS + nights + WAITING, np.random.default_rng([seed, 2]), change_from=change_from)
    folds = cut(made.days, 0, FOLD_DAYS)
    sliced = SlicedFolds.of(METRIC, folds, columns=[COLUMN], min_rows=MIN_ROWS)
    level = level_of(len(sliced.slices), PROMISED)
    named = []
    for night in range(nights):
        waiting = cut(made.days, FOLD_DAYS + night, FOLD_DAYS + night + WAITING)
        named.append({one.value: one for one in sliced.estimates(waiting, {}) if one.fell(MARGIN, level)})
    return named


def false_alarms(years: int) -> Iterator[str]:
    """Yield how often a slice is named in a year without a change of a slice; a silent week ends a name."""
    for effect, autocorrelation in ((0.0, 0.0), (0.2, 0.0), (0.2, 0.3), (0.2, 0.6), (0.5, 0.3)):
        world = SliceWorld(effect, autocorrelation)
        counts = []
        for seed in range(years):
            named = named_nights(world, 365, seed, change_from=10_000)
            counts.append(sum(_new_names(named)))
        rate = sum(counts) / years / (365 / MONTH)
        upper = float(chi2.isf(0.01, 2 * (sum(counts) + 1))) / 2 / years / (365 / MONTH)
        yield f"day effects {effect}, AR {autocorrelation}: {rate:.3f} false names a month (below {upper:.3f} at 99 %)"


def _new_names(named: Sequence[dict[str, SliceEstimate]]) -> list[int]:
    """Return for each night how many slices are named that were not named in the SILENT nights before."""
    recent = [{name for night in named[max(0, n - SILENT) : n] for name in night} for n in range(len(named))]
    return [len(night.keys() - before) for night, before in zip(named, recent, strict=True)]


def heard(runs: int) -> Iterator[str]:
    """Yield within how many nights a slice is named whose scores narrow, so that they order its rows worse."""
    for changed, spread in ((0, 0.8), (0, 0.5), (3, 0.5), (5, 0.5), (7, 0.3)):
        world = SliceWorld(changed=changed, spread=spread)
        delays = []
        for seed in range(runs):
            named = named_nights(world, 10, seed, change_from=FOLD_DAYS + WAITING)
            delays.append(next((n for n, night in enumerate(named) if name_of(changed) in night), 99))
        shares = ", ".join(f"{days} {bounds(sum(delay <= days for delay in delays), runs)}" for days in (1, 3, 7))
        yield f"scores of a slice with {ROWS[changed]} rows a day narrow to {spread}: named within {shares}"


if __name__ == "__main__":
    sys.exit(main())
