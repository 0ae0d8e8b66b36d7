"""The pages of the reports, as an application of FastAPI for Airflow's API server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse


def pages_of(folder: Path, pipelines: Callable[[], Iterable[str]]) -> FastAPI:
    """Return an application with the pages in `folder`: index.html, and those of each pipeline below PIPELINE/.

    The status is 401 for a user who is not logged in, and 403 for one who may not see the pipeline's daily DAG. The
    index shows all `pipelines` of the project, also those without a page, and requires the right to each. The status is
    404 where nothing was reported yet.
    """
    app = FastAPI(title="Assay's reports", openapi_url=None)

    @app.get("/index.html")
    def index(request: Request, user: GetUserDep) -> FileResponse:
        for pipeline in pipelines():
            _require_access(pipeline, request, user)
        return _file(folder / "index.html", "assay report")

    @app.get("/{pipeline}/{page:path}")
    def page(pipeline: str, page: str, request: Request, user: GetUserDep) -> FileResponse:
        _require_access(pipeline, request, user)
        if "\0" in pipeline + page:
            raise HTTPException(404, "there is no such page")
        own = (folder / pipeline).resolve()
        place = (own / page).resolve()
        if place.suffix != ".html" or own.parent != folder.resolve() or not place.is_relative_to(own):
            raise HTTPException(404, "there is no such page")
        return _file(place, f"assay report {pipeline}")

    return app


def _require_access(pipeline: str, request: Request, user: GetUserDep) -> None:
    requires_access_dag("GET", param_dag_id=f"{pipeline}_daily")(request, user)


def _file(place: Path, command: str) -> FileResponse:
    if not place.is_file():
        raise HTTPException(404, f"there is no report yet: '{command}' writes one")
    return FileResponse(place)
