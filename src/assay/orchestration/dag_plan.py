"""The plan of a pipeline for a scheduler: DAGs as plain data, which a factory turns into Airflow's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from assay.spec.project import Pipeline

Kind = Literal["landing", "stage", "command", "approval", "downgrade"]
DATE, FROM, TO = "{date}", "{from}", "{to}"
REASON, VERSION, AUTOMATIC, REQUESTED = "{reason}", "{version}", "{automatic}", "{requested}"
PROPOSAL = "{proposal}"
"""The placeholders in arguments.

They are for the local dates of a run, for the parameters that it was triggered with, for the option of a training that
an event started, and for the run of Assay that proposed what is to be promoted.
"""

DAILY = ("land", "clean", "validate", "score", "monitor")


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """One task.

    - `command` is a stage's job and its options for a stage, else a command of `assay`.
    - `continue_statuses` are the statuses of its outcome with which the tasks behind it run, None for any.
    - `training_request_asset` is the URI of the asset that gets an event if the monitor requests a training.
    - `judged_by` is the task whose proposal this one submits for approval, declines or carries out.
    """

    name: str
    kind: Kind
    command: tuple[str, ...]
    doc: str
    after: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    continue_statuses: frozenset[str] | None = None
    training_request_asset: str = ""
    judged_by: str = ""


@dataclass(frozen=True, slots=True)
class DagPlan:
    """One DAG: when it runs by itself, and its tasks.

    - `cron` is in the pipeline's zone, and `on` are the assets whose events start it.
    - `tasks` are in an order in which each comes after those that it needs.
    - `parameters` names those of a person who triggers it.
    """

    name: str
    pipeline: str
    title: str
    cron: str | None
    on: tuple[str, ...]
    tasks: tuple[TaskPlan, ...]
    parameters: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The purpose of the DAG: daily, training, rollback or backfill."""
        return self.name.removeprefix(f"{self.pipeline}_")

    @property
    def by_hand(self) -> bool:
        """Return whether neither time nor an event starts it."""
        return self.cron is None and not self.on


def asset(pipeline: str, name: str) -> str:
    """Return the URI of what a pipeline makes: a table, its predictions, or the request for a training.

    >>> asset("flight_delays", "predictions")
    'assay://flight_delays/predictions'
    """
    return f"assay://{pipeline}/{name}"


def dag_plans(pipeline: Pipeline) -> Iterator[DagPlan]:
    """Yield the DAGs of a pipeline: daily, training, rollback and backfill."""
    yield _daily(pipeline)
    yield _training(pipeline)
    yield _rollback(pipeline)
    yield _backfill(pipeline)


def landing_timeout(pipeline: Pipeline) -> timedelta:
    """Return how long a daily run waits for what has to land."""
    return timedelta(seconds=pipeline.spec.operate.landing_timeout)


_DOCS = {
    "land": "Check what was dropped, and write down exactly what was there.",
    "clean": "Clean, measure and judge the landed days; publish the good ones, hold the bad ones.",
    "validate": "Judge the stored Profiles by today's suites.",
    "score": "Score the date with the champion.",
    "monitor": "Judge inputs, scores and outcomes, and decide what to do.",
}


def _stages(pipeline: Pipeline, dates: tuple[str, ...], first_after: tuple[str, ...]) -> Iterator[TaskPlan]:
    name, after = pipeline.name, first_after
    outlets = {
        "clean": tuple(asset(name, table) for table in pipeline.spec.tables),
        "score": (asset(name, "predictions"),),
    }
    # Where no cluster brings large drops to executors, looking at what landed needs no Spark; judging Profiles never.
    light = {"validate"} if pipeline.project.environment.on_yarn else {"validate", "land"}
    for stage in DAILY:
        kind: Kind = "command" if stage in light else "stage"
        named = ("run", name) if stage in light else ("run",)
        # Monitoring dates long gone requests no training.
        training_request = asset(name, "retrain") if stage == "monitor" and DATE in dates else ""
        command = (*named, "--select", stage, *dates)
        yield TaskPlan(
            stage,
            kind,
            command,
            _DOCS[stage],
            after,
            outlets.get(stage, ()),
            training_request_asset=training_request,
        )
        after = (stage,)


