"""Real operations on a real Airflow: killed workers, a restarted scheduler, races, rollbacks."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from devtools.hadoop.process import parent_of
from devtools.local_airflow.daemon import PythonDaemon
from devtools.local_airflow.standalone import PYTHON

from .conftest import TRAINED, Night, quiet, submitting, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def served(night: Night) -> Night:
    """There is a champion."""
    if night.context().promotions.current() is None:
        run = night.trigger("parcels_training", date=str(TRAINED))
        assert set(night.ended("parcels_training", run).values()) == {"success"}
    return night


@pytest.mark.fault("R8", "Airflow's worker killed while its Spark job runs")
def test_a_worker_killed_while_its_job_runs_leaves_one_run_and_no_process(served: Night) -> None:
    day = TRAINED + timedelta(days=6)
    run = served.trigger("parcels_daily", date=str(day))
    wait_until(lambda: bool(submitting("run")) and state(served, run, "score") == "running", "scoring", 300)
    [job] = submitting("run")
    task = parent_of(job)
    for pid in (parent_of(task), task):
        os.kill(pid, signal.SIGKILL)
    states = served.ended("parcels_daily", run, 900)
    assert quiet(states)
    assert served.instance("parcels_daily", run, "score")["try_number"] >= 2
    records = [record for record in served.context().ledger.records("score") if str(day) in record.partitions]
    assert len(records) == 1, "one effective run"
    assert submitting("run") == []


def state(night: Night, run: str, task: str) -> str:
    return night.tasks("parcels_daily", run).get(task, "")


@pytest.mark.fault("R9", "Airflow's scheduler killed and started again in the middle of a run")
def test_a_scheduler_that_is_started_again_goes_on_with_the_run(served: Night) -> None:
    day = TRAINED + timedelta(days=7)
    run = served.trigger("parcels_daily", date=str(day))
    wait_until(lambda: state(served, run, "clean") in {"running", "success"}, "cleaning", 300)
    with started_again(scheduler_of(served)):
        assert quiet(served.ended("parcels_daily", run, 900))
    assert scored(served, day) == 1


@pytest.mark.fault("R9", "Airflow's scheduler killed while it holds the row of a run, and its workers left behind")
def test_a_scheduler_killed_while_it_holds_a_run_does_not_keep_it_for_ever(served: Night) -> None:
    day = TRAINED + timedelta(days=11)
    run = served.trigger("parcels_daily", date=str(day))
    wait_until(lambda: state(served, run, "clean") in {"running", "success"}, "cleaning", 300)
    scheduler = scheduler_of(served)
    with holding(served) as held:
        wait_until(lambda: held_still(scheduler, held), "the scheduler to hold a run", 300, pause=0.02)
        with started_again(scheduler):
            assert held(), "its workers keep what it held"
            assert quiet(served.ended("parcels_daily", run, 900))
    assert scored(served, day) == 1


def scheduler_of(night: Night) -> PythonDaemon:
    """The scheduler, which lives."""
    scheduler = night.airflow.daemons[1]
    assert scheduler.name == "scheduler"
    assert scheduler.pid is not None
    return scheduler


def held_still(scheduler: PythonDaemon, held: Callable[[], bool]) -> bool:
    """Whether it was caught, and stays stopped, while it held something."""
    pid = scheduler.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    if held():
        return True
    os.kill(pid, signal.SIGCONT)
    return False


@contextmanager
def started_again(scheduler: PythonDaemon) -> Iterator[None]:
    """It is killed and started again before the block; what the killed one had started lives on in it."""
    killed = scheduler.pid
    assert killed is not None
    scheduler.kill()
    scheduler.start(seconds=180)
    yield
    with suppress(ProcessLookupError):
        os.killpg(killed, signal.SIGKILL)


@contextmanager
def holding(night: Night) -> Iterator[Callable[[], bool]]:
    """Whether a transaction that rests holds the row of a run."""
    command = [str(PYTHON), str(Path(__file__).with_name("locks.py")), night.database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as holder:
        questions, answers = holder.stdin, holder.stdout
        assert questions is not None
        assert answers is not None

        def held() -> bool:
            questions.write("\n")
            return int(answers.readline()) > 0

        yield held
        questions.close()


def scored(night: Night, day: date) -> int:
    """How many runs have scored a day."""
    return sum(str(day) in record.partitions for record in night.context().ledger.records("score"))


@pytest.mark.fault("R9", "two runs of the training DAG for one date at once")
def test_of_two_trainings_of_one_date_at_once_one_promotion_a_number_is_left(served: Night) -> None:
    before = len(served.context().promotions.history())
    day = TRAINED + timedelta(days=1)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: served.trigger("parcels_training", date=str(day)), range(2)))
    for run in runs:
        assert "failed" not in served.ended("parcels_training", run, 900).values()
    ledger = served.context().ledger
    assert len([record for record in ledger.records("train") if str(day) in record.partitions]) == 1
    history = served.context().promotions.history()
    assert [one.number for one in history] == list(range(1, len(history) + 1))
    assert len(history) - before <= 1


def test_a_rollback_by_hand_wants_a_reason_and_is_done_in_the_persons_name(served: Night) -> None:
    silent = served.trigger("parcels_rollback")
    assert served.ended("parcels_rollback", silent) == {"rollback": "failed"}
    assert "a rollback needs a reason" in served.log("parcels_rollback", silent, "rollback")
    assert served.instance("parcels_rollback", silent, "rollback")["try_number"] == 1


def test_a_backfill_dag_does_an_interval_in_one_job_a_stage(served: Night) -> None:
    start, end = TRAINED + timedelta(days=8), TRAINED + timedelta(days=11)
    run = served.trigger("parcels_backfill", **{"from": str(start), "to": str(end)})
    assert set(served.ended("parcels_backfill", run, 600).values()) == {"success"}
    interval_days = {str(start + timedelta(days=n)) for n in range(3)}
    scored = [day for one in served.context().ledger.records("score") for day in one.partitions if day in interval_days]
    assert sorted(scored) == sorted(interval_days), "each day once; a new champion's first day is a run of its own"
