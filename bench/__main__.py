"""Run the benches and print the table: `python -m bench --only score`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.reaper import PROJECT
from bench.setting import JAVA_OPTIONS, Machine, Setting
from bench.table import Row, TableNote, table

if TYPE_CHECKING:
    from collections.abc import Sequence

BENCHES = (
    "score",
    "partitions",
    "commit",
    "quality",
    "audit",
    "rescore",
    "loop",
    "growth",
    "small",
    "folds",
    "nights",
    "measuring",
)
SMALL_STAGES = ("small",)
"""Benches whose peer has no JVM: they run in a process of their own, with the compiler that Assay's sessions choose."""

SIMULATIONS = ("quiet", "heard", "declined", "causes", "drift")
"""Benches without Spark and without a row in the table: each runs alone, by its name, and prints lines of its own."""

ROWS, REPEATS = 1_000_000, 5
QUICK_ROWS, QUICK_REPEATS = 8_000, 1
QUICK_NOTE = TableNote("all", "a QUICK run: it shows that the benches work", "its figures are no results")


@dataclass(frozen=True, slots=True)
class Sizes:
    """The number of rows and of rounds of the large benches; `quick` ones only show that a bench works."""

    rows: int
    repeats: int
    quick: bool

    @property
    def options(self) -> list[str]:
        """The arguments that give another process the same sizes."""
        return ["--rows", str(self.rows), "--repeats", str(self.repeats), *(["--quick"] if self.quick else [])]


def sizes_of(options: argparse.Namespace) -> Sizes:
    """Return the sizes that were named, or else the defaults of a quick or of a whole run."""
    rows, repeats = (QUICK_ROWS, QUICK_REPEATS) if options.quick else (ROWS, REPEATS)
    return Sizes(options.rows or rows, options.repeats or repeats, options.quick)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benches and return 0 when all ran, whether or not their targets are met."""
    command_line = arguments().parse_args(argv)
    sizes = sizes_of(command_line)
    simulations = [name for name in command_line.only or () if name in SIMULATIONS]
    if simulations:
        return _simulated(simulations, command_line.only, quick=sizes.quick)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        home = Path(os.environ.get("ASSAY_BENCH_HOME") or scratch).resolve()
        names = list(command_line.only or BENCHES)
        together = [name for name in names if name not in SMALL_STAGES]
        options = JAVA_OPTIONS if together else ""
        rows = _measure(together or names, home, Path(scratch), sizes, options)
        for name in names if together else ():
            if name in SMALL_STAGES:
                rows += _apart(name, home, Path(scratch), sizes)
    if command_line.pickle:
        command_line.pickle.write_bytes(pickle.dumps(rows))
    rows = [QUICK_NOTE, *rows] if sizes.quick else rows
    print(table(rows))
    if command_line.json:
        command_line.json.write_text(json.dumps([row.to_json() for row in rows], indent=1))
    return 0


def _simulated(names: Sequence[str], requested: Sequence[str], *, quick: bool) -> int:
    """Run simulations one after the other, and return 2 if other benches were requested with them."""
    if len(names) < len(requested):
        print(f"{', '.join(names)}: simulations run without other benches", file=sys.stderr)
        return 2
    for name in names:
        simulate = importlib.import_module(f"bench.{name}").main
        simulate(["--quick"] if quick and name == "drift" else [])
    return 0


def _apart(name: str, home: Path, scratch: Path, sizes: Sizes) -> list[Row]:
    """Run the bench alone, in a process of its own, and return its rows."""
    file = scratch / f"{name}.pickle"
    command = [sys.executable, "-m", "bench", "--only", name, "--pickle", str(file), *sizes.options]
    environment = {**os.environ, "ASSAY_BENCH_HOME": str(home)}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    rows: list[Row] = pickle.loads(file.read_bytes())
    return rows


def _measure(names: Sequence[str], home: Path, scratch: Path, sizes: Sizes, java_options: str) -> list[Row]:
    from assay.spark.session.session import open_session

    # Workers import the benches' own functions, stages those of the benches' project. What MLflow prints about its
    # progress belongs into no table.
    places = [str(Path.cwd()), str(PROJECT)]
    sys.path.append(places[1])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*places, os.environ.get("PYTHONPATH")]))
    os.environ |= {"MLFLOW_LOGGING_LEVEL": "ERROR", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
    warnings.simplefilter("ignore")
    spark = open_session(Machine(), "bench", java_options=java_options)
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {text}", file=sys.stderr, flush=True)

    setting = Setting(spark, home, scratch, sizes.rows, sizes.repeats, sizes.quick, say)
    rows: list[Row] = []
    for name in names:
        say(name)
        rows += importlib.import_module(f"bench.{name.replace('-', '_')}").run(setting)
    say("done")
    spark.stop()
    return rows


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=(*BENCHES, *SIMULATIONS), help="these, not all")
    parser.add_argument("--rows", type=int, help=f"rows of the large benches ({ROWS:,})")
    parser.add_argument("--repeats", type=int, help=f"rounds, each running every way once ({REPEATS})")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it work? Its numbers mean nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every single measurement there")
    parser.add_argument("--pickle", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
