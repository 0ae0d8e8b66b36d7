"""Airflow's line, by a script in the place of the Python of Airflow's environment."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from assay.doctor.airflow import VARIABLE, check_airflow
from assay.doctor.check_line import CheckLine, line_of
from assay.spec.project import open_project

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a folder of DAGs, and no Airflow."""
    for name in (VARIABLE, "ASSAY_PROJECT", "ASSAY_HOME"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "project"
    shutil.copytree(PARCELS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "dags").mkdir(exist_ok=True)
    return folder


def python_that(tmp_path: Path, prints: str, *, status: int = 0) -> str:
    """A program that answers like the Python of an Airflow; it notes its arguments and its home."""
    script = tmp_path / "python"
    (tmp_path / "printed").write_text(prints)
    script.write_text(
        f'#!/bin/sh\necho "$3" > "{tmp_path}/folder"\necho "$AIRFLOW_HOME" > "{tmp_path}/airflow-home"\n'
        f'cat "{tmp_path}/printed"\nexit {status}\n'
    )
    script.chmod(0o755)
    return str(script)


def answer_of(**changes: Any) -> str:
    return "a line of Airflow's own\n" + json.dumps({"version": "3.3.2", "dags": ["parcels"], "errors": {}, **changes})


def line(root: Path) -> CheckLine:
    return line_of("airflow", lambda: check_airflow(open_project(root)))


def test_without_an_airflow_the_line_names_the_variable(root: Path) -> None:
    answer = line(root)
    assert answer.passed
    assert VARIABLE in answer.sentence


def test_airflow_is_shown_with_its_version_and_the_number_of_dags(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, python_that(tmp_path, answer_of()))
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    answer = line(root)
    assert answer.passed
    assert "Airflow 3.3.2" in answer.sentence
    assert "1 DAG" in answer.sentence
    assert (tmp_path / "folder").read_text().strip() == str(root / "dags")
    assert not Path((tmp_path / "airflow-home").read_text().strip()).exists(), "it was a temporary one"


def test_a_file_that_airflow_cannot_read_is_a_mistake_with_the_error(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = {str(root / "dags" / "mine.py"): ["ModuleNotFoundError: No module named 'assay'"]}
    monkeypatch.setenv(VARIABLE, python_that(tmp_path, answer_of(errors=errors)))
    answer = line(root)
    assert (answer.exit_code, answer.code) == (2, "broken-dag")
    assert "mine.py" in answer.sentence
    assert "No module named 'assay'" in answer.sentence


def test_a_python_that_is_missing_or_has_no_airflow_is_a_mistake(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    assert line(root).code == "no-airflow"
    monkeypatch.setenv(VARIABLE, python_that(tmp_path, "", status=1))
    assert (line(root).code, line(root).exit_code) == ("no-airflow", 2)
