"""The pipeline of parcels with a home of its own: empty, or with a champion that serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context

from ...reported_lakes import year, year_home  # noqa: F401 - fixtures
from .judged_pipeline import Loop, prepare_loop

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"


@pytest.fixture
def parcels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The context of a run that nothing has happened before; its MLflow takes everything."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(PARCELS))
    monkeypatch.setattr("assay.models.mlflow.aliases.project_alias", lambda *_: True)
    monkeypatch.setattr("assay.models.mlflow.projection.project_versions", lambda *_: 0)
    monkeypatch.setattr("assay.models.mlflow.projection.shown_days", lambda *_: set())
    monkeypatch.setattr("assay.models.mlflow.projection.project_days", lambda *_: 0)
    return Context(load_pipeline(open_project(PARCELS), "parcels"))


@pytest.fixture
def loop(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> Loop:
    return prepare_loop(parcels, monkeypatch)


@pytest.fixture
def undisturbed(loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loop:  # noqa: ARG001 - its patches
    """A second pipeline like `loop`, with a home of its own, to compare with."""
    home = tmp_path / "undisturbed"
    home.mkdir()
    monkeypatch.setenv("ASSAY_HOME", str(home))
    return prepare_loop(Context(load_pipeline(open_project(PARCELS), "parcels")), monkeypatch)
