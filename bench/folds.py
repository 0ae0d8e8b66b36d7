"""folds: a first training with three folds, and a later one that adds a fold, against one whole procedure.

A procedure fits all contenders on a window, tuning included, and logs them. It is a training whose folds are known.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from assay.core.interval import Interval
from assay.stages.operations.run import run as run_stages
from assay.stages.operations.run import select_stages
from assay.stages.runtime.context import Context
from assay.stages.training.train import train
from bench.measure import Way
from bench.reaper import ROOT
from bench.served import opened
from bench.setting import Setting
from bench.table import BenchComparison, Row, Target

PIPELINE = "flight_delays"
DAY = date(2013, 7, 1)
FOLD, QUICK_FOLD = 28, 7
"""The days of a fold, and of each window: they are alike, so that a fold costs what the model that may serve costs."""

FIRST, LATER = 4.2, 2.2
"""The most procedures that a training with three folds costs, and one that adds a fold."""


@dataclass(frozen=True, slots=True)
class Homes:
    """Three homes: cleaned only, trained, and trained one fold before."""

    cleaned: Path
    trained: Path
    fold_before: Path


def _timed(setting: Setting, root: Path, homes: Homes) -> list[Row]:
    """Time the three trainings, each in a fresh copy of its home."""
    copies = {name: setting.place(f"folds-{name}") for name in ("first", "later", "procedure")}

    def way(name: str, home: Path) -> Way:
        def fresh() -> None:
            shutil.rmtree(copies[name], ignore_errors=True)
            shutil.copytree(home, copies[name])

        return Way(name, lambda: train(_context(setting, root, copies[name]), DAY), fresh)

    ways = [way("first", homes.cleaned), way("later", homes.fold_before), way("procedure", homes.trained)]
    costs = setting.time(ways)
    return [
        BenchComparison("folds", what, costs[name], "peer", "one procedure", costs["procedure"], Target(most))
        for name, what, most in (
            ("first", "a first training: three folds and the model", FIRST),
            ("later", "a later training: one fold and the model", LATER),
        )
    ]


def run(setting: Setting) -> list[Row]:
    """Prepare the homes and time the trainings."""
    root, homes = setting.place("folds-project"), _homes(setting)
    shutil.copytree(ROOT / "conf", root / "conf")
    spec = root / "conf" / "pipelines" / f"{PIPELINE}.yaml"
    days = QUICK_FOLD if setting.quick else FOLD
    text = spec.read_text().replace("window: all", f"window: {days} days")
    spec.write_text(text.replace("fold: 28 days", f"fold: {days} days"))
    setting.say("flights, cleaned")
    from flight_delays.landing import write_drops

    interval = Interval(DAY - timedelta(days=7 * days), DAY)
    write_drops(homes.cleaned / "landing", interval.start, interval.end, arrived_before=DAY)
    run_stages(_context(setting, root, homes.cleaned), interval, select_stages("land..clean"))
    for home, day in ((homes.trained, DAY), (homes.fold_before, DAY - timedelta(days=days))):
        shutil.copytree(homes.cleaned, home)
        train(_context(setting, root, home), day)
    return _timed(setting, root, homes)


def _homes(setting: Setting) -> Homes:
    return Homes(*(setting.place(f"folds-home-{name}") for name in ("cleaned", "trained", "before")))


def _context(setting: Setting, root: Path, home: Path) -> Context:
    return opened(setting, root, home, PIPELINE, force=True)
