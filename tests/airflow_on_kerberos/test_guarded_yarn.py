"""Airflow's DAGs on a cluster that Kerberos guards, in cluster mode: a training, and a stage that a person stops."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from devtools.hadoop.waiting import wait_until
from devtools.local_airflow.runs import clear, ended, tasks, trigger
from devtools.local_airflow.standalone import Airflow

from ..airflow_on_yarn.airflow_over import airflow_over
from ..cluster.on_cluster import LIVED, TRAINED
from ..kerberos.kerberos_project import MARKS, KerberosProject

pytestmark = [*MARKS, pytest.mark.timeout(3600)]
BACKFILL, TRAINING = "parcels_backfill", "parcels_training"


@pytest.fixture(scope="module")
def airflow(
    kerberized: KerberosProject, mlflow_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Airflow]:
    """Every day is clean, and Airflow runs, whose tasks have no ticket: the environment names a keytab."""
    assert mlflow_server in (kerberized.root / "conf" / "environments" / "cluster.yaml").read_text()
    lived = ("--from", str(LIVED.start), "--to", str(TRAINED))
    done = kerberized.submit("run", "--select", "land..validate", *lived, "--deploy-mode", "client")
    assert done.returncode == 0, done.stdout + done.stderr
    with airflow_over(kerberized, tmp_path_factory.mktemp("airflow")) as running:
        yield running


@pytest.fixture(scope="module")
def promoted(airflow: Airflow) -> Airflow:
    """The training DAG has promoted a champion."""
    run = trigger(airflow, TRAINING, date=str(TRAINED))
    assert set(ended(airflow, TRAINING, run, 1200).values()) == {"success"}
    return airflow


@pytest.mark.usefixtures("promoted")
def test_a_training_promotes_on_a_guarded_cluster(kerberized: KerberosProject) -> None:
    status = json.loads(kerberized.assay("status", "parcels", "--env", "cluster", "--json").stdout)
    assert status["champion"] == 1


@pytest.mark.fault("R10", "an Airflow task that a person stops while its application runs on a YARN with Kerberos")
def test_a_stopped_task_ends_its_application_and_a_cleared_one_does_the_work(
    promoted: Airflow, kerberized: KerberosProject
) -> None:
    start, end = TRAINED - timedelta(days=14), TRAINED - timedelta(days=7)
    run = trigger(promoted, BACKFILL, **{"from": str(start), "to": str(end)})
    wait_until(lambda: tasks(promoted, BACKFILL, run).get("score") == "running", "scoring", 900, pause=1.0)
    before = set(kerberized.applications())
    wait_until(lambda: set(kerberized.applications()) > before, "the application", 300, pause=1.0)
    [application] = set(kerberized.applications()) - before
    tag = submitted(promoted, run)
    promoted.ask("PATCH", f"dags/{BACKFILL}/dagRuns/{run}/taskInstances/score", new_state="failed")
    submission = kerberized.assay(
        "submission", "status", tag, "--application", application, "--env", "cluster", "--json"
    )
    assert (submission.returncode, "KILLED" in submission.stdout) == (4, True), submission.stdout + submission.stderr
    clear(promoted, BACKFILL, run, "score")
    wait_until(lambda: tasks(promoted, BACKFILL, run)["score"] != "failed", "the task to be tried again", 120)
    assert set(ended(promoted, BACKFILL, run, 1200).values()) == {"success"}
    status = json.loads(kerberized.assay("status", "parcels", "--env", "cluster", "--json").stdout)
    assert status["scored"]["days"] == 7


def submitted(airflow: Airflow, run: str) -> str:
    """The tag of the submission that scores, as the task's log has it."""
    path = f"dags/{BACKFILL}/dagRuns/{run}/taskInstances/score/logs/1?full_content=true"
    match = re.search(r"submission (assay-[\w-]+)", str(airflow.ask("GET", path)))
    assert match is not None
    return match[1]
