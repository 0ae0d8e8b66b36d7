"""What is stopped on a real Airflow: a wait for a landing, a stage that takes too long, all of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ..expect_errors import missing_data
from .conftest import TRAINED, Night, airflow_on, leaders_of, living_in, submitting, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]
DAILY = "parcels_daily"
SHORT, LONG = "stage_timeout: 5 seconds", "stage_timeout: 12 hours"


@pytest.fixture(scope="module")
def hasty(project: Path, cleaned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A landing is waited for for a minute, and a stage may take five seconds."""
    folder = tmp_path_factory.mktemp("hasty")
    root = Path(shutil.copytree(project, folder / "project"))
    spec = root / "conf" / "pipelines" / "parcels.yaml"
    spec.write_text(
        spec.read_text().replace(
            "retry_after: 10 seconds", f"retry_after: 10 seconds, landing_timeout: 1 minute, {SHORT}"
        )
    )
    with airflow_on(root, cleaned, folder) as night:
        yield night


def state(night: Night, run: str, task: str) -> str:
    return night.tasks(DAILY, run).get(task, "")


def allow_long_stages(night: Night) -> None:
    spec = night.root / "conf" / "pipelines" / "parcels.yaml"
    spec.write_text(spec.read_text().replace(SHORT, LONG))


def cleanings(night: Night, day: date) -> int:
    records = night.context().ledger.records("clean", "parcels")
    return sum(str(day) in record.partitions for record in records)


def test_a_landing_that_does_not_come_fails_by_name_when_its_time_is_over(hasty: Night) -> None:
    missing = date(2024, 3, 15)
    run = hasty.trigger(DAILY, date=str(missing))
    states = hasty.ended(DAILY, run, 300)
    assert states.pop("wait_for_landing") == "failed"
    assert set(states.values()) == {"upstream_failed"}, "nothing passes in silence"
    message = f"nothing has landed of parcels for {missing}, 1 minute after this run was due"
    assert message in hasty.log(DAILY, run, "wait_for_landing")
    assert hasty.state(DAILY, run) == "failed"


@pytest.mark.fault("R10", "a task that Airflow's time limit stops while its Spark job runs")
def test_a_stage_that_takes_too_long_is_stopped_with_its_job_and_done_by_a_longer_try(hasty: Night) -> None:
    run = hasty.trigger(DAILY, date=str(TRAINED))
    wait_until(lambda: state(hasty, run, "clean") == "up_for_retry", "the time limit", 240)
    assert submitting("run") == [], "no writer is left"
    assert missing_data(hasty.log(DAILY, run, "clean"), "5") == []
    allow_long_stages(hasty)
    wait_until(
        lambda: state(hasty, run, "clean") == "success",
        "the next try",
        400,
        details=lambda: hasty.diagnosis(DAILY, run),
    )
    assert cleanings(hasty, TRAINED) == 1
    hasty.airflow.ask("PATCH", f"dags/{DAILY}/dagRuns/{run}", state="failed")


@pytest.mark.fault("R10", "a task that a person stops while its Spark job runs (SIGTERM)")
def test_a_stage_that_a_person_stops_leaves_no_job_and_is_done_when_it_is_cleared(hasty: Night) -> None:
    day = TRAINED + timedelta(days=1)
    run = hasty.trigger(DAILY, date=str(day))
    wait_until(lambda: bool(submitting("run")), "the job", 240)
    hasty.airflow.ask("PATCH", f"dags/{DAILY}/dagRuns/{run}/taskInstances/clean", new_state="failed")
    wait_until(lambda: not submitting("run"), "the job to end", 60)
    assert cleanings(hasty, day) == 0
    # Airflow loses a run that is cleared at the moment in which its scheduler calls it failed.
    hasty.ended(DAILY, run)
    hasty.clear(DAILY, run, "clean")
    wait_until(
        lambda: state(hasty, run, "clean") == "success",
        "the cleared task",
        240,
        details=lambda: hasty.diagnosis(DAILY, run),
    )
    assert cleanings(hasty, day) == 1
    hasty.airflow.ask("PATCH", f"dags/{DAILY}/dagRuns/{run}", state="failed")


@pytest.mark.fault("R10", "Airflow stopped while a Spark job runs, and started again")
def test_airflow_that_is_stopped_ends_what_runs_and_goes_on_when_it_is_started_again(hasty: Night) -> None:
    allow_long_stages(hasty)
    day = TRAINED + timedelta(days=2)
    run = hasty.trigger(DAILY, date=str(day))
    wait_until(lambda: bool(submitting("run")), "the job", 240)
    [job] = submitting("run")
    started = leaders_of(hasty.airflow.home)
    assert job in living_in(started)
    hasty.airflow.stop(seconds=1)
    assert living_in(started) == []
    assert cleanings(hasty, day) == 0
    hasty.airflow.start()
    wait_until(
        lambda: state(hasty, run, "clean") == "success",
        "the next try",
        400,
        details=lambda: hasty.diagnosis(DAILY, run),
    )
    assert cleanings(hasty, day) == 1
    hasty.airflow.ask("PATCH", f"dags/{DAILY}/dagRuns/{run}", state="failed")
