"""`python -m bench.cluster`: many times the flights through clean, validate and score, on YARN and beside it locally.

Executors have 1 GiB. What is looked for is that memory does not grow with the rows, and that time grows as they do.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.spec.project import load_pipeline, open_project
from assay.stages.context import Context
from assay.store.hdfs import HdfsPath
from assay.store.place import open_place
from bench.measure import Cost
from bench.multiplied import END, FIRST, KNOWN, SOURCE, Day, multiplied_days, write_project
from bench.reaper import ROOT
from bench.resident import Peaks, descendants, watched
from bench.table import Comparison, Note, Row, Share, table
from hadoop.cluster import Cluster
from hadoop.containers import container_processes
from hadoop.environment import packed_environment
from hadoop.tracking import free_address, tracking_server

PIPELINE = "flight_delays"
STAGES = ("clean", "validate", "score")
ROWS = 50_000_000
PARTS = (4, 1)
SLOPE, FLAT = (0.9, 1.1), 1.15
"""Bounds: one run of each size on a machine that others use as well tells no more."""

ENVIRONMENT = """\
lake: {lake}
landing: {landing}
{addresses}
spark:
  master: {master}
  {shipping}
  conf:
    spark.driver.memory: 1g
    spark.driver.host: 127.0.0.1
    spark.driver.bindAddress: 127.0.0.1
    spark.executor.instances: 1
    spark.executor.cores: 2
    spark.executor.memory: 1g
    spark.ui.enabled: false
    spark.sql.shuffle.partitions: 16
    spark.databricks.delta.snapshotPartitions: 2
    spark.executorEnv.SPARK_LOCAL_IP: 127.0.0.1
    spark.executorEnv.SPARK_LOCAL_HOSTNAME: 127.0.0.1
    spark.yarn.appMasterEnv.SPARK_LOCAL_IP: 127.0.0.1
    spark.yarn.appMasterEnv.SPARK_LOCAL_HOSTNAME: 127.0.0.1
mlflow: {{tracking: "{mlflow}"}}
"""


class StageFailed(RuntimeError):
    """A stage that is to be measured did not do its work."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One stage over so many rows."""

    stage: str
    rows: int
    cost: Cost
    peaks: Peaks
    taken: dict[str, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A project in one environment, and how a drop comes there."""

    root: Path
    env: str
    put: Callable[[Path, str], object]
    variables: dict[str, str]
    containers: Callable[[], list[int]]

    def submit(self, stage: str, *arguments: str) -> tuple[Cost, Peaks]:
        """What a stage cost through `spark-submit.sh`. Raises StageFailed with its last words unless it ends with 0."""
        command = [str(ROOT / "spark-submit.sh"), stage, "--pipeline", PIPELINE, "--env", self.env, *arguments]
        busy, started = machine_cpu(), time.perf_counter()
        with (
            tempfile.TemporaryFile("w+") as said,
            subprocess.Popen(command, env=os.environ | self.variables, stdout=said, stderr=said) as running,
            watched({"driver": lambda: descendants(running.pid), "executor": self.containers}) as peaks,
        ):
            code = running.wait()
            cost = Cost(time.perf_counter() - started, machine_cpu() - busy)
            if code != 0:
                said.seek(0)
                raise StageFailed(f"{stage} ended with {code}:\n{said.read()[-4_000:]}")
        return cost, peaks

    def taken(self, stage: str) -> tuple[int, dict[str, float]]:
        """The rows of the last record of a stage, and its footprint."""
        os.environ |= self.variables
        ctx = Context(load_pipeline(open_project(self.root, env=self.env), PIPELINE), who="bench")
        record = ctx.ledger.records(stage)[-1]
        numbers = {k: v for k, v in record.details.get("footprint", {}).items() if isinstance(v, int | float)}
        return int(record.counts.get("out", record.counts.get("rows", 0))), numbers


def measure(place: Place, drops: Path, sizes: Sequence[int], say: Callable[[str], None]) -> list[Measured]:
    """Every stage at every size, the days as they are before them: a run's fixed cost."""
    days = multiplied_days(drops)
    per_copy = sum(len(day.lines) for day in days)
    _learn(place, drops, say)
    found = []
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
            found.append(Measured(stage, copies * per_copy, cost, peaks, taken))
            say(
                f"{place.env}: {stage} of {copies * per_copy:,} rows in {cost.wall:.0f} s; {_megabytes(peaks)}; {taken}"
            )
    return found


def rows_of(name: str, found: Sequence[Measured]) -> list[Row]:
    """The table's rows of one environment: the slope of the time, and the memory of the largest size."""
    made: list[Row] = []
    for stage in STAGES:
        fixed, *sized = [one for one in found if one.stage == stage]
        walls = [one.cost.wall - fixed.cost.wall for one in sized]
        seconds = ", ".join(f"{one.rows / 1e6:.1f} M in {one.cost.wall:.0f} s" for one in (fixed, *sized))
        if stage != "validate" and len(sized) > 1 and min(walls) > 0:
            slope = math.log(walls[-1] / walls[0]) / math.log(sized[-1].rows / sized[0].rows)
            made.append(
                Share("cluster", f"{name} {stage}: slope of time less fixed", [slope], SLOPE[1], SLOPE[0], seconds)
            )
        else:
            made.append(Note("cluster", f"{name} {stage}", seconds))
        for group, most in sized[-1].peaks.together.items():
            least = sized[0].peaks.together.get(group, 0.0)
            if least:
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


def beside(cluster: Sequence[Measured], local: Sequence[Measured]) -> list[Row]:
    """YARN against local mode, stage by stage, at the largest size that both had."""
    made: list[Row] = []
    for stage in STAGES:
        theirs = {one.rows: one for one in local if one.stage == stage}
        ours = [one for one in cluster if one.stage == stage and one.rows in theirs]
        if ours:
            what = f"{stage}, {ours[-1].rows:,} rows on YARN"
            made.append(
                Comparison("cluster", what, [ours[-1].cost], "peer", "local mode", [theirs[ours[-1].rows].cost])
            )
    return made


def on_yarn(scratch: Path, cluster: Cluster, mlflow: str) -> Place:
    """The project on a running cluster."""
    root, lake = scratch / "yarn", f"{cluster.hdfs}/bench"
    archive = _on_hdfs(cluster, "staging") / packed_environment().name
    archive.put(packed_environment())
    addresses = f'hdfs: {{web: ["{cluster.webhdfs}"]}}\nyarn: {{web: ["{cluster.resource_manager}"]}}'
    shipping = f"environment: {archive}"
    _write(root, "cluster", f"{lake}/lake", lake, addresses, "yarn", shipping, mlflow)
    landing = _on_hdfs(cluster, "bench/landing")
    variables = _variables(root) | {"HADOOP_CONF_DIR": str(cluster.conf), "YARN_CONF_DIR": str(cluster.conf)}
    return Place(
        root,
        "cluster",
        lambda file, to: (landing / to).put(file),
        variables,
        lambda: container_processes(cluster.layout),
    )


def on_this_machine(scratch: Path, mlflow: str) -> Place:
    """The project with a lake of its own and Spark in one process."""
    root, home = scratch / "local", scratch / "local-home"
    _write(root, "here", str(home / "lake"), str(home), "", "local[2]", "deploy_mode: client", mlflow)

    def put(file: Path, to: str) -> None:
        target = home / "landing" / to
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)

    return Place(root, "here", put, _variables(root), list)


