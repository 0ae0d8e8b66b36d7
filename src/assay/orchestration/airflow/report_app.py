"""The pages of the reports, as an application of FastAPI for Airflow's API server."""

from __future__ import annotations

from pathlib import Path

from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse


def pages_of(folder: Path) -> FastAPI:
    """Return an application with the newest page of each pipeline, PIPELINE.html, in `folder`.

    The status is 401 for a user who is not logged in, and 403 for one who may not see the pipeline's daily DAG. It is
    404 where nothing was reported yet.
    """
    app = FastAPI(title="Assay's reports", openapi_url=None)

    @app.get("/{pipeline}.html")
    def page(pipeline: str, request: Request, user: GetUserDep) -> FileResponse:
        requires_access_dag("GET", param_dag_id=f"{pipeline}_daily")(request, user)
        place = folder / f"{pipeline}.html"
        if not place.is_file():
            raise HTTPException(404, f"no report of {pipeline} yet: 'assay report {pipeline}' writes one")
        return FileResponse(place)

    return app
