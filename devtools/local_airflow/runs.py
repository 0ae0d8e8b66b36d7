"""Runs of DAGs, over Airflow's API: triggered, watched to their end, and their tasks cleared."""

from __future__ import annotations

from collections.abc import Callable

from devtools.hadoop.waiting import wait_until
from devtools.local_airflow.standalone import Airflow

OVER = frozenset({"success", "failed"})
_PAUSE = 1.0
"""Seconds between two requests: an answer of the API costs more than a look at a process."""


def trigger(airflow: Airflow, dag: str, **conf: object) -> str:
    """Trigger a run of a DAG by hand, after switching the DAG on, and return the run's id."""
    airflow.ask("PATCH", f"dags/{dag}", is_paused=False)
    return str(airflow.ask("POST", f"dags/{dag}/dagRuns", logical_date=None, conf=conf)["dag_run_id"])


def state(airflow: Airflow, dag: str, run: str) -> str:
    """Return the state of a run."""
    return str(airflow.ask("GET", f"dags/{dag}/dagRuns/{run}")["state"])


def tasks(airflow: Airflow, dag: str, run: str) -> dict[str, str]:
    """Return the state of each task of a run."""
    instances = airflow.ask("GET", f"dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
    return {one["task_id"]: str(one["state"]) for one in instances}


def ended(
    airflow: Airflow, dag: str, run: str, seconds: float, *, details: Callable[[], str] = lambda: ""
) -> dict[str, str]:
    """Wait until a run is over, and return the state of each of its tasks.

    Raises:
        InfrastructureError: It is not over after `seconds`; the error has the text of `details`.
    """
    wait_until(
        lambda: state(airflow, dag, run) in OVER, f"the end of {dag} {run}", seconds, details=details, pause=_PAUSE
    )
    return tasks(airflow, dag, run)


def clear(airflow: Airflow, dag: str, run: str, task: str) -> None:
    """Let a task and those behind it run again."""
    airflow.ask(
        "POST", f"dags/{dag}/clearTaskInstances",
        dry_run=False, dag_run_id=run, task_ids=[task], only_failed=False, include_downstream=True,
    )  # fmt: skip
