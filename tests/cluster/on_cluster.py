"""The small project on a real cluster: landed, with MLflow's server and the containers' Python."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import requests

from assay.cluster.environment_archive import lock_digest, pack_environment
from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.context import Context
from assay.store.hdfs import HdfsPath
from assay.store.place import open_place
from assay.store.yarn import ResourceManager
from hadoop.cluster import Cluster
from hadoop.waiting import wait_until

PARCELS = Path(__file__).parents[1] / "projects" / "parcels"
REPOSITORY = Path(__file__).parents[2]
TRAINED = date(2024, 2, 8)
LIVED = Interval(date(2024, 1, 1), TRAINED)

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
    spark.driver.host: 127.0.0.1
    spark.driver.bindAddress: 127.0.0.1
    spark.driver.memory: 1g
    spark.executor.instances: 1
    spark.executor.cores: 2
    spark.executor.memory: 1g
    spark.yarn.am.memory: 512m
    spark.ui.enabled: false
    spark.sql.shuffle.partitions: 2
    spark.databricks.delta.snapshotPartitions: 2
    spark.sql.sources.parallelPartitionDiscovery.parallelism: 2
    spark.executorEnv.SPARK_LOCAL_IP: 127.0.0.1
    spark.executorEnv.SPARK_LOCAL_HOSTNAME: 127.0.0.1
    spark.yarn.appMasterEnv.SPARK_LOCAL_IP: 127.0.0.1
    spark.yarn.appMasterEnv.SPARK_LOCAL_HOSTNAME: 127.0.0.1
mlflow: {{tracking: "{mlflow}"}}
"""


@dataclass(frozen=True, slots=True)
class OnCluster:
    """The small project with its lake on HDFS, used as its user would."""

    root: Path
    cluster: Cluster

    def environment(self, **given: str) -> dict[str, str]:
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
            **given,
        }

    def submit(self, stage: str, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
        """`spark-submit.sh` to its end."""
        command = [str(REPOSITORY / "spark-submit.sh"), stage, "--pipeline", "parcels", "--env", "cluster", *arguments]
        return subprocess.run(
            command, env=self.environment(**given), capture_output=True, text=True, timeout=500, check=False
        )

    def start(self, stage: str, *arguments: str, **given: str) -> subprocess.Popen[str]:
        """`spark-submit.sh`, not waited for, in a process group of its own."""
        command = [str(REPOSITORY / "spark-submit.sh"), stage, "--pipeline", "parcels", "--env", "cluster", *arguments]
        return subprocess.Popen(
            command,
            env=self.environment(**given),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def assay(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line, without a JVM."""
        command = [sys.executable, "-m", "assay.cli.main", *arguments]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=120, check=False)

    def context(self) -> Context:
        """A context in this process, to look at what is there."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ASSAY_HOME", str(self.root / ".assay"))
            return Context(load_pipeline(open_project(self.root, env="cluster"), "parcels"), who="tester")

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


def packed_environment() -> Path:
    """The Python of the containers, packed once for a lock and kept beneath .tools."""
    local = REPOSITORY / ".tools" / f"environment-{lock_digest(REPOSITORY)}.tar.gz"
    if not local.exists():
        partial = local.with_suffix(f".{os.getpid()}")
        pack_environment(REPOSITORY, partial)
        partial.rename(local)
    return local


@pytest.fixture(scope="session")
def mlflow_address() -> str:
    """Where MLflow's server is, for the tests that start it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(scope="session")
def mlflow_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that server keeps its database, its artifacts and its log."""
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture(scope="session")
def mlflow_server(mlflow_address: str, mlflow_folder: Path) -> Iterator[str]:
    """A tracking server with a database file, which keeps the artifacts itself."""
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += [
        "--port",
        mlflow_address.rsplit(":", 1)[1],
        "--backend-store-uri",
        f"sqlite:///{mlflow_folder}/mlflow.db",
    ]
    command += ["--artifacts-destination", str(mlflow_folder / "artifacts")]
    with (
        (mlflow_folder / "server.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True) as server,
    ):
        try:
            wait_until(
                lambda: _answers(f"{mlflow_address}/health"), f"MLflow's server ({mlflow_folder}/server.log)", 90
            )
            yield mlflow_address
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).ok
    except requests.RequestException:
        return False
