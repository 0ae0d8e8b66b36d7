"""nights: what the night of day 365 costs beside that of day 2, and beside measuring the year again.

A night is the monitor's stage without Spark's job for the newest outcomes, which does not depend on the day. Each runs
with objects of its own, as a process of its own would; what a process costs to start is measured beside.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest.mock import patch

from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.stages.monitoring.monitor import monitor
from bench.measure import RunCost, Way, interleaved
from bench.proof import UnequalError
from bench.service_year import ServiceYear, open_lake
from bench.setting import Setting
from bench.table import BenchComparison, Row, Target

FEATURES = (20, 200)
DAYS = (2, 30, 100, 365)
QUICK_FEATURES, QUICK_DAYS = (3,), (2, 40)
GROWTH, HUNDREDTH = 1.2, 0.01

STARTS = "import assay.stages.monitoring.monitor, scipy.optimize, scipy.special"
"""What a process of the stage imports, without Spark."""


@dataclass(frozen=True, slots=True)
class Night:
    """A lake before the monitoring of a day, a copy of it that each run changes, and what Spark's job would measure."""

    before: Path
    copy: Path
    interval: Interval
    outcomes: dict[date, OutcomeProfile]

    @classmethod
    def of(cls, features: int, day: int, place: Path) -> Night:
        """Return the night after so many days of service; all nights before it were monitored."""
        year, before = ServiceYear(features, day - 1), place / "before"
        ctx = year.write(before)
        _monitor(before, year.newest, year.outcomes(year.newest))
        interval = year.score_next(ctx)
        return cls(before, place / "copy", interval, year.outcomes(interval))

    def restore(self) -> None:
        """Make the copy what the lake was before the night."""
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.before, self.copy)

    def forget(self) -> None:
        """Make the copy a lake that has kept no statistics."""
        self.restore()
        shutil.rmtree(self.copy / "lake" / "_assay" / "bench" / "daily")

    def run(self) -> None:
        """Monitor the day."""
        _monitor(self.copy, self.interval, self.outcomes)


def run(setting: Setting) -> list[Row]:
    """Time the nights of some days in turns, and the last one without anything kept."""
    features, days = (QUICK_FEATURES, QUICK_DAYS) if setting.quick else (FEATURES, DAYS)
    return [row for columns in features for row in _of(setting, columns, days)]


def _of(setting: Setting, features: int, days: tuple[int, ...]) -> list[Row]:
    setting.say(f"{features} features: writing the lakes")
    nights = {day: Night.of(features, day, setting.place(f"nights-{features}-{day}")) for day in days}
    last, first = days[-1], days[0]
    ways = [Way(f"day {day}", night.run, night.restore) for day, night in nights.items()]
    ways.append(Way("again", nights[last].run, nights[last].forget))
    ways.append(Way("start", lambda: subprocess.run([sys.executable, "-c", STARTS], check=True)))
    costs = interleaved(ways, setting.repeats)
    start, name = costs["start"], f"{features} features"
    for night in nights.values():
        shutil.rmtree(night.copy, ignore_errors=True)

    def row(what: str, night: list[RunCost], against: str, other: list[RunCost], target: Target | None) -> Row:
        return BenchComparison("nights", f"{name}, {what}", night, "peer", against, other, target)

    def started(day: int) -> list[RunCost]:
        return [one + two for one, two in zip(costs[f"day {day}"], start, strict=True)]

    between = [row(f"day {day}", costs[f"day {day}"], f"day {first}", costs[f"day {first}"], None) for day in days[1:]]
    whole = row(f"day {last} with its start", started(last), f"day {first}", started(first), Target(GROWTH))
    again = row(f"day {last}", costs[f"day {last}"], "nothing kept", costs["again"], Target(HUNDREDTH))
    return [*between, whole, again]


def _monitor(home: Path, interval: Interval, outcomes: dict[date, OutcomeProfile]) -> None:
    with patch("assay.stages.monitoring.monitor.measure_served", lambda *_: outcomes):
        done = monitor(open_lake(home), interval)
    if done.run_id is None:
        raise UnequalError(f"nothing was monitored: {done.sentence}")
