"""A listener of Airflow's scheduler that writes the notes of a run and of its tasks when the run ends.

A task of Airflow 3 cannot write a note: its API has no such call, and it reaches no database. The scheduler can, in the
transaction in which the run ends. This is the only file that names the tables of Airflow's database;
`tests/airflow/test_run_notes.py` holds the contract with the installed version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airflow.listeners import hookimpl

from assay.orchestration.note_text import TaskVerdict, ended_early, is_summary, run_note, task_note


@hookimpl
def on_dag_run_success(dag_run: Any) -> None:
    """Write the notes of a run that succeeded."""
    write_notes(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any) -> None:
    """Write the notes of a run that failed."""
    write_notes(dag_run)


def write_notes(dag_run: Any) -> None:
    """Write the notes of a run whose tasks published a verdict; a note that a person wrote stays.

    It commits nothing: the caller's transaction ends the run and keeps the notes, or neither.
    """
    ended = sorted(_ended(dag_run), key=lambda one: (one[0].end_date is None, one[0].end_date))
    for instance, verdict in ended:
        _assign(instance, instance.task_instance_note, task_note(verdict))
    if ended:
        _assign(dag_run, dag_run.dag_run_note, run_note([verdict for _, verdict in ended]))


def _ended(dag_run: Any) -> Iterator[tuple[Any, TaskVerdict]]:
    """Yield the tasks of the run that published a verdict, and those that failed before they did.

    Nothing is yielded for a run without any verdict, which may be one of another DAG.
    """
    # Every process of Airflow loads its plugins, tasks too; only one with a database comes here.
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from sqlalchemy import select
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None:
        return
    rows = session.scalars(select(XComModel).where(XComModel.dag_run_id == dag_run.id, XComModel.key == "verdict"))
    summaries = {row.task_id: value for row in rows if is_summary(value := _value(row))}
    if not summaries:
        return
    dates = next((str(summary["dates"]) for summary in summaries.values() if summary["dates"]), "")
    of_run = select(TaskInstance).where(TaskInstance.dag_id == dag_run.dag_id, TaskInstance.run_id == dag_run.run_id)
    for instance in session.scalars(of_run):
        failed, summary = str(instance.state) == "failed", summaries.get(instance.task_id)
        if summary is not None:
            yield instance, TaskVerdict(instance.task_id, failed, summary)
        elif failed:
            yield instance, ended_early(instance.task_id, dates)


def _value(row: Any) -> Any:
    """Return the value of an XCom; None where it is elsewhere or of another kind."""
    if not isinstance(row.value, str):
        return row.value
    try:
        return json.loads(row.value)
    except ValueError:
        return None


def _assign(target: Any, note: Any, text: str) -> None:
    """Write a note unless a person wrote one: that has a user."""
    if note is None or note.user_id is None:
        target.note = text
