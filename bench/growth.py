"""growth: one, two and four times the rows; CPU time should grow as the rows do, the driver's memory not at all."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from assay.quality.suite import load_suite
from bench.audit import clean_landed
from bench.data import DAYS, FEATURES, features, features_path
from bench.landing import landed
from bench.measure import RunCost, Spread, Way
from bench.memory import Memory
from bench.model import BenchModel, fit
from bench.proof import UnequalError
from bench.quality import judged_by_assay, write_suite
from bench.score import publish_scores, scored
from bench.setting import Setting
from bench.table import Row, Share

TIMES = (1, 2, 4)
TINY = 2_000
"""So few rows that they cost only what a run costs in any case."""

ROUNDS = 3
SLOPE = (0.95, 1.05)
FLAT = 1.1


@dataclass(frozen=True, slots=True)
class Subject:
    """Work that takes a number of rows; `most` is the largest number."""

    name: str
    most: int
    work: Callable[[int], object]

    @property
    def sizes(self) -> list[int]:
        """The numbers of rows: the tiny one, then one, two and four times."""
        return [min(TINY, self.most // 8), *[self.most * times // TIMES[-1] for times in TIMES]]


def run(setting: Setting) -> list[Row]:
    """Measure scoring to Delta, the clean stage and a hundred checks, each at every size; all of them take turns."""
    model = fit(setting)
    chosen = subjects(setting, model)
    memory = _measured_apart(setting, model)
    ways = [
        Way(f"{s.name} {n}", lambda s=s, n=n: s.work(n), most=ROUNDS)  # type: ignore[misc]
        for s in chosen
        for n in s.sizes
    ]
    for way in () if setting.quick else ways:
        way.run()  # the first runs cost several times as much, since the compiler is at work
    costs = setting.time(ways)
    rows: list[Row] = []
    for subject in chosen:
        rows += _slopes(subject, [costs[f"{subject.name} {n}"] for n in subject.sizes])
        rows += _memory(subject, memory[subject.name])
    return rows


def subjects(setting: Setting, model: BenchModel) -> list[Subject]:
    """Return the work that is measured at growing sizes, with its rows generated."""
    return [_scoring(setting, model), _cleaning(setting), _judging(setting)]


def _measured_apart(setting: Setting, model: BenchModel) -> dict[str, list[Memory]]:
    """The memory at one, two and four times the rows, from a process in which nothing else has left memory behind."""
    memory_job: dict[str, Any] = {
        "bundle": str(model.bundle),
        "digest": model.digest,
        "home": str(setting.home),
        "scratch": str(setting.place("growth-apart")),
        "rows": setting.rows,
        "quick": setting.quick,
    }
    Path(memory_job["scratch"]).mkdir()
    setting.say("the driver's memory, in a process of its own")
    done = subprocess.run(
        [sys.executable, "-m", "bench.growth_memory", json.dumps(memory_job)], stdout=subprocess.PIPE, check=True
    )
    return {name: [Memory(**one) for one in each] for name, each in json.loads(done.stdout.splitlines()[-1]).items()}


def _slopes(subject: Subject, costs: Sequence[Sequence[RunCost]]) -> list[Row]:
    """The slope of CPU time less the cost of the tiny size, which should be 1, and the slope of all CPU time."""
    fixed, *rounds = [[cost.cpu for cost in each] for each in costs]
    per_round = list(zip(fixed, *rounds, strict=True))
    net = [slope(subject.sizes[1:], [cpu - least for cpu in cpus]) for least, *cpus in per_round]
    whole = [slope(subject.sizes[1:], cpus) for _, *cpus in per_round]
    middles = [Spread.of(each).middle for each in (fixed, *rounds)]
    sizes = f"{subject.sizes[1]:,}..{subject.most:,} rows"
    note = f"fixed {middles[0]:.1f} CPU of {', '.join(f'{cpu:.1f}' for cpu in middles[1:])}"
    return [
        Share("growth", f"{subject.name}: slope of CPU less fixed cost, {sizes}", net, SLOPE[1], SLOPE[0], note),
        Share("growth", f"{subject.name}: slope of all CPU", whole),
    ]


def _memory(subject: Subject, memories: Sequence[Memory]) -> list[Row]:
    """Four times the rows against once: Python's peak, the JVM's heap afterwards, and the JVM's peak.

    The JVM's peak has no target: it is for information.
    """
    times = TIMES[-1]
    parts: dict[str, tuple[list[float], float | None]] = {
        "Python's peak": ([one.python for one in memories], FLAT),
        "heap after GC": ([one.heap for one in memories], FLAT),
        "JVM's peak": ([one.jvm for one in memories], None),
    }
    return [
        Share(
            "growth",
            f"{subject.name}: {part}, {times}x rows / 1x",
            [values[-1] / values[0]],
            most,
            note=", ".join(f"{value:,.0f}" for value in values) + " MB",
        )
        for part, (values, most) in parts.items()
    ]


def slope(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of the logarithms by least squares: 1 where costs grow as sizes do, NaN where one is not positive."""
    if min(costs) <= 0:
        return math.nan
    x, y = np.log(sizes), np.log(costs)
    return float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())


def _scoring(setting: Setting, model: BenchModel) -> Subject:
    def work(rows: int) -> None:
        place = setting.place("growth-score")
        publish_scores(scored(setting, model, rows=rows), place)
        _all_of(rows, pl.scan_delta(str(place)).select(pl.len()).collect().item())

    subject = Subject("score", setting.rows, work)
    for rows in subject.sizes:
        features_path(setting, rows=rows)
    return subject


def _cleaning(setting: Setting) -> Subject:
    subject = Subject("clean", setting.rows * 2 // 5, lambda rows: clean_landed(setting, homes[rows], fresh()))
    homes = {rows: landed(setting, rows=rows, days=len(DAYS)) for rows in subject.sizes}

    def fresh() -> Path:
        return setting.place("growth-clean")

    return subject


def _judging(setting: Setting) -> Subject:
    checks = load_suite(write_suite(setting.place("growth.json"), FEATURES), dict.fromkeys(FEATURES, "double"))

    def work(rows: int) -> None:
        findings = judged_by_assay(features(setting, rows=rows).select(*FEATURES), FEATURES, checks)
        _all_of(len(checks), len(findings))

    subject = Subject(f"{len(checks)} checks", setting.rows // 2, work)
    for rows in subject.sizes:
        features_path(setting, rows=rows)
    return subject


def _all_of(wanted: int, counted: int) -> None:
    if wanted != counted:
        raise UnequalError(f"{counted:,} came out, not {wanted:,}")
