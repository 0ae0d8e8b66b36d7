"""The places where the multiplied flights run: a cluster, or this machine, both through `spark-submit.sh`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import open_place
from bench.measure import RunCost
from bench.multiplied import write_project
from bench.reaper import ROOT
from bench.resident import Peaks, descendants, watched
from devtools.hadoop.cluster import Cluster
from devtools.hadoop.containers import container_processes
from devtools.hadoop.environment import packed_environment
from devtools.hadoop.spark import ON_LOOPBACK, in_yaml

PIPELINE = "flight_delays"

CONF = {
    **ON_LOOPBACK,
    "spark.driver.memory": "1g",
    "spark.executor.cores": "2",
    "spark.executor.memory": "1g",
    "spark.sql.shuffle.partitions": "16",
    "spark.databricks.delta.snapshotPartitions": "2",
}
ENVIRONMENT = """\
lake: {lake}
landing: {landing}
{addresses}
spark:
  master: {master}
  {shipping}
  conf:
{conf}mlflow: {{tracking: "{mlflow}"}}
"""


class StageFailed(RuntimeError):
    """A stage that is to be measured did not do its work."""


@dataclass(frozen=True, slots=True)
class BenchPlace:
    """A project in one environment, and the function that puts a drop there."""

    root: Path
    env: str
    put: Callable[[Path, str], object]
    variables: dict[str, str]
    containers: Callable[[], list[int]]

    def submit(self, stage: str, *arguments: str) -> tuple[RunCost, Peaks]:
        """Run a stage through `spark-submit.sh` and return its cost.

        Raises:
            StageFailed: It did not end with 0; the error has the end of its output.
        """
        command = [str(ROOT / "spark-submit.sh"), stage, "--pipeline", PIPELINE, "--env", self.env, *arguments]
        busy, started = machine_cpu(), time.perf_counter()
        with (
            tempfile.TemporaryFile("w+") as output,
            subprocess.Popen(command, env=os.environ | self.variables, stdout=output, stderr=output) as running,
            watched({"driver": lambda: descendants(running.pid), "executor": self.containers}) as peaks,
        ):
            code = running.wait()
            cost = RunCost(time.perf_counter() - started, machine_cpu() - busy)
            if code != 0:
                output.seek(0)
                raise StageFailed(f"{stage} ended with {code}:\n{output.read()[-4_000:]}")
        return cost, peaks

    def taken(self, stage: str) -> tuple[int, dict[str, float]]:
        """The rows of the last record of a stage, and its footprint."""
        with patch.dict(os.environ, self.variables):  # and back: the next place has others
            ctx = Context(load_pipeline(open_project(self.root, env=self.env), PIPELINE), claimed="bench")
        record = ctx.ledger.records(stage)[-1]
        whole = {} if record.footprint is None else asdict(record.footprint)
        used = whole.pop("application", None) or {}
        numbers = {name: value for name, value in (whole | used).items() if isinstance(value, int | float)}
        return int(record.counts.get("out", record.counts.get("rows", 0))), numbers


def on_yarn(scratch: Path, cluster: Cluster, mlflow: str) -> BenchPlace:
    """The project on a running cluster."""
    root, lake = scratch / "yarn", f"{cluster.hdfs}/bench"
    archive = _on_hdfs(cluster, "staging") / packed_environment().name
    archive.put(packed_environment())
    addresses = f'hdfs: {{web: ["{cluster.webhdfs}"]}}\nyarn: {{web: ["{cluster.resource_manager}"]}}'
    shipping = f"environment: {archive}"
    _write(root, "cluster", f"{lake}/lake", lake, addresses, "yarn", shipping, mlflow)
    landing = _on_hdfs(cluster, "bench/landing")
    variables = _variables(root) | {"HADOOP_CONF_DIR": str(cluster.conf), "YARN_CONF_DIR": str(cluster.conf)}
    return BenchPlace(
        root,
        "cluster",
        lambda file, to: (landing / to).put(file),
        variables,
        lambda: container_processes(cluster.layout),
    )


def on_this_machine(scratch: Path, mlflow: str) -> BenchPlace:
    """The project with a lake of its own and Spark in one process."""
    root, home = scratch / "local", scratch / "local-home"
    _write(root, "here", str(home / "lake"), str(home), "", "local[2]", "deploy_mode: client", mlflow)

    def put(file: Path, to: str) -> None:
        target = home / "landing" / to
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)

    return BenchPlace(root, "here", put, _variables(root), list)


def machine_cpu() -> float:
    """The seconds that all cores of this machine were busy so far.

    A cluster's daemons are no children of this process, so its own CPU time would miss them.
    """
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _on_hdfs(cluster: Cluster, path: str) -> HdfsPath:
    place = open_place(f"{cluster.hdfs}/{path}", [cluster.webhdfs])
    assert isinstance(place, HdfsPath)
    return place


def _write(
    root: Path, name: str, lake: str, landing: str, addresses: str, master: str, shipping: str, mlflow: str
) -> None:
    write_project(root)
    text = ENVIRONMENT.format(
        lake=lake,
        landing=landing,
        addresses=addresses,
        master=master,
        shipping=shipping,
        conf=in_yaml(CONF),
        mlflow=mlflow,
    )
    (root / "conf" / "environments" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _variables(root: Path) -> dict[str, str]:
    return {
        "ASSAY_PROJECT": str(root),
        "ASSAY_HOME": str(root / ".assay"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
    }
