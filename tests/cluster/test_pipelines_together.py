"""`submit run --all` on YARN: a shared table is cleaned once, by its owner's application."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assay.store.delta.log import commits

from .on_cluster import OnCluster

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]


def test_two_pipelines_are_submitted_in_the_order_of_what_they_share(on_cluster: OnCluster, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(on_cluster.root, root, ignore=shutil.ignore_patterns("__pycache__", ".assay"))
    environment = root / "conf" / "environments" / "cluster.yaml"
    hdfs = on_cluster.cluster.hdfs
    environment.write_text(environment.read_text().replace(f"{hdfs}/parcels/lake", f"{hdfs}/together/lake"))
    text = (root / "conf" / "pipelines" / "parcels.yaml").read_text()
    (root / "conf" / "pipelines" / "letters.yaml").write_text(
        text.replace("pipeline: parcels\n", "pipeline: letters\n")
    )
    project = OnCluster(root, on_cluster.cluster)
    owned = project.assay("land", "parcels", "--date", "2024-01-01", "--env", "cluster")
    assert owned.returncode == 0, owned.stdout + owned.stderr

    words = ["submit", "run", "--all", "--date", "2024-01-01", "--select", "land..clean", "--env", "cluster", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "assay.cli.main", *words, "--deploy-mode", "cluster"],
        env=project.environment(), capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    ends = json.loads(done.stdout)["pipelines"]
    assert [(end["pipeline"], end["state"]) for end in ends] == [("parcels", "ran"), ("letters", "ran")]
    ctx = project.context_of("letters")
    assert "2024-01-01" in map(str, ctx.ledger.latest("clean", "parcels"))
    assert len([one for one in commits(ctx.folder("clean", "parcels")) if one.metadata.get("run_id")]) == 1