def machine_cpu() -> float:
    """The seconds that all cores of this machine were busy so far: a cluster's daemons are nobody's children."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _learn(place: Place, drops: Path, say: Callable[[str], None]) -> None:
    """Land all days as they were, and promote a model."""
    for path in sorted(drops.rglob("*.csv")):
        place.put(path, path.relative_to(drops).as_posix())
    place.submit("run", "--select", "land..clean", "--from", str(KNOWN), "--to", str(END))
    for stage in ("train", "gate"):
        place.submit(stage, "--date", str(FIRST))
    say(f"{place.env}: a model is promoted")


def _land(place: Place, scratch: Path, days: Sequence[Day], copies: int) -> None:
    for day in days:
        file = scratch / "schedule.csv"
        day.write(file, copies)
        place.put(file, f"{SOURCE}/{day.date}/schedule.csv")
        file.unlink()


def _on_hdfs(cluster: Cluster, path: str) -> HdfsPath:
    place = open_place(f"{cluster.hdfs}/{path}", [cluster.webhdfs])
    assert isinstance(place, HdfsPath)
    return place


def _write(
    root: Path, name: str, lake: str, landing: str, addresses: str, master: str, shipping: str, mlflow: str
) -> None:
    write_project(root)
    text = ENVIRONMENT.format(
        lake=lake, landing=landing, addresses=addresses, master=master, shipping=shipping, mlflow=mlflow
    )
    (root / "conf" / "environments" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _variables(root: Path) -> dict[str, str]:
    return {
        "ASSAY_PROJECT": str(root),
        "ASSAY_HOME": str(root / ".assay"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
    }


def _megabytes(peaks: Peaks) -> str:
    return ", ".join(f"{kind} {size:,.0f} MB" for kind, size in sorted({**peaks.together, **peaks.largest}.items()))


def main(argv: Sequence[str]) -> int:
    """0 when all ran, whether or not the targets are met."""
    from flight_delays.landing import write_drops

    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="the rows of the largest size")
    parser.add_argument("--local-rows", type=int, help="the rows of local mode's; a quarter of them unless said")
    given = parser.parse_args(argv)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="assay-bench-cluster-") as folder:
        scratch = Path(folder)
        drops = scratch / "drops" / "landing"
        write_drops(drops, KNOWN, END)
        with tracking_server(scratch / "mlflow", free_address()) as mlflow:
            with Cluster(scratch / "hadoop") as cluster:
                yarn = measure(on_yarn(scratch, cluster, mlflow), drops, [given.rows // part for part in PARTS], say)
            local_rows = given.local_rows or given.rows // PARTS[0]
            local = measure(on_this_machine(scratch, mlflow), drops, [local_rows], say)
    print(table([*rows_of("YARN", yarn), *beside(yarn, local)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
