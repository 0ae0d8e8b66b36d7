"""Measure the cost of work: wall time, and the CPU time of this process and all below it, the JVM and its workers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

Unit = Literal["wall", "cpu"]

_TICK = os.sysconf("SC_CLK_TCK")
_PARENT, _FIRST_TIME, _LAST_TIME = 1, 11, 15
"""Fields of /proc/PID/stat after the name: the parent, and user and system time, own and of ended children."""


@dataclass(frozen=True, slots=True)
class RunCost:
    """Seconds by the clock, and seconds of CPU time of all cores together."""

    wall: float
    cpu: float

    def __add__(self, that: RunCost) -> RunCost:
        return RunCost(self.wall + that.wall, self.cpu + that.cpu)

    def of(self, unit: Unit) -> float:
        """The seconds of one kind."""
        return self.wall if unit == "wall" else self.cpu


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do the work: `run` is timed, `prepare` before it is not; `most` caps the repeats of a slow one."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some numbers, and their extremes."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        """The spread of at least one number."""
        return cls(median(numbers), min(numbers), max(numbers))


def cost_of(work: Callable[[], object]) -> RunCost:
    """Return the cost of one call of `work`."""
    cpu, started = tree_cpu(), time.perf_counter()
    work()
    wall = time.perf_counter() - started
    return RunCost(wall, tree_cpu() - cpu)


def interleaved(
    ways: Sequence[Way], repeats: int, settle: Callable[[], object] = lambda: None
) -> dict[str, list[RunCost]]:
    """Return the costs of each way, one per round; every round runs all ways, each time beginning with another one.

    So other work on the machine affects all of them alike. `settle` runs, untimed, before each.
    """
    costs: dict[str, list[RunCost]] = {way.name: [] for way in ways}
    for number in range(repeats):
        first = number % len(ways)
        for way in (*ways[first:], *ways[:first]):
            if way.most is not None and len(costs[way.name]) >= way.most:
                continue
            way.prepare()
            settle()
            costs[way.name].append(cost_of(way.run))
    return costs


def ratio(one: Sequence[RunCost], two: Sequence[RunCost], unit: Unit) -> Spread:
    """Return the costs of `one` divided by those of `two`, round by round.

    Where the two ran different numbers of rounds, the median of `two` is the divisor.
    """
    one_costs, two_costs = [cost.of(unit) for cost in one], [cost.of(unit) for cost in two]
    if len(one_costs) != len(two_costs):
        two_costs = [median(two_costs)] * len(one_costs)
    return Spread.of([a / max(b, 1e-9) for a, b in zip(one_costs, two_costs, strict=True)])


def tree_cpu() -> float:
    """Return the CPU seconds so far of this process and all its descendants, also of those that were waited for."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            fields = _stat(folder)
            if fields:
                pid = int(folder.name)
                parents[pid] = int(fields[_PARENT])
                ticks[pid] = sum(map(int, fields[_FIRST_TIME:_LAST_TIME]))
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    total, open_ones = 0, [os.getpid()]
    while open_ones:
        pid = open_ones.pop()
        total += ticks.get(pid, 0)
        open_ones += children.get(pid, [])
    return total / _TICK


def _stat(folder: Path) -> list[str]:
    try:
        # The name is in parentheses and may hold blanks and parentheses itself.
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended meanwhile
        return []
