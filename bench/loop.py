"""loop: the whole cycle in one warm session, against a spark-submit for each of its seven stages."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bench.data import DAY, FIRST, KEY
from bench.landing import landed
from bench.measure import Way
from bench.proof import same_scores, same_table, scores_in
from bench.reaper import ROOT, command
from bench.setting import Setting
from bench.table import BenchComparison, Row, Share, Target

DAYS = 29
"""Five to train on and 21 to judge on; the training's own day is the 28th."""

ROUNDS = 2
"""A round takes minutes, and what is measured differs by much more than rounds do."""

STAGES = ("land", "clean", "validate", "train", "gate", "score", "monitor")
QUICK_DAYS, QUICK_STAGES = 2, STAGES[:3]
"""A champion needs all the days; whether the bench works, two days and the first stages show."""

SAID_NO = 3
"""A verdict's exit code is no failure: the chain goes on, in both ways."""


def run(setting: Setting) -> list[Row]:
    """`assay run` against seven jobs over the same days, each with a lake of its own; and the framework's own part.

    Each way runs in processes of its own, from the start of Python to the end of the JVM. The proof is on what the
    timed runs wrote: the same model must have given every row the same score.
    """
    rows = setting.rows
    days, stages = (QUICK_DAYS, QUICK_STAGES) if setting.quick else (DAYS, STAGES)
    source = landed(setting, rows=rows, days=days, outcomes=True)
    assay_home, jobs = setting.place("loop-ours"), setting.place("loop-jobs")
    note = setting.scratch / "loop-seconds.json"
    seconds: list[dict[str, float]] = []

    def one_session() -> None:
        chosen = [*_interval(days), "--select", f"{stages[0]}..{stages[-1]}"]
        command(
            [sys.executable, "-m", "bench.sampled", str(note), "run", "bench", *chosen],
            assay_home,
            allowed=(0, SAID_NO),
        )
        seconds.append(json.loads(note.read_text()))

    ways = [
        Way("ours", one_session, lambda: _fresh(setting, source, assay_home), ROUNDS),
        Way("jobs", lambda: _jobs(jobs, stages, days), lambda: _fresh(setting, source, jobs), ROUNDS),
    ]
    costs = setting.time(ways)
    _prove(assay_home / "lake", jobs / "lake", scored="score" in stages)
    what = f"{rows:,} rows, {days} days, {stages[0]} to {stages[-1]}"
    shares = [(one["books"] + one.get("outside", 0.0)) / one["work"] for one in seconds]
    return [
        BenchComparison(
            "loop", what, costs["ours"], "peer", f"{len(stages)} spark-submits", costs["jobs"], Target(0.4)
        ),
        Share("loop", "framework / the stages' own work", shares, 0.05),
    ]


def _prove(assay_lake: Path, jobs: Path, *, scored: bool) -> None:
    """The same clean rows, and where scores are, the same scores."""
    for table in ("measurements", "outcomes"):
        same_table(assay_lake / "clean" / table, jobs / "clean" / table, [DAY, KEY], f"{table} of the jobs")
    if scored:
        written, by_jobs = (scores_in(lake / "predictions" / "bench") for lake in (assay_lake, jobs))
        same_scores(written, by_jobs, "the scores of the jobs")


def _fresh(setting: Setting, source: Path, home: Path) -> None:
    """A home with nothing in it but what landed, by hard links."""
    setting.place(home.name)
    shutil.copytree(source / "landing", home / "landing", copy_function=os.link)


def _jobs(home: Path, stages: Sequence[str], days: int) -> None:
    submit = Path(sys.executable).parent / "spark-submit"
    trained = ["--date", str(FIRST + timedelta(days=DAYS - 2))]
    for stage in stages:
        when = trained if stage in ("train", "gate") else _interval(days)
        job = [str(submit), str(ROOT / "jobs" / f"{stage}.py"), "--pipeline", "bench", *when]
        command(job, home, allowed=(0, SAID_NO))


def _interval(days: int) -> list[str]:
    return ["--from", str(FIRST), "--to", str(FIRST + timedelta(days=days))]
