"""`python -m bench.drift`: Assay's monitor beside other monitors, on the same rows and at one rate of false alarms.

A pipeline has 20 columns of 1,000 rows a day, and 60 days of training. An alarm is a day on which a column alarms that
had not in the week before. First every monitor has its usual threshold. Then each peer's threshold is set so that it
raises as many alarms as Assay on quiet pipelines; the rates and the changes that are heard come from other ones.
Brackets hold 99 % intervals: of rates Student's t over pipelines, of shares exact (Clopper and Pearson 1934).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from bench.daily_world import DailyWorld
from bench.peers.daily_alarms import Alarms, delay, monthly, threshold_at
from bench.peers.drifting_rows import Change, changed_rows, pipeline_rows
from bench.peers.environment import PeersEnvironment
from bench.peers.label_free import lines as label_free
from bench.peers.own_monitor import own_alarm_days, own_alarms
from bench.peers.package_check import checked
from bench.peers.peer_rules import DEFAULTS, Rule, scores
from bench.quiet import interval
from bench.simulated_days import Floats

ROWS, TRAINING, BEFORE, AFTER = 1_000, 60, 30, 28
ASSAY = "Assay"
WITHIN = (1, 3, 7, 28)


@dataclass(frozen=True, slots=True)
class DriftSizes:
    """The pipelines that set thresholds, those that are counted, their served days, and the columns for each change."""

    calibrating: int
    counted: int
    served: int
    columns: int
    weeks: int


FULL, QUICK = DriftSizes(32, 16, 120, 200, 52), DriftSizes(2, 2, 30, 5, 3)


@dataclass(frozen=True, slots=True)
class PeerCell:
    """A world, its name, and the changes that are tried in it."""

    name: str
    icc: float
    autocorrelation: float
    changes: tuple[Change, ...]

    def world(self, served: int) -> DailyWorld:
        """Return the world with so many served days."""
        return DailyWorld(ROWS, self.icc, self.autocorrelation, TRAINING, served)


IN_DAYS = (Change.THREE_DAYS, Change.FIVE_DAYS)
CELLS = (
    PeerCell("no day effect", 0.0, 0.0, (Change.MEAN, Change.SPREAD, Change.NULLS, Change.CATEGORY)),
    PeerCell("ICC .05, AR 0", 0.05, 0.0, IN_DAYS),
    PeerCell("ICC .05, AR .3", 0.05, 0.3, IN_DAYS),
)


@dataclass(frozen=True, slots=True, eq=False)
class QuietPipelines:
    """Pipelines without a change: the alarms of Assay, and the scores of each peer, of each pipeline days x columns."""

    statistics: int
    assay_alarms: tuple[Alarms, ...]
    peer_scores: dict[Rule, tuple[Floats, ...]]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.drift", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it work? Its numbers mean nothing")
    parser.add_argument("--only", default="", help="a part of a cell's name, or of 'packages' or 'estimates'")
    options = parser.parse_args(argv)
    sizes = QUICK if options.quick else FULL
    for cell in CELLS:
        if options.only in cell.name:
            for line in cell_lines(cell, sizes):
                print(line, flush=True)
    if options.only in "packages" or options.only in "estimates":
        peers = PeersEnvironment.installed()
        if peers.python is None:
            print(
                f"The packages of the peers are not here, so the rules above are our own writing alone: {peers.reason}"
            )
        elif options.only in "packages":
            print("\n".join(checked(peers, columns=6 if options.quick else 20)), flush=True)
        if options.only in "estimates":
            print("\n".join(label_free(sizes.weeks, peers)), flush=True)
    return 0


def cell_lines(cell: PeerCell, sizes: DriftSizes) -> Iterator[str]:
    """Yield the lines of a cell: false alarms by usual thresholds and at one rate, and what is heard then."""
    months = sizes.served / 30
    yield f"{cell.name}: thresholds by {sizes.calibrating * months:g} months, counted over {sizes.counted * months:g}"
    known, counted = (quiet(cell, sizes, *which) for which in ((sizes.calibrating, 0), (sizes.counted, 1)))
    yield f"  {ASSAY}, as installed: {_rate(counted.assay_alarms)}  [{known.statistics} statistics]"
    for rule, usual in DEFAULTS.items():
        for name, threshold in usual.items():
            loud = [one >= threshold for one in counted.peer_scores[rule]]
            yield f"  {rule} ({name}): {_rate(loud)}"
    rate = float(monthly(known.assay_alarms).mean())
    yield f"  at one rate, {rate:.2f} alarms a month:"
    thresholds = {rule: threshold_at(known.peer_scores[rule], rate) for rule in DEFAULTS}
    for rule, threshold in thresholds.items():
        yield f"  {rule} from {threshold:.3g} on: {_rate([one >= threshold for one in counted.peer_scores[rule]])}"
    for change in cell.changes:
        delays = heard(cell, change, sizes, known.statistics, thresholds)
        yield f"  {change}:"
        for monitor, days in delays.items():
            yield f"    {monitor}: {within(days)}"


def quiet(cell: PeerCell, sizes: DriftSizes, pipelines: int, part: int) -> QuietPipelines:
    """Return pipelines without a change; another `part` has other ones."""
    world, assay_alarms, statistics = cell.world(sizes.served), list[Alarms](), 0
    peer_scores: dict[Rule, list[Floats]] = {rule: [] for rule in DEFAULTS}
    for n in range(pipelines):
        rng = np.random.default_rng([part, n, sum(cell.name.encode())])
        columns = pipeline_rows(world, rng)
        alarms, statistics = own_alarms(columns, world.days, TRAINING)
        assay_alarms.append(alarms)
        of_columns = [scores(column, TRAINING, sizes.served) for column in columns]
        for rule, of_rule in peer_scores.items():
            of_rule.append(np.column_stack([one[rule] for one in of_columns]))
    return QuietPipelines(
        statistics, tuple(assay_alarms), {rule: tuple(of_rule) for rule, of_rule in peer_scores.items()}
    )


def heard(
    cell: PeerCell, change: Change, sizes: DriftSizes, statistics: int, thresholds: dict[Rule, float]
) -> dict[str, list[int]]:
    """Return the delays of each monitor, one for each column; 0 where a change is not heard within AFTER days."""
    world = cell.world(BEFORE + AFTER)
    delays: dict[str, list[int]] = {ASSAY: [], **{str(rule): [] for rule in thresholds}}
    for n in range(sizes.columns):
        rng = np.random.default_rng([2, n, sum(f"{cell.name}{change}".encode())])
        column = changed_rows(world, change, TRAINING + BEFORE, rng)
        delays[ASSAY].append(delay(own_alarm_days(column, world.days, TRAINING, statistics)[BEFORE:]))
        for rule, one in scores(column, TRAINING, AFTER).items():
            delays[str(rule)].append(delay(one >= thresholds[rule]))
    return delays


def within(delays: Sequence[int]) -> str:
    """Return the shares that are heard within some days, each with its exact bounds."""
    parts = []
    for days in WITHIN:
        hits, runs = sum(0 < one <= days for one in delays), len(delays)
        low = beta.ppf(0.005, hits, runs - hits + 1) if hits else 0.0
        high = beta.ppf(0.995, hits + 1, runs - hits) if hits < runs else 1.0
        parts.append(f"{days} d {100 * hits / runs:.0f} % [{100 * low:.0f}, {100 * high:.0f}]")
    return "  ".join(parts)


def _rate(pipelines: Sequence[Alarms]) -> str:
    days = 100 * float(np.mean([alarms.any(axis=1).mean() for alarms in pipelines]))
    return f"{interval(monthly(pipelines))} a month, {days:.0f} % of days"


if __name__ == "__main__":
    sys.exit(main())
