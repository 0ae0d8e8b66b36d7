"""The doctor's line of Airflow, by the real one: a folder of DAGs that it reads, and a file that it cannot read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assay.doctor.airflow import VARIABLE, check_airflow
from assay.doctor.check_line import CheckLine, line_of
from assay.spec.project import open_project
from devtools.local_airflow.standalone import PYTHON, ROOT


@pytest.fixture
def copied(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of this test's own; Assay's source is on the path of Airflow's Python, as `make airflow` has it."""
    root = tmp_path / "project"
    shutil.copytree(project, root)
    for name in ("AIRFLOW_HOME", "ASSAY_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(VARIABLE, str(PYTHON))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    return root


def line(root: Path) -> CheckLine:
    return line_of("airflow", lambda: check_airflow(open_project(root)))


def test_the_doctor_shows_airflow_with_the_number_of_dags_that_it_reads(copied: Path) -> None:
    shown = line(copied)
    assert (shown.exit_code, shown.code) == (0, ""), shown.sentence
    assert "Airflow 3." in shown.sentence
    assert "4 DAGs" in shown.sentence


def test_a_broken_dag_file_is_named_with_its_error(copied: Path) -> None:
    # Airflow reads no file without the words "airflow" and "dag".
    text = "from airflow.sdk import DAG\n\nraise ValueError('no such place')\n"
    (copied / "dags" / "broken.py").write_text(text)
    shown = line(copied)
    assert (shown.exit_code, shown.code) == (2, "broken-dag")
    assert "broken.py" in shown.sentence
    assert "no such place" in shown.sentence


def test_a_pipeline_without_its_dags_is_named_by_the_file_that_looks_for_mistakes(copied: Path) -> None:
    spec = copied / "conf" / "pipelines" / "parcels.yaml"
    spec.write_text(spec.read_text().replace("timezone: Europe/Berlin", "timezone: Europe/Berln"))
    shown = line(copied)
    assert (shown.exit_code, shown.code) == (2, "broken-dag")
    assert "broken_pipelines.py" in shown.sentence
