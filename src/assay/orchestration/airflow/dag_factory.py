"""Airflow's DAGs, built from the plans of a project's pipelines; a broken pipeline has none, and spoils no other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAlias,
    AssetOrTimeSchedule,
    BaseOperator,
    CronDataIntervalTimetable,
    Param,
    ParamsDict,
)

from assay.errors import InputError, SpecErrors
from assay.orchestration.airflow.approval_operator import PromotionApproval
from assay.orchestration.airflow.operators import CommandOperator, DowngradeOperator, LandingSensor
from assay.orchestration.airflow.stage_operator import StageOperator
from assay.orchestration.airflow.task_mixin import TaskConfig
from assay.orchestration.assay_cli import AssayCli
from assay.orchestration.dag_docs import about_dag
from assay.orchestration.dag_plan import DagPlan, TaskPlan, dag_plans, landing_timeout
from assay.spec.project import Pipeline, load_pipeline, open_project

ENV_VARIABLE = "ASSAY_ENV"
"""The environment variable that names the file of conf/environments by which a scheduler's tasks run."""

LONGEST_PAUSE = timedelta(hours=1)
_AT_ONCE = {"daily": 3}
"""Runs of a DAG at once: a daily run that waits for its landing holds up no other; all else runs one by one."""

START = datetime(2000, 1, 1, tzinfo=UTC)
"""An instant before every date of a backfill; nothing is caught up by itself."""

_DATE_HELP = "The date of the data, as 2013-03-01; without it the local date on which the run is due: today"

_PARAMS: dict[str, Param] = {
    "date": Param(None, type=["null", "string"], format="date", description=_DATE_HELP),
    "from": Param(None, type=["null", "string"], format="date", description="The first date"),
    "to": Param(None, type=["null", "string"], format="date", description="The first date that is left out"),
    "reason": Param("", type="string", description="Why; the ledger holds it with your name"),
    "version": Param(None, type=["null", "integer"], description="An earlier champion; by default the one before"),
    "automatic": Param(False, type="boolean", description="Only if the monitor requests it and the spec allows it"),
}


def dags_of(root: Path) -> dict[str, DAG]:
    """Return the DAGs of all pipelines without a mistake of the project at `root`, by name."""
    project = open_project(root, env=_env())
    dags: dict[str, DAG] = {}
    for name in project.pipelines():
        try:
            pipeline = load_pipeline(project, name)
        except InputError:
            continue  # `refuse_broken_pipelines` reports it
        for plan in dag_plans(pipeline):
            dags[plan.name] = _dag(pipeline, plan)
    return dags


def refuse_broken_pipelines(root: Path) -> None:
    """Check all pipelines of the project at `root`.

    It is called in a DAG file of its own, since Airflow leaves out every DAG of a file that has an error.

    Raises:
        SpecErrors: Some pipelines have mistakes. The error has all of them.
    """
    project = open_project(root, env=_env())
    errors: list[InputError] = []
    for name in project.pipelines():
        try:
            load_pipeline(project, name)
        except SpecErrors as several:
            errors += several.errors
        except InputError as one:
            errors.append(one)
    if errors:
        raise BrokenPipelines(errors) from None


class BrokenPipelines(SpecErrors):
    """The entry among Airflow's import errors: each mistake with its file, line and column."""

    def __str__(self) -> str:
        return "\n" + self.render()


def _env() -> str:
    return os.environ.get(ENV_VARIABLE, "local")


def _dag(pipeline: Pipeline, plan: DagPlan) -> DAG:
    operate = pipeline.spec.operate
    dag = DAG(
        plan.name,
        description=plan.title,
        schedule=_schedule(pipeline, plan),
        start_date=START,
        catchup=False,
        # A DAG that only people start by hand has to run at once: a run of a paused DAG would wait unseen.
        is_paused_upon_creation=False if plan.by_hand else None,
        max_active_runs=_AT_ONCE.get(plan.kind, 1),
        tags={pipeline.name, *operate.tags},
        doc_md=about_dag(pipeline, plan),
        default_args={
            "owner": pipeline.spec.owner,
            "retries": operate.retries,
            "retry_delay": timedelta(seconds=operate.retry_after),
            "retry_exponential_backoff": True,
            "max_retry_delay": max(LONGEST_PAUSE, timedelta(seconds=operate.retry_after)),
        },
    )
    tasks: dict[str, BaseOperator] = {}
    for one in plan.tasks:
        tasks[one.name] = task = _task(pipeline, dag, one)
        task.set_upstream([tasks[name] for name in one.after])
    # Given last, they are not copied into every task, which would take most of the time of a parse.
    dag.params = ParamsDict({name: _PARAMS[name] for name in plan.parameters or ("date",)})
    if "downgrade" in tasks:
        # A run fails by its last tasks, and a teardown is none of them: the monitor's failure is what counts.
        tasks["downgrade"].as_teardown()
    return dag


def _schedule(pipeline: Pipeline, plan: DagPlan) -> Any:
    zone, assets = pipeline.spec.timezone, [Asset(uri, uri=uri) for uri in plan.on]
    by_time = None if plan.cron is None else CronDataIntervalTimetable(plan.cron, timezone=zone)
    if by_time is not None and assets:
        return AssetOrTimeSchedule(timetable=by_time, assets=assets)
    return by_time or assets or None


def _task(pipeline: Pipeline, dag: DAG, plan: TaskPlan) -> BaseOperator:
    outlets: list[Asset | AssetAlias] = [Asset(uri, uri=uri) for uri in plan.outlets]
    if plan.training_request_asset:
        outlets.append(AssetAlias(plan.training_request_asset))
    airflow: Mapping[str, Any] = {"task_id": plan.name, "dag": dag, "outlets": outlets, "doc_md": plan.doc}
    if plan.kind == "downgrade":
        return DowngradeOperator(trigger_dag_id=plan.command[0], conf={"automatic": True}, **airflow)
    tracking = pipeline.project.environment.mlflow_tracking
    work = TaskConfig(plan, AssayCli(pipeline.project.root, _env()), pipeline.name, pipeline.spec.timezone, tracking)
    operator_arguments: Mapping[str, Any] = {"work": work, **airflow}
    if plan.kind == "landing":
        return LandingSensor(
            timeout=landing_timeout(pipeline), poke_interval=timedelta(minutes=1), **operator_arguments
        )
    if plan.kind == "approval":
        reason = Param("", type="string", description="Why; the ledger holds it with your name")
        expires = timedelta(seconds=pipeline.spec.promotion.expires)
        return PromotionApproval(response_timeout=expires, params={"reason": reason}, **operator_arguments)
    if plan.kind == "command":
        return CommandOperator(**operator_arguments)
    return StageOperator(execution_timeout=timedelta(seconds=pipeline.spec.operate.stage_timeout), **operator_arguments)
