"""The contract with the tables of Airflow's database: the listener writes notes, and leaves those of persons alone."""

from __future__ import annotations

import json
import os
import subprocess

from devtools.local_airflow.standalone import PYTHON, ROOT

PROGRAM = """
import json
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session

from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from airflow.listeners.listener import get_listener_manager
from assay.orchestration.airflow import run_notes

import_all_models()
engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
now = datetime(2024, 2, 8, 12, tzinfo=UTC)


def run_of(session, run_id, tasks, *, key="verdict"):
    run = DagRun(dag_id="parcels_daily", run_id=run_id, run_type="manual", run_after=now, state="failed")
    session.add(run)
    session.flush()
    for number, (task, state, sentence) in enumerate(tasks):
        session.execute(insert(TaskInstance.__table__).values(
            id=uuid4(), task_id=task, dag_id=run.dag_id, run_id=run_id, map_index=-1, state=state, try_number=1,
            max_tries=0, pool="default_pool", pool_slots=1, priority_weight=1, custom_operator_name="",
            end_date=None if state == "running" else now.replace(minute=number),
        ))
        if not sentence:
            continue
        value = {"sentence": sentence, "exit_code": 0, "dates": "2024-02-08"}
        session.execute(insert(XComModel.__table__).values(
            dag_run_id=run.id, task_id=task, map_index=-1, key=key, dag_id=run.dag_id, run_id=run_id, value=value,
        ))
    return run


def notes_of(session, run):
    session.flush()
    session.expire_all()
    instances = session.scalars(select(TaskInstance).where(TaskInstance.run_id == run.run_id))
    return {None: run.note} | {one.task_id: one.note for one in instances}


manager = get_listener_manager()
manager.clear()
manager.add_listener(run_notes)
with Session(engine) as session:
    tasks = [("land", "success", "landed"), ("clean", "failed", "held")]
    red = run_of(session, "red", tasks)
    manager.hook.on_dag_run_failed(dag_run=red, msg="task_failure")
    other = run_of(session, "other", tasks, key="another")
    manager.hook.on_dag_run_success(dag_run=other, msg="success")
    read = run_of(session, "read", tasks)
    read.note = ("looked at by eva", "eva")
    manager.hook.on_dag_run_failed(dag_run=read, msg="task_failure")
    manager.hook.on_dag_run_failed(dag_run=read, msg="task_failure")
    killed = run_of(session, "killed", [("land", "success", "landed"), ("clean", "failed", "")])
    manager.hook.on_dag_run_failed(dag_run=killed, msg="task_failure")
    marked = run_of(session, "marked", [("land", "running", "landed"), ("clean", "running", "held")])
    manager.hook.on_dag_run_failed(dag_run=marked, msg="Dag Run's state was manually set to `failed`.")
    nameless = run_of(session, "nameless", [("land", "failed", "")])
    manager.hook.on_dag_run_failed(dag_run=nameless, msg="task_failure")
    runs = (red, other, read, killed, marked, nameless)
    print(json.dumps([list(notes_of(session, run).values()) for run in runs]))
"""


def test_the_notes_of_a_run_and_of_its_tasks_follow_from_their_verdicts() -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT / "src")}
    command = [str(PYTHON), "-W", "ignore", "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    red, other, read, killed, marked, nameless = json.loads(done.stdout.splitlines()[-1])
    of_tasks = ["Data of 2024-02-08: landed", "Data of 2024-02-08: held"]
    assert red == ["Data of 2024-02-08: clean: held", *of_tasks]
    assert other == [None, None, None], "a DAG of another kind"
    assert read == ["looked at by eva", *of_tasks], "what a person wrote stays"
    assert killed[0].startswith("Data of 2024-02-08: clean: ")
    assert killed[1] == of_tasks[0]
    assert killed[2] == killed[0].replace("clean: ", "")
    assert marked[1:] == of_tasks, "tasks that did not end"
    assert nameless == [None, None], "no task of the run published anything"
