"""The pages that belong to a task: the report, the report of its day or decision, and the versions in MLflow."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, urlsplit

from assay.orchestration.dag_plan import DAILY, DATE, TaskPlan


class PageLink(StrEnum):
    """A link of a task, by the name that Airflow shows."""

    REPORT = "Report"
    DAY = "Report of the day"
    DECISION = "Report of the decision"
    MLFLOW = "MLflow"


def links_of_task(plan: TaskPlan, tracking: str) -> tuple[PageLink, ...]:
    """Return the links that a task has, known before it runs.

    Args:
        plan: The task.
        tracking: The environment's tracking address of MLflow. A database or a folder has no pages, so no link.
    """
    links = [PageLink.REPORT]
    if DATE in plan.command and (plan.kind == "landing" or plan.name in DAILY):
        links.append(PageLink.DAY)
    if plan.name == "gate" or plan.judged_by:
        links.append(PageLink.DECISION)
    if mlflow_page(tracking, ""):
        links.append(PageLink.MLFLOW)
    return tuple(links)


def report_pages(served_at: str, home: Path, pipeline: str) -> str:
    """Return the address of a pipeline's pages, without a slash at the end.

    >>> report_pages("http://airflow/assay/reports/", Path("/lake"), "parcels")
    'http://airflow/assay/reports/parcels'
    >>> report_pages("", Path("/lake"), "parcels")
    'file:///lake/report/parcels'
    """
    return f"{served_at.rstrip('/') or (home / 'report').as_uri()}/{quote(pipeline, safe='')}"


def report_page(link: PageLink, name: str) -> str:
    """Return the path of a page below those of its pipeline; `name` is a date or the run of a gate.

    >>> report_page(PageLink.DAY, "2024-01-02")
    'days/2024-01-02.html'
    """
    folders = {PageLink.DAY: "days/", PageLink.DECISION: "decisions/"}
    return f"{folders[link]}{name}.html" if link in folders else "index.html"


def mlflow_page(tracking: str, pipeline: str) -> str:
    """Return the page of a pipeline's versions, without user and password; empty where MLflow has no pages.

    >>> mlflow_page("https://eva:secret@mlflow.example.org/", "parcels")
    'https://mlflow.example.org/#/models/parcels'
    >>> mlflow_page("sqlite:////lake/mlflow.db", "parcels")
    ''
    """
    parts = urlsplit(tracking)
    if parts.scheme not in {"http", "https"}:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}/#/models/{quote(pipeline, safe='')}"
