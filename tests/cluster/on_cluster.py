"""The small project on a real cluster: landed, with MLflow's server and the containers' Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import open_place
from assay.store.hadoop.resource_manager import ResourceManager
from devtools.hadoop.cluster import Cluster
from devtools.hadoop.environment import packed_environment
from devtools.hadoop.ports import free_port
from devtools.hadoop.spark import ON_LOOPBACK, SMALL_JVM, in_yaml
from devtools.hadoop.tracking import tracking_server

PARCELS = Path(__file__).parents[1] / "projects" / "parcels"
REPOSITORY = Path(__file__).parents[2]
TRAINED = date(2024, 2, 8)
LIVED = Interval(date(2024, 1, 1), TRAINED)

CONF = {
    **ON_LOOPBACK,
    "spark.driver.memory": "1g",
    "spark.executor.cores": "2",
    "spark.executor.memory": "1g",
    "spark.yarn.am.memory": "512m",
    # A driver on this machine has Assay's own options; in cluster mode it has those of the environment `night`.
    "spark.executor.extraJavaOptions": SMALL_JVM,
    "spark.yarn.am.extraJavaOptions": SMALL_JVM,
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
}
ENVIRONMENT = """\
lake: {hdfs}/parcels/lake
landing: {hdfs}/parcels
hdfs: {{web: ["{webhdfs}"]}}
yarn: {{web: ["{yarn}"]}}
spark:
  master: yarn
  staging: {hdfs}/staging
  environment: {environment}
  conf:
"""
ENVIRONMENT += in_yaml(CONF) + 'mlflow: {{tracking: "{mlflow}"}}\n'


ASK = """
import json, sys
from assay.spark.session.session import open_session

class Here:
    master = "local[1]"
    spark = json.loads(sys.argv[1])

rows = open_session(Here(), "ask").sql(sys.argv[2]).collect()
print(json.dumps([list(row) for row in rows], default=str))
"""


@dataclass(frozen=True, slots=True)
class OnCluster:
    """The small project with its lake on HDFS, used as its user would."""

    root: Path
    cluster: Cluster

    def environment(self, **variables: str) -> dict[str, str]:
        """A user's environment who is set up for this Hadoop."""
        return os.environ | {
            "ASSAY_PROJECT": str(self.root),
            "ASSAY_HOME": str(self.root / ".assay"),
            "ASSAY_USER": "tester",
            "PYTHONPATH": str(self.root),
            "HADOOP_CONF_DIR": str(self.cluster.conf),
            "YARN_CONF_DIR": str(self.cluster.conf),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
            **variables,
        }

    def submit(self, stage: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """`spark-submit.sh` to its end."""
        command = [str(REPOSITORY / "spark-submit.sh"), stage, "--pipeline", "parcels", "--env", "cluster", *arguments]
        return subprocess.run(
            command, env=self.environment(**variables), capture_output=True, text=True, timeout=500, check=False
        )

    def start(self, stage: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """`spark-submit.sh`, not waited for, in a process group of its own."""
        command = [str(REPOSITORY / "spark-submit.sh"), stage, "--pipeline", "parcels", "--env", "cluster", *arguments]
        return subprocess.Popen(
            command,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def assay(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line, without a JVM."""
        command = [sys.executable, "-m", "assay.cli.main", *arguments]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=120, check=False)

    def ask(self, query: str, **settings: str) -> list[tuple[object, ...]]:
        """What a Spark of this machine answers that knows no more than the cluster's addresses."""
        command = [sys.executable, "-c", ASK, json.dumps(settings), query]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return [tuple(row) for row in json.loads(done.stdout.splitlines()[-1])]

    def context(self) -> Context:
        """A context in this process, to look at what is there."""
        return self.context_of("parcels")

    def context_of(self, pipeline: str) -> Context:
        """A context of the pipeline of that name."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ASSAY_HOME", str(self.root / ".assay"))
            return Context(load_pipeline(open_project(self.root, env="cluster"), pipeline), claimed="tester")

    def applications(self) -> list[str]:
        """The names of all applications that YARN knows."""
        return [one.id for one in ResourceManager([self.cluster.resource_manager]).tagged("")]

    def running(self) -> list[str]:
        """The names of those that have not ended."""
        return [one.id for one in ResourceManager([self.cluster.resource_manager]).tagged("") if not one.over]


@pytest.fixture(scope="session")
def on_cluster(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, mlflow_address: str, environment_archive: str
) -> Iterator[OnCluster]:
    """Five weeks have landed on HDFS, and nothing ran."""
    root = tmp_path_factory.mktemp("on-cluster") / "project"
    places = {"hdfs": cluster.hdfs, "webhdfs": cluster.webhdfs, "yarn": cluster.resource_manager}
    make_project(root, ENVIRONMENT.format(**places, mlflow=mlflow_address, environment=environment_archive))
    project = OnCluster(root, cluster)
    sys.path.insert(0, str(root))
    try:
        land(project, tmp_path_factory.mktemp("landing"))
        yield project
    finally:
        sys.path.remove(str(root))


def make_project(root: Path, environment: str) -> None:
    """Write the small project to a new folder, with that text for its environment `cluster`."""
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(REPOSITORY / "uv.lock", root)  # the preflight holds the containers' packages against it
    (root / "conf" / "environments" / "cluster.yaml").write_text(environment)


def land(project: OnCluster, local: Path) -> None:
    """Put what landed for all days onto HDFS."""
    from parcel_code.landing import write_drops

    write_drops(local, LIVED.start, len(LIVED))
    landing = open_place(f"{project.cluster.hdfs}/parcels", [project.cluster.webhdfs])
    assert isinstance(landing, HdfsPath)
    for path in sorted(local.rglob("*.csv*")):
        (landing / "landing" / path.relative_to(local).as_posix()).put(path)


@pytest.fixture(scope="session")
def environment_archive(cluster: Cluster) -> str:
    """The Python of the containers on HDFS."""
    local = packed_environment()
    place = open_place(f"{cluster.hdfs}/staging/{local.name}", [cluster.webhdfs])
    assert isinstance(place, HdfsPath)
    place.put(local)
    return str(place)


@pytest.fixture(scope="session")
def mlflow_address() -> str:
    """Where MLflow's server is, for the tests that start it."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def mlflow_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that server keeps its database, its artifacts and its log."""
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture(scope="session")
def mlflow_server(mlflow_address: str, mlflow_folder: Path) -> Iterator[str]:
    """A tracking server with a database file, which keeps the artifacts itself."""
    with tracking_server(mlflow_folder, mlflow_address) as address:
        yield address


@pytest.fixture(scope="session")
def served(on_cluster: OnCluster, mlflow_server: str) -> OnCluster:
    """Every day is clean, and a champion is promoted."""
    assert mlflow_server in (on_cluster.root / "conf" / "environments" / "cluster.yaml").read_text()
    lived = ["--from", str(LIVED.start), "--to", str(TRAINED)]
    for stage, *arguments in [
        ("run", "--select", "land..validate", *lived),
        ("train", "--date", str(TRAINED)),
        ("gate", "--date", str(TRAINED)),
    ]:
        done = on_cluster.submit(stage, *arguments, "--deploy-mode", "client")
        assert done.returncode == 0, f"{stage}: {done.stdout}{done.stderr}"
    return on_cluster