def _daily(pipeline: Pipeline) -> DagPlan:
    name = pipeline.name
    landing = TaskPlan(
        "wait_for_landing",
        "landing",
        ("landing-status", name, "--date", DATE),
        "Wait until every table that may not be missing has its drop; too long a wait fails.",
    )
    tasks = [landing, *_stages(pipeline, ("--from", DATE, "--to", TO), (landing.name,))]
    if pipeline.spec.promotion.downgrade == "rollback":
        tasks.append(
            TaskPlan(
                "downgrade",
                "downgrade",
                (f"{name}_rollback",),
                "Start the rollback if the monitor requests it; the monitor's task stays failed.",
                ("monitor",),
            )
        )
    return DagPlan(f"{name}_daily", name, pipeline.spec.question, pipeline.spec.schedule.get("daily"), (), tuple(tasks))


def _training(pipeline: Pipeline) -> DagPlan:
    name, operate = pipeline.name, pipeline.spec.operate
    tasks = [
        TaskPlan(
            "train",
            "stage",
            ("train", "--date", DATE, "--if-ready", REQUESTED),
            "Fit the constant, the baselines and the candidates, and log them to MLflow.",
            continue_statuses=frozenset({"done"}),
        ),
        TaskPlan(
            "gate",
            "stage",
            ("gate", "--date", DATE, "--propose"),
            "Judge the contenders and the champion by their folds. To be refused or undecided is no failure.",
            ("train",),
            continue_statuses=frozenset({"promote", "propose"}),
        ),
    ]
    tasks += _promotion(pipeline, tasks[-1], ("--date", DATE))
    cron = pipeline.spec.schedule.get("train") if operate.retrain in {"schedule", "both"} else None
    on = (asset(name, "retrain"),) if operate.retrain in {"monitor", "both"} else ()
    return DagPlan(
        f"{name}_training", name, f"Train, judge and promote: {pipeline.spec.question}", cron, on, tuple(tasks)
    )


def _promotion(pipeline: Pipeline, judge: TaskPlan, which: tuple[str, ...]) -> Iterator[TaskPlan]:
    """Yield the tasks after one that may propose: a person's approval where the spec wants one, and the promotion."""
    name, after = pipeline.name, judge.name
    reason: tuple[str, ...] = ()
    if pipeline.spec.promotion.needs_approval:
        doc = f"Show a person the report of the {judge.name}; the answer, who gave it and why go to the ledger."
        yield TaskPlan("approve", "approval", ("decline", name, *which), doc, (after,), judged_by=judge.name)
        after, reason = "approve", ("--reason", REASON)
    yield TaskPlan(
        "promote",
        "command",
        ("promote", name, *which, *reason),
        f"Make it the champion, against the very state that the {judge.name} judged it against.",
        (after,),
        (asset(name, "champion"),),
        judged_by=judge.name,
    )


def _rollback(pipeline: Pipeline) -> DagPlan:
    command = ("rollback", pipeline.name, "--reason", REASON, "--to", VERSION, AUTOMATIC)
    doc = "Give the role of champion back to an earlier version; effective at once."
    task = TaskPlan("rollback", "command", command, doc, outlets=(asset(pipeline.name, "champion"),))
    title = f"Roll back the champion of {pipeline.name}"
    return DagPlan(
        f"{pipeline.name}_rollback", pipeline.name, title, None, (), (task,), ("reason", "version", "automatic")
    )


def _backfill(pipeline: Pipeline) -> DagPlan:
    tasks = tuple(_stages(pipeline, ("--from", FROM, "--to", TO), ()))
    title = f"Do an interval of {pipeline.name} in one Spark job per stage"
    return DagPlan(f"{pipeline.name}_backfill", pipeline.name, title, None, (), tasks, ("from", "to"))
