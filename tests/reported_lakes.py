"""The home of a pipeline with a year of nightly runs, written once for all tests of a process."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .unit.stages.reported_year import ReportedYear

PARCELS = Path(__file__).parent / "projects" / "parcels"


@pytest.fixture(scope="session")
def year_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the year; no test writes to it."""
    home = tmp_path_factory.mktemp("year")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HOME", str(home))
        patch.setattr(os, "fsync", lambda _: None)
        patch.syspath_prepend(str(PARCELS))
        ReportedYear.of(PARCELS).write()
    return home


@pytest.fixture
def year(year_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReportedYear:
    """A copy of the year."""
    home = tmp_path / "home"
    shutil.copytree(year_home, home)
    monkeypatch.setenv("ASSAY_HOME", str(home))
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.syspath_prepend(str(PARCELS))
    return ReportedYear.of(PARCELS)
