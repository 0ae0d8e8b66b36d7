"""`python -m bench.quiet`: the false alarms of the monitor's rules in worlds without a change, against the bar S5.

Each cell has some pipelines of 200 columns. The rules are the project's own. Brackets hold 99 % intervals of the mean
over the pipelines (Student's t), since the alarms of a pipeline come together.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from assay.core.monitoring.daily.judge import judge_daily
from bench.daily_world import DailyWorld, pipeline, profiled

MONTH = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """A world and its name; `budget` is the number of false alarms a month that is promised."""

    name: str
    world: DailyWorld
    budget: float = 1.0
    rows: bool = False


def cells(served: int) -> list[Cell]:
    """Return the cells of S5."""
    plain = [(1_000, 0.0, 0.0, 60), (100_000, 0.0, 0.0, 60), (1_000, 0.05, 0.0, 60), (1_000, 0.05, 0.3, 28)]
    plain += [(1_000, 0.05, 0.3, 60), (1_000, 0.05, 0.3, 90), (200, 0.05, 0.3, 60), (100_000, 0.5, 0.3, 60)]
    table = [Cell(f"n {n}, ICC {icc}, AR {ar}, R {r}", DailyWorld(n, icc, ar, r, served)) for n, icc, ar, r in plain]
    for budget in (1.0, 0.7):
        name = f"n 1000, ICC 0.2, AR 0.5, R 60, budget {budget}"
        table.append(Cell(name, DailyWorld(1_000, 0.2, 0.5, 60, served), budget))
    for season, n, icc, ar in ((0.3, 1_000, 0.05, 0.3), (1.0, 1_000, 0.05, 0.3), (1.0, 10_000, 0.5, 0.3)):
        name = f"n {n}, ICC {icc}, AR {ar}, R 60, season {season}"
        table.append(Cell(name, DailyWorld(n, icc, ar, 60, served, season)))
    table.append(Cell("n 100000, no day effect, R 60, season 1", DailyWorld(100_000, 0.0, 0.0, 60, served, 1.0)))
    table.append(
        Cell("rows and Profiles: n 500, no day effect, R 60", DailyWorld(500, 0.0, 0.0, 60, served), rows=True)
    )
    table.append(Cell("rows and Profiles: n 500, ICC 0.05, AR 0.3", DailyWorld(500, 0.05, 0.3, 60, served), rows=True))
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each cell and return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.quiet", description=__doc__)
    parser.add_argument("--pipelines", type=int, default=20)
    parser.add_argument("--columns", type=int, default=132, help="of numbers; each has three statistics")
    parser.add_argument("--served", type=int, default=365)
    parser.add_argument("--only", default="", help="a part of a cell's name")
    options = parser.parse_args(argv)
    for cell in cells(options.served):
        if options.only in cell.name:
            print(line(cell, options), flush=True)
    return 0


def line(cell: Cell, options: argparse.Namespace) -> str:
    """Return the figures of a cell a month: JUMP's alarms, LEVEL's first crossings and digests, and both."""
    rng, begun = np.random.default_rng([sum(cell.name.encode()), options.pipelines]), time.process_time()
    make = profiled if cell.rows else pipeline
    months = cell.world.served / MONTH
    figures = []
    for _ in range(options.pipelines):
        series = make(cell.world, options.columns, rng)
        judged = judge_daily(series, cell.world.days[cell.world.training], false_alarms=cell.budget)
        jumps, digests = len(judged.alarms), len(judged.digests)
        first = len({standing.crossed for standing in judged.departures})
        unjudged = len(judged.unjudged) / judged.statistics
        figures.append((jumps / months, first / months, digests / months, (jumps + first) / months, unjudged))
    table = np.array(figures)
    shown = "  ".join(f"{name} {interval(table[:, n])}" for n, name in enumerate(("JUMP", "LEVEL", "digests", "both")))
    loud = 100 * float((table[:, 3] > 2).mean())
    return (
        f"{cell.name}: {shown}  above 2: {loud:.0f} %  not judged: {100 * table[:, 4].mean():.0f} %  "
        f"[{(time.process_time() - begun) / options.pipelines:.1f} s a pipeline]"
    )


def interval(values: np.ndarray) -> str:
    """Return the mean of the values and its 99 % interval."""
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return f"{mean:.2f}"
    reach = float(t.ppf(0.995, n - 1)) * float(values.std(ddof=1)) / math.sqrt(n)
    return f"{mean:.2f} [{max(0.0, mean - reach):.2f}, {mean + reach:.2f}]"


if __name__ == "__main__":
    sys.exit(main())
