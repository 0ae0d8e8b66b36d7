"""The rights to the pages of the reports in Airflow's API server, with Airflow's own check replaced."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.routing import APIRoute

SECURITY = "airflow.api_fastapi.core_api.security"
APP = "assay.orchestration.airflow.report_app"
MAY_SEE = frozenset({"parcels_daily"})


def require_access(method: str, param_dag_id: str) -> Callable[[Any, str], None]:
    """Airflow's check of a user's right to a DAG, for a user that may see MAY_SEE."""

    def check(_: Any, user: str) -> None:
        if (method, user) != ("GET", "ada") or param_dag_id not in MAY_SEE:
            raise HTTPException(403)

    return check


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pages: the index, and one pipeline's."""
    security = ModuleType(SECURITY)
    vars(security).update(GetUserDep=Annotated[str, Depends(lambda: "ada")], requires_access_dag=require_access)
    names = SECURITY.split(".")
    for number in range(1, len(names)):
        parent = ".".join(names[:number])
        monkeypatch.setitem(sys.modules, parent, ModuleType(parent))
    monkeypatch.setitem(sys.modules, SECURITY, security)
    for name in ("assay.orchestration.airflow", APP):
        monkeypatch.delitem(sys.modules, name, raising=False)
    root = tmp_path / "report"
    for page in ("index.html", "parcels/index.html", "parcels/days/written.txt", "../secret.html"):
        place = root / page
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(page)
    return root


def status(app: FastAPI, path: str, **names: str) -> int:
    """The status of a page for a user that may see MAY_SEE."""
    [route] = [one for one in app.routes if isinstance(one, APIRoute) and one.path == path]
    try:
        return int(route.endpoint(request=None, user="ada", **names).status_code)
    except HTTPException as error:
        return error.status_code


def test_the_index_requires_the_right_to_every_pipeline_that_it_shows(folder: Path) -> None:
    from assay.orchestration.airflow.report_app import pages_of

    assert status(pages_of(folder, lambda: ["parcels"]), "/index.html") == 200
    assert status(pages_of(folder, lambda: ["parcels", "payroll"]), "/index.html") == 403, (
        "it has no page of its own yet"
    )


@pytest.mark.parametrize(
    ("pipeline", "page", "expected"),
    [
        ("parcels", "index.html", 200),
        ("parcels", "days/2024-01-01.html", 404),
        ("parcels", "days/written.txt", 404),
        ("parcels", "../../secret.html", 404),
        ("parcels", "../index.html", 404),
        ("parcels", "\0.html", 404),
        ("payroll", "index.html", 403),
    ],
)
def test_a_page_requires_the_right_to_its_pipeline_and_lies_in_its_folder(
    folder: Path, pipeline: str, page: str, expected: int
) -> None:
    from assay.orchestration.airflow.report_app import pages_of

    app = pages_of(folder, lambda: ["parcels"])
    assert status(app, "/{pipeline}/{page:path}", pipeline=pipeline, page=page) == expected
