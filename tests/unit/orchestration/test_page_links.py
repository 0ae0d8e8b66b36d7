"""The links of tasks: which task has which, and that they are the pages that the report writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.orchestration.dag_plan import dag_plans
from assay.orchestration.page_links import PageLink, links_of_task, mlflow_page, report_page
from assay.spec.project import load_pipeline, open_project
from assay.stages.reporting.links import day_page, decision_page

ROOT = Path(__file__).parents[3]
SERVER = "https://mlflow.example.org"


@pytest.fixture(scope="module")
def links() -> dict[str, tuple[PageLink, ...]]:
    pipeline = load_pipeline(open_project(ROOT), "flight_delays")
    return {f"{dag.kind}.{task.name}": links_of_task(task, SERVER) for dag in dag_plans(pipeline) for task in dag.tasks}


def test_every_task_links_to_the_report_and_to_mlflow(links: dict[str, tuple[PageLink, ...]]) -> None:
    assert [task for task, has in links.items() if not {PageLink.REPORT, PageLink.MLFLOW} <= {*has}] == []


def test_the_tasks_of_a_date_link_to_its_page_and_those_of_a_decision_to_that(
    links: dict[str, tuple[PageLink, ...]],
) -> None:
    daily = ("wait_for_landing", "land", "clean", "validate", "score", "monitor")
    assert {task for task, has in links.items() if PageLink.DAY in has} == {f"daily.{name}" for name in daily}
    decisions = {task for task, has in links.items() if PageLink.DECISION in has}
    assert decisions == {"training.gate", "training.promote"}


@pytest.mark.parametrize("tracking", ["sqlite:////lake/mlflow.db", "/lake/mlruns", ""])
def test_an_mlflow_without_a_server_has_no_link(tracking: str) -> None:
    task = next(dag_plans(load_pipeline(open_project(ROOT), "flight_delays"))).tasks[0]
    assert PageLink.MLFLOW not in links_of_task(task, tracking)


def test_a_link_shows_no_password() -> None:
    page = mlflow_page("https://eva:secret@mlflow.example.org:5000/base/?token=hidden", "parcels")
    assert page == "https://mlflow.example.org:5000/base/#/models/parcels"


def test_the_pages_are_those_that_the_report_writes() -> None:
    assert report_page(PageLink.DAY, "2024-01-02") == day_page(date(2024, 1, 2))
    assert report_page(PageLink.DECISION, "run-1") == decision_page("run-1")
    assert report_page(PageLink.REPORT, "") == "index.html"
