"""Airflow's plugin: the pages of the reports for each user who may see the pipeline's DAGs, and the notes of runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from assay.orchestration.airflow import run_notes
from assay.orchestration.assay_cli import REPORTS
from assay.spec.project import open_project

_SERVER = "airflow.api_fastapi.app"


def plugin_of(root: Path) -> type[AirflowPlugin]:
    """Return the plugin for the project at `root`: below `REPORTS` are the pages that `assay report` wrote last.

    A run that ends gets notes from the scheduler.

    Every process of Airflow loads its plugins, tasks too. The pages are made in the API server alone, since FastAPI
    would cost each task's start.
    """
    pages: list[Mapping[str, Any]] = []
    if _SERVER in sys.modules:
        from assay.orchestration.airflow.report_app import pages_of

        project = open_project(root)
        app = pages_of(project.home / "report", project.pipelines)
        pages.append({"app": app, "url_prefix": REPORTS, "name": "Assay's reports"})
    return type("Reports", (AirflowPlugin,), {"name": "assay_reports", "fastapi_apps": pages, "listeners": [run_notes]})
