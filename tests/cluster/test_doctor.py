"""`assay doctor` on a real HDFS and YARN: each line is ok, and what is wrong or down is named with what mends it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from assay.doctor.check_line import CheckLine, line_of
from assay.doctor.hadoop import check_hdfs, check_yarn
from assay.doctor.places import check_lake
from assay.spec.project import Project, open_project
from devtools.hadoop.cluster import Cluster
from devtools.hadoop.ports import free_port

from .on_cluster import ENVIRONMENT, TRAINED, OnCluster, make_project

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


@pytest.fixture
def project(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The small project with a lake on HDFS in which nothing ran, and no wait for what is down."""
    monkeypatch.setattr("assay.store.hadoop.webhdfs.RETRY_SECONDS", (0.05,) * 8)
    monkeypatch.setenv("HADOOP_CONF_DIR", str(cluster.conf))
    monkeypatch.delenv("YARN_CONF_DIR", raising=False)
    places = {"hdfs": cluster.hdfs, "webhdfs": cluster.webhdfs, "yarn": cluster.resource_manager}
    make_project(tmp_path / "project", ENVIRONMENT.format(**places, mlflow="http://127.0.0.1:1", environment="none"))
    return open_project(tmp_path / "project", env="cluster")


def hdfs(project: Project, *web: str) -> CheckLine:
    environment = replace(project.environment, webhdfs=web) if web else project.environment
    return line_of("hdfs", lambda: check_hdfs(environment))


def yarn(project: Project, *web: str) -> CheckLine:
    environment = replace(project.environment, resource_manager=web) if web else project.environment
    return line_of("yarn", lambda: check_yarn(environment))


def test_every_line_of_the_cluster_is_ok_and_an_executor_was_looked_at(
    on_cluster: OnCluster, mlflow_server: str
) -> None:
    assert mlflow_server.startswith("http://")
    command = [sys.executable, "-m", "assay.cli.main", "doctor", "--env", "cluster", "--json"]
    done = subprocess.run(
        command, env=on_cluster.environment(), capture_output=True, text=True, timeout=600, check=False
    )
    checks = json.loads(done.stdout)["checks"]
    cluster_lines = {title: checks[title] for title in ("hdfs", "lake", "mlflow", "yarn", "landing", "executors")}
    assert {title: one["exit_code"] for title, one in cluster_lines.items()} == dict.fromkeys(cluster_lines, 0), checks
    assert checks["hdfs"]["details"] == [f"{on_cluster.cluster.webhdfs}: active"]
    assert "1 active node" in checks["yarn"]["sentence"]
    assert sorted(checks["landing"]["details"]) == [
        f"landing/{table}: newest {TRAINED.replace(day=TRAINED.day - 1)}" for table in ("deliveries", "parcels")
    ]


def test_a_namenode_that_does_not_answer_is_named_beside_the_active_one(project: Project, cluster: Cluster) -> None:
    silent = f"http://127.0.0.1:{free_port()}"
    both = hdfs(project, silent, cluster.webhdfs)
    assert both.passed, both.sentence
    assert both.details == (f"{silent}: does not answer", f"{cluster.webhdfs}: active")
    alone = hdfs(project, silent)
    assert (alone.exit_code, alone.code) == (4, "hdfs-unreachable")
    assert silent in alone.sentence
    assert "haadmin" in alone.mend


def test_a_namenode_that_is_down_fails_the_lines_of_hdfs_and_of_the_lake_until_it_is_back(
    project: Project, cluster: Cluster
) -> None:
    assert hdfs(project).passed
    cluster.namenode.kill()
    try:
        assert (hdfs(project).exit_code, hdfs(project).code) == (4, "hdfs-unreachable")
        lake = line_of("lake", lambda: check_lake(project))
        assert (lake.exit_code, lake.code) == (4, "hdfs-unreachable")
    finally:
        cluster.start()
    assert hdfs(project).passed
    assert line_of("lake", lambda: check_lake(project)).passed


def test_a_wrong_address_of_yarn_and_a_missing_configuration_are_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert yarn(project).passed, yarn(project).sentence
    wrong = yarn(project, f"http://127.0.0.1:{free_port()}")
    assert wrong.exit_code == 4
    assert wrong.mend
    monkeypatch.delenv("HADOOP_CONF_DIR")
    without = yarn(project)
    assert (without.exit_code, without.code) == (2, "no-hadoop-conf")
