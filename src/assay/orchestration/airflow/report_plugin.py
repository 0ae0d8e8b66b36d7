"""Airflow's plugin that shows the pipelines' reports to each logged-in user who may see the pipeline's DAGs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from assay.orchestration.assay_cli import REPORTS
from assay.spec.project import open_project

_SERVER = "airflow.api_fastapi.app"


def plugin_of(root: Path) -> type[AirflowPlugin]:
    """Return the plugin for the project at `root`: `REPORTS`/PIPELINE.html is the page that `assay report` wrote last.

    Every process of Airflow loads its plugins, tasks too. The pages are made in the API server alone, since FastAPI
    would cost each task's start.
    """
    pages: list[Mapping[str, Any]] = []
    if _SERVER in sys.modules:
        from assay.orchestration.airflow.report_app import pages_of

        app = pages_of(open_project(root).home / "report")
        pages.append({"app": app, "url_prefix": REPORTS, "name": "Assay's reports"})
    return type("Reports", (AirflowPlugin,), {"name": "assay_reports", "fastapi_apps": pages})
