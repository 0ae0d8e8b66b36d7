"""Each version scores by its own code on YARN, whatever the user's package holds today."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assay.core.model_versions import ModelVersion
from assay.core.operations.retention import partition_of
from assay.store.delta.table_files import DeltaFiles
from devtools.hadoop.spark import ON_LOOPBACK, in_yaml

from ..another_version import another_version
from ..edited_features import EDITED
from .on_cluster import TRAINED, OnCluster, make_project

pytestmark = [pytest.mark.system, pytest.mark.timeout(2400)]

BROKEN = "raise RuntimeError('the code of today was imported')\n"

NEAR = """\
lake: {hdfs}/parcels/lake
landing: {hdfs}/parcels
hdfs: {{web: ["{webhdfs}"]}}
spark:
  master: local[2]
  conf:
"""
NEAR += in_yaml(ON_LOOPBACK) + 'mlflow: {{tracking: "{mlflow}"}}\n'


def checkout(served: OnCluster, target: Path, mlflow: str) -> OnCluster:
    """A copy of the project to edit, with an environment `near` whose Spark runs on this machine, on the same lake."""
    make_project(target, (served.root / "conf" / "environments" / "cluster.yaml").read_text())
    places = {"hdfs": served.cluster.hdfs, "webhdfs": served.cluster.webhdfs, "mlflow": mlflow}
    (target / "conf" / "environments" / "near.yaml").write_text(NEAR.format(**places))
    return OnCluster(target, served.cluster)


def scores(project: OnCluster, kind: str, days: list[date]) -> list[tuple[object, ...]]:
    """The predictions of some days, read without Spark."""
    folder, wanted = project.context().folder(kind, "parcels"), {str(day) for day in days}
    rows: list[tuple[object, ...]] = []
    for path in DeltaFiles(folder).paths():
        day = partition_of(path)
        if day in wanted:
            table = pq.read_table(
                io.BytesIO((folder / path).read_bytes()), columns=["parcel", "score", "model_version"]
            )
            rows += [(day, *row.values()) for row in table.to_pylist()]
    return sorted(rows)


def interval(days: list[date]) -> list[str]:
    return ["--from", str(days[0]), "--to", str(days[-1] + timedelta(days=1))]


def scored_on_yarn(project: OnCluster, days: list[date], mode: str) -> None:
    """Score on the cluster, in exactly one application."""
    before = set(project.applications())
    done = project.submit("score", *interval(days), "--deploy-mode", mode)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(set(project.applications()) - before) == 1


def scored_here(project: OnCluster, days: list[date], kind: str) -> list[tuple[object, ...]]:
    """The scores that local mode writes over those of the cluster."""
    command = [sys.executable, "-m", "assay.cli.main", "score", "parcels", "--env", "near", "--force", *interval(days)]
    done = subprocess.run(command, env=project.environment(), capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return scores(project, kind, days)


def decided(project: OnCluster, *words: str) -> None:
    done = project.assay(words[0], "parcels", *words[1:], "--reason", "a test of own code", "--env", "cluster")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.fault("R42", "a champion's package edited while it serves, on YARN")
def test_versions_of_other_code_are_judged_and_score_as_in_local_mode_and_after_a_rollback_too(
    served: OnCluster, mlflow_server: str, tmp_path: Path
) -> None:
    first = served.context().promotions.current()
    assert first is not None
    assert first.champion is not None
    old, new = (checkout(served, tmp_path / name, mlflow_server) for name in ("old", "new"))
    with (new.root / "parcel_code" / "features.py").open("a") as file:
        file.write(EDITED)
    for stage, code in (("train", 0), ("gate", 3)):
        done = new.submit(stage, "--date", str(TRAINED), "--deploy-mode", "client")
        assert done.returncode == code, done.stdout + done.stderr
    other = another_version(new.context(), TRAINED, new.context().ledger.records("train")[-1])
    judged = new.context().promotions.current()
    assert judged is not None
    assert judged.champion == first.champion, "the same model in other units gains nothing"
    assert judged.evidence.versions[other].code != judged.evidence.versions[first.champion].code

    today = OnCluster(tmp_path / "today", served.cluster)
    shutil.copytree(new.root, today.root, ignore=shutil.ignore_patterns("__pycache__", ".assay"))
    (today.root / "parcel_code" / "features.py").write_text(BROKEN)
    planned = today.assay("plan", "parcels", *interval(days(22)), "--select", "score", "--env", "cluster")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert judged.evidence.versions[first.champion].code[:12] in planned.stdout, planned.stdout

    scored_on_yarn(today, days(22), "cluster")
    on_yarn = scores(today, "predictions", days(22))
    assert versions_in(on_yarn) == {first.champion}
    assert scored_here(old, days(22), "predictions") == on_yarn

    decided(today, "promote", str(other))
    scored_on_yarn(today, days(24), "client")
    promoted = scores(today, "predictions", days(24))
    assert versions_in(promoted) == {other}
    assert scored_here(new, days(24), "predictions") == promoted

    decided(today, "rollback")
    scored_on_yarn(today, days(26), "cluster")
    back = scores(today, "predictions", days(26))
    assert versions_in(back) == {first.champion}
    assert scored_here(old, days(26), "predictions") == back


def days(before: int) -> list[date]:
    """Two days, that many days before the training's date, which no other test scores."""
    return [TRAINED - timedelta(days=before), TRAINED - timedelta(days=before - 1)]


def versions_in(rows: list[tuple[object, ...]]) -> set[ModelVersion]:
    assert rows
    return {ModelVersion(int(str(row[-1]))) for row in rows}
