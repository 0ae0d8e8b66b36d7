"""The DAGs of a pipeline as plain data: which tasks, in which order, with which commands, started by what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.orchestration.command_template import placeholder_values, render_command
from assay.orchestration.dag_docs import about_dag
from assay.orchestration.dag_plan import DagPlan, dag_plans
from assay.spec.project import Pipeline, load_pipeline, open_project
from assay.spec.schema.operations import OperateSpec, PromotionSpec

from ...expect_errors import missing_data

ROOT = Path(__file__).parents[3]


@pytest.fixture
def flights() -> Pipeline:
    return load_pipeline(open_project(ROOT), "flight_delays")


def operated(pipeline: Pipeline, *, promotion: dict[str, Any] | None = None, **operate: Any) -> Pipeline:
    changed = {
        "promotion": PromotionSpec.model_validate(promotion or {}),
        "operate": OperateSpec.model_validate(operate),
    }
    return replace(pipeline, spec=pipeline.spec.model_copy(update=changed))


def plan(pipeline: Pipeline, kind: str) -> DagPlan:
    [dag] = [one for one in dag_plans(pipeline) if one.name == f"{pipeline.name}_{kind}"]
    return dag


def graph(dag: DagPlan) -> dict[str, tuple[str, ...]]:
    return {task.name: task.after for task in dag.tasks}


def test_the_daily_dag_goes_from_landing_to_monitoring_one_stage_a_task(flights: Pipeline) -> None:
    daily = plan(flights, "daily")
    assert (daily.cron, daily.on) == ("0 1 * * *", ())
    assert graph(daily) == {
        "wait_for_landing": (),
        "land": ("wait_for_landing",),
        "clean": ("land",),
        "validate": ("clean",),
        "score": ("validate",),
        "monitor": ("score",),
    }
    commands = [" ".join(task.command) for task in daily.tasks]
    assert commands[0] == "landing-status flight_delays --date {date}"
    assert commands[2] == "run --select clean --from {date} --to {to}"
    tables = next(task.outlets for task in daily.tasks if task.name == "clean")
    assert tables == tuple(f"assay://flight_delays/{table}" for table in ("flights", "weather", "outcomes"))


def test_the_training_dag_judges_before_it_promotes_and_asks_a_person_where_the_spec_says_so(flights: Pipeline) -> None:
    assert graph(plan(flights, "training")) == {"train": (), "gate": ("train",), "promote": ("gate",)}
    careful = plan(operated(flights, promotion={"approval": "required"}), "training")
    assert graph(careful) == {"train": (), "gate": ("train",), "approve": ("gate",), "promote": ("approve",)}
    assert careful.tasks[-1].command[-2:] == ("--reason", "{reason}")


def test_a_night_promotes_nothing(flights: Pipeline) -> None:
    for approval in ("none", "required"):
        daily = plan(operated(flights, promotion={"approval": approval}), "daily")
        assert not {"gate", "approve", "promote"} & {task.name for task in daily.tasks}


def test_every_task_that_gives_a_role_has_the_event_of_the_champion_and_no_other_task_gives_one(
    flights: Pipeline,
) -> None:
    for approval in ("none", "required"):
        for dag in dag_plans(operated(flights, promotion={"approval": approval, "downgrade": "rollback"})):
            for task in dag.tasks:
                gives = task.command[0] in {"promote", "rollback"}
                assert gives == ("assay://flight_delays/champion" in task.outlets), (dag.name, task.name)
                judges = task.command[0] == "gate"
                assert judges == ("--propose" in task.command), (dag.name, task.name)


@pytest.mark.parametrize(
    ("retrain", "cron", "on"),
    [
        ("schedule", "0 3 1 1-11/2 *", ()),
        ("monitor", None, ("assay://flight_delays/retrain",)),
        ("both", "0 3 1 1-11/2 *", ("assay://flight_delays/retrain",)),
    ],
)
def test_a_training_starts_by_time_by_the_monitor_or_by_both(
    flights: Pipeline, retrain: str, cron: str | None, on: tuple[str, ...]
) -> None:
    training = plan(operated(flights, retrain=retrain), "training")
    assert (training.cron, training.on) == (cron, on)


def test_a_downgrade_starts_the_rollback_only_where_the_spec_allows_it(flights: Pipeline) -> None:
    assert "downgrade" not in graph(plan(flights, "daily"))
    daily = plan(operated(flights, promotion={"downgrade": "rollback"}), "daily")
    assert graph(daily)["downgrade"] == ("monitor",)
    assert daily.tasks[-1].command == ("flight_delays_rollback",)


def test_a_backfill_does_its_interval_in_one_command_a_stage_and_waits_for_nothing(
    flights: Pipeline,
) -> None:
    backfill = plan(flights, "backfill")
    assert (backfill.cron, backfill.parameters) == (None, ("from", "to"))
    values = placeholder_values(None, {"from": "2013-01-01", "to": "2013-04-01"})
    interval = "--from 2013-01-01 --to 2013-04-01"
    assert " ".join(render_command(backfill.tasks[1].command, values)) == f"run --select clean {interval}"
    assert (
        " ".join(render_command(backfill.tasks[2].command, values)) == f"run flight_delays --select validate {interval}"
    )
    assert [task.name for task in backfill.tasks] == ["land", "clean", "validate", "score", "monitor"]


def test_a_rollback_is_a_persons_with_a_reason_or_the_monitors(flights: Pipeline) -> None:
    [task] = plan(flights, "rollback").tasks
    by_hand = placeholder_values(None, {"reason": "it drifts", "version": 3})
    assert render_command(task.command, by_hand) == ["rollback", "flight_delays", "--reason", "it drifts", "--to", "3"]
    assert render_command(task.command, placeholder_values(None, {"automatic": True})) == [
        "rollback",
        "flight_delays",
        "--automatic",
    ]


def test_only_a_cluster_needs_spark_to_look_at_what_landed(flights: Pipeline) -> None:
    kinds = {task.name: task.kind for task in plan(flights, "daily").tasks}
    assert (kinds["land"], kinds["validate"], kinds["clean"]) == ("command", "command", "stage")
    clustered = load_pipeline(open_project(ROOT, env="cluster"), "flight_delays")
    kinds = {task.name: task.kind for task in plan(clustered, "daily").tasks}
    assert (kinds["land"], kinds["validate"], kinds["clean"]) == ("stage", "command", "stage")


def test_no_task_stands_before_what_it_needs(flights: Pipeline) -> None:
    for dag in dag_plans(operated(flights, promotion={"approval": "required", "downgrade": "rollback"})):
        seen: set[str] = set()
        for task in dag.tasks:
            assert seen.issuperset(task.after), (dag.name, task.name)
            seen.add(task.name)


def test_the_page_of_a_dag_says_what_is_asked_whom_to_write_to_and_what_each_task_does(flights: Pipeline) -> None:
    daily = plan(flights, "daily")
    page = about_dag(flights, daily)
    assert flights.spec.question in page
    assert "flights@example.org" in page
    assert [task.name for task in daily.tasks if not task.doc or f"**{task.name}**: {task.doc}" not in page] == []
    assert missing_data(page, "conf/pipelines/flight_delays.yaml") == []
    assert "gate:" in page.partition("```yaml")[2]
