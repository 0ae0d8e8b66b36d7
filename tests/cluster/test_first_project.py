"""A project that `assay init` wrote reaches its first promotion on YARN, by its own `spark-submit.sh`."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import open_place
from devtools.hadoop.cluster import Cluster

from .on_cluster import ENVIRONMENT, OnCluster

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]

NAME = "yarn_bakery"


@pytest.fixture
def bakery(
    cluster: Cluster, environment_archive: str, mlflow_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OnCluster:
    """The example's project with the addresses of this cluster, and its files on HDFS."""
    for name in ("ASSAY_PROJECT", "ASSAY_HOME"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / NAME
    assert invoke(["init", str(folder), "--example"]) == 0
    places = {"hdfs": cluster.hdfs, "webhdfs": cluster.webhdfs, "yarn": cluster.resource_manager}
    text = ENVIRONMENT.format(**places, mlflow=mlflow_server, environment=environment_archive)
    (folder / "conf" / "environments" / "cluster.yaml").write_text(text.replace("/parcels", f"/{NAME}"))
    landing = open_place(f"{cluster.hdfs}/{NAME}", [cluster.webhdfs])
    assert isinstance(landing, HdfsPath)
    local = folder / ".assay"
    for path in sorted((local / "landing").rglob("*.csv*")):
        (landing / path.relative_to(local).as_posix()).put(path)
    return OnCluster(folder, cluster)


def test_a_new_project_is_promoted_by_its_own_spark_submit_in_cluster_mode(bakery: OnCluster) -> None:
    command = [str(bakery.root / "spark-submit.sh"), "run", "--pipeline", NAME, "--env", "cluster"]
    command += ["--from", "2024-01-01", "--to", "2024-04-02", "--deploy-mode", "cluster"]
    variables = bakery.environment(ASSAY_PYTHON=sys.executable)
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    history = bakery.context_of(NAME).promotions.history()
    assert [(one.kind, one.champion) for one in history] == [("promote", 1)]
    assert date(2024, 4, 1) in bakery.context_of(NAME).ledger.latest("train", NAME)
