"""Airflow's DAGs on a real HDFS and YARN, in cluster mode: a training, a night, and a backfill with three faults."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest

from assay.store.hadoop.resource_manager import ResourceManager
from devtools.hadoop.process import arguments_of, living, parent_of
from devtools.hadoop.waiting import wait_until
from devtools.local_airflow.runs import clear, ended, tasks, trigger
from devtools.local_airflow.standalone import Airflow

from ..cluster.on_cluster import LIVED, TRAINED, OnCluster
from .airflow_over import airflow_over

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600)]
BACKFILL, DAILY, TRAINING = "parcels_backfill", "parcels_daily", "parcels_training"


@pytest.fixture(scope="module")
def cleaned(on_cluster: OnCluster, mlflow_server: str) -> OnCluster:
    """Every day is clean."""
    assert mlflow_server in (on_cluster.root / "conf" / "environments" / "cluster.yaml").read_text()
    lived = ("--from", str(LIVED.start), "--to", str(TRAINED))
    done = on_cluster.submit("run", "--select", "land..validate", *lived, "--deploy-mode", "client")
    assert done.returncode == 0, done.stdout + done.stderr
    return on_cluster


@pytest.fixture(scope="module")
def airflow(cleaned: OnCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    with airflow_over(cleaned, tmp_path_factory.mktemp("airflow")) as running:
        yield running


@pytest.fixture(scope="module")
def served(airflow: Airflow, cleaned: OnCluster) -> OnCluster:
    """The training DAG has promoted a champion."""
    run = trigger(airflow, TRAINING, date=str(TRAINED))
    assert set(ended(airflow, TRAINING, run, 1200).values()) == {"success"}
    return cleaned


def started(airflow: Airflow, first: int, last: int) -> str:
    """A backfill of days before the training."""
    interval = {"from": str(TRAINED - timedelta(days=first)), "to": str(TRAINED - timedelta(days=last))}
    return trigger(airflow, BACKFILL, **interval)


def submissions(served: OnCluster) -> list[int]:
    """The clients on this machine that submitted to this cluster; other lanes have theirs beside it."""
    return [
        pid
        for pid in living()
        if "org.apache.spark.deploy.SparkSubmit" in arguments_of(pid)
        and any(served.cluster.hdfs in word for word in arguments_of(pid))
    ]


def application_of(airflow: Airflow, served: OnCluster, run: str, task: str) -> str:
    """The application that a task of a backfill waits for, as soon as YARN knows it."""
    wait_until(lambda: tasks(airflow, BACKFILL, run).get(task) == "running", f"the task {task}", 900)
    wait_until(lambda: bool(served.running()), "the application", 300)
    [application] = served.running()
    return application


def tries(airflow: Airflow, run: str, task: str) -> int:
    return int(airflow.ask("GET", f"dags/{BACKFILL}/dagRuns/{run}/taskInstances/{task}")["try_number"])


def test_a_training_promotes_on_yarn_in_the_name_of_who_triggered_it(served: OnCluster) -> None:
    first = served.context().promotions.history()[0]
    assert (first.kind, first.champion, first.claimed) == ("promote", 1, "admin")


def test_a_night_on_yarn_runs_once(airflow: Airflow, served: OnCluster) -> None:
    day = TRAINED - timedelta(days=1)
    run = trigger(airflow, DAILY, date=str(day))
    night = ended(airflow, DAILY, run, 1200)
    assert night == dict.fromkeys(night, "success")
    records = [record for record in served.context().ledger.records("score") if record.claimed == "admin"]
    assert [list(record.partitions) for record in records] == [[str(day)]]


@pytest.fixture(scope="module")
def backfill(airflow: Airflow, served: OnCluster) -> str:
    """A backfill of a week that meets three faults, one after the other: it begins without a ResourceManager."""
    served.cluster.resourcemanager.kill()
    run = started(airflow, 14, 7)
    wait_until(
        lambda: tasks(airflow, BACKFILL, run).get("land") == "up_for_retry", "the first try to fail", 300, pause=1.0
    )
    served.cluster.start()
    return run


@pytest.mark.fault("R8", "Airflow's worker killed while its YARN application runs in cluster mode")
def test_a_retry_adopts_the_application_of_a_worker_that_was_killed(
    airflow: Airflow, served: OnCluster, backfill: str
) -> None:
    application_of(airflow, served, backfill, "score")
    [submit] = submissions(served)
    task = parent_of(submit)
    for pid in (submit, parent_of(task), task):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: tasks(airflow, BACKFILL, backfill)["score"] == "success", "the next try", 900, pause=1.0)
    number = tries(airflow, backfill, "score")
    log = airflow.ask("GET", f"dags/{BACKFILL}/dagRuns/{backfill}/taskInstances/score/logs/{number}?full_content=true")
    assert "does this already" in str(log["content"])
    [scored] = [
        record
        for record in served.context().ledger.records("score")
        if str(TRAINED - timedelta(days=13)) in record.partitions
    ]
    assert len(scored.partitions) == 7
    assert scored.footprint is not None
    assert scored.footprint.application is not None
    assert scored.footprint.application.application.startswith("application_")


@pytest.mark.fault("R10", "an Airflow task that a person stops while its YARN application runs in cluster mode")
def test_a_stopped_task_ends_its_application_and_a_cleared_one_does_the_work(
    airflow: Airflow, served: OnCluster, backfill: str
) -> None:
    application = application_of(airflow, served, backfill, "monitor")
    airflow.ask("PATCH", f"dags/{BACKFILL}/dagRuns/{backfill}/taskInstances/monitor", new_state="failed")
    wait_until(lambda: served.running() == [], "the application to end", 120, pause=1.0)
    yarn = ResourceManager([served.cluster.resource_manager])
    assert yarn.application(application).final_status == "KILLED"
    clear(airflow, BACKFILL, backfill, "monitor")
    wait_until(
        lambda: tasks(airflow, BACKFILL, backfill)["monitor"] != "failed", "the task to be tried again", 120, pause=1.0
    )
    assert set(ended(airflow, BACKFILL, backfill, 1200).values()) == {"success"}
    monitored = [record.start for record in served.context().ledger.records("monitor")]
    assert monitored.count(TRAINED - timedelta(days=14)) == 1


def test_a_task_that_finds_no_resource_manager_is_tried_again_by_itself(airflow: Airflow, backfill: str) -> None:
    assert set(ended(airflow, BACKFILL, backfill, 1200).values()) == {"success"}
    assert tries(airflow, backfill, "land") == 2
