"""`python -m bench.cluster`: many times the flights through clean, validate and score, on YARN and beside it locally.

Executors have 1 GiB. What is looked for is that memory does not grow with the rows, and that time grows as they do.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import RunCost
from bench.multiplied import END, FIRST, KNOWN, SOURCE, Day, multiplied_days
from bench.places import BenchPlace, StageFailed, on_this_machine, on_yarn
from bench.resident import Peaks
from bench.table import BenchComparison, Row, Share, TableNote, table
from devtools.hadoop.cluster import Cluster
from devtools.hadoop.ports import free_port
from devtools.hadoop.tracking import tracking_server

STAGES = ("clean", "validate", "score")
ROWS = 50_000_000
PARTS = (4, 1)
SLOPE, FLAT = (0.9, 1.1), 1.15
"""Bounds: one run of each size, on a machine that others use as well, is no more precise."""


@dataclass(frozen=True, slots=True)
class MeasuredStage:
    """One stage over so many rows."""

    stage: str
    rows: int
    cost: RunCost
    peaks: Peaks
    taken: dict[str, float]


def measure(place: BenchPlace, drops: Path, sizes: Sequence[int], say: Callable[[str], None]) -> list[MeasuredStage]:
    """Every stage at every size, the days as they are before them: a run's fixed cost."""
    days = multiplied_days(drops)
    per_copy = sum(len(day.lines) for day in days)
    _learn(place, drops, say)
    measured_stages = []
    for copies in (1, *(max(1, math.ceil(size / per_copy)) for size in sizes)):
        if copies > 1:
            _land(place, drops.parent, days, copies)
        for stage in STAGES:
            chosen = [] if stage == "score" else ["--table", "flights"]
            interval = ["--from", str(FIRST), "--to", str(END)]
            cost, peaks = place.submit(stage, *chosen, *interval, *(["--force"] if stage == "clean" else []))
            rows, taken = place.taken(stage)
            if stage != "validate" and rows != copies * per_copy:
                raise StageFailed(f"{stage} has {rows:,} rows, and {copies * per_copy:,} landed")
            measured_stages.append(MeasuredStage(stage, copies * per_copy, cost, peaks, taken))
            say(
                f"{place.env}: {stage} of {copies * per_copy:,} rows in {cost.wall:.0f} s; {_megabytes(peaks)}; {taken}"
            )
    return measured_stages


def rows_of(name: str, measured_stages: Sequence[MeasuredStage]) -> list[Row]:
    """The table's rows of one environment: the slope of the time, and the memory of the largest size."""
    made: list[Row] = []
    for stage in STAGES:
        fixed, *sized = [one for one in measured_stages if one.stage == stage]
        walls = [one.cost.wall - fixed.cost.wall for one in sized]
        seconds = ", ".join(f"{one.rows / 1e6:.1f} M in {one.cost.wall:.0f} s" for one in (fixed, *sized))
        if stage != "validate" and len(sized) > 1 and min(walls) > 0:
            slope = math.log(walls[-1] / walls[0]) / math.log(sized[-1].rows / sized[0].rows)
            made.append(
                Share("cluster", f"{name} {stage}: slope of time less fixed", [slope], SLOPE[1], SLOPE[0], seconds)
            )
        else:
            made.append(TableNote("cluster", f"{name} {stage}", seconds))
        for group, most in sized[-1].peaks.together.items():
            least = sized[0].peaks.together.get(group, 0.0)
            if least and len(sized) > 1:
                note = f"{least:,.0f} and {most:,.0f} MB at most"
                made.append(
                    Share(
                        "cluster",
                        f"{name} {stage}: memory of the {group}, largest / smallest",
                        [most / least],
                        FLAT,
                        note=note,
                    )
                )
    return made


def beside(cluster: Sequence[MeasuredStage], local: Sequence[MeasuredStage]) -> list[Row]:
    """YARN against local mode, stage by stage, at the largest size that both had."""
    made: list[Row] = []
    for stage in STAGES:
        local_by_rows = {one.rows: one for one in local if one.stage == stage}
        yarn_stages = [one for one in cluster if one.stage == stage and one.rows in local_by_rows]
        if yarn_stages:
            what = f"{stage}, {yarn_stages[-1].rows:,} rows on YARN"
            made.append(
                BenchComparison(
                    "cluster",
                    what,
                    [yarn_stages[-1].cost],
                    "peer",
                    "local mode",
                    [local_by_rows[yarn_stages[-1].rows].cost],
                )
            )
    return made


def _learn(place: BenchPlace, drops: Path, say: Callable[[str], None]) -> None:
    """Land all days as they were, and promote a model."""
    for path in sorted(drops.rglob("*.csv")):
        place.put(path, path.relative_to(drops).as_posix())
    place.submit("run", "--select", "land..clean", "--from", str(KNOWN), "--to", str(END))
    for stage in ("train", "gate"):
        place.submit(stage, "--date", str(FIRST))
    say(f"{place.env}: a model is promoted")


def _land(place: BenchPlace, scratch: Path, days: Sequence[Day], copies: int) -> None:
    for day in days:
        file = scratch / "schedule.csv"
        day.write(file, copies)
        place.put(file, f"{SOURCE}/{day.date}/schedule.csv")
        file.unlink()


def _megabytes(peaks: Peaks) -> str:
    return ", ".join(f"{kind} {size:,.0f} MB" for kind, size in sorted({**peaks.together, **peaks.largest}.items()))


def main(argv: Sequence[str]) -> int:
    """Run the bench and return 0 when all ran, whether or not the targets are met."""
    from flight_delays.landing import write_drops

    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="the rows of the largest size")
    parser.add_argument(
        "--local-rows", type=int, help="the rows of the largest size in local mode; a quarter of --rows by default"
    )
    parser.add_argument(
        "--only", choices=["yarn", "local"], help="one of the two, for a machine that is busy in between"
    )
    options = parser.parse_args(argv)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="assay-bench-cluster-") as folder:
        scratch = Path(folder)
        drops = scratch / "drops" / "landing"
        write_drops(drops, KNOWN, END)
        with tracking_server(scratch / "mlflow", f"http://127.0.0.1:{free_port()}") as mlflow:
            yarn, local = [], []
            if options.only != "local":
                with Cluster(scratch / "hadoop") as cluster:
                    sizes = [options.rows // part for part in PARTS]
                    yarn = measure(on_yarn(scratch, cluster, mlflow), drops, sizes, say)
            if options.only != "yarn":
                local_rows = options.local_rows or options.rows // PARTS[0]
                local = measure(on_this_machine(scratch, mlflow), drops, [local_rows], say)
    print(table([*(rows_of("YARN", yarn) if yarn else rows_of("local", local)), *beside(yarn, local)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
