"""Airflow in its own environment: its version, and what it makes of the project's DAG folder."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from assay.core.text import quantity
from assay.doctor.check_line import PassedCheck
from assay.errors import InfrastructureError, InputError
from assay.spec.project import Project

VARIABLE = "ASSAY_AIRFLOW_PYTHON"
"""The environment variable that names the Python of Airflow's environment."""

LIMIT_SECONDS = 120.0

_PROGRAM = """
import json, sys
import airflow
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1], bundle_path=__import__("pathlib").Path(sys.argv[1]))
errors = {str(file): str(text).strip().splitlines()[-1:] for file, text in bag.import_errors.items()}
print("\\n" + json.dumps({"version": airflow.__version__, "dags": sorted(bag.dags), "errors": errors}))
"""


def check_airflow(project: Project) -> PassedCheck:
    """Return Airflow's version and the number of DAGs, by Airflow's own Python.

    That Python is the one of ASSAY_AIRFLOW_PYTHON, else the one of `.tools/airflow`, which `make airflow` installs.

    Raises:
        InputError: The Python does not exist, has no Airflow, or a file of the DAG folder has an error.
        InfrastructureError: Airflow does not answer within two minutes.
    """
    folder, python = project.root / "dags", _python(project)
    if python is None or not folder.is_dir():
        return PassedCheck(f"none: {VARIABLE} names no Python of an Airflow")
    if not python.is_file():
        hint = f"let {VARIABLE} name the Python of Airflow's environment"
        raise InputError(f"{python} does not exist", code="no-airflow", hint=hint)
    answer = _answer(project, python, folder)
    errors: dict[str, list[str]] = answer["errors"]
    if errors:
        shown = "; ".join(f"{Path(file).name}: {' '.join(text)}" for file, text in errors.items())
        raise InputError(
            f"Airflow {answer['version']} cannot read {quantity(len(errors), 'DAG file')}: {shown}",
            code="broken-dag",
            hint=f"'{python} {next(iter(errors))}' shows the whole error; 'assay check' looks at the pipelines",
        )
    return PassedCheck(f"Airflow {answer['version']} reads {quantity(len(answer['dags']), 'DAG')} in {folder}")


def _python(project: Project) -> Path | None:
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    installed = project.root / ".tools" / "airflow" / "bin" / "python"
    return installed if installed.is_file() else None


def _answer(project: Project, python: Path, folder: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="assay-airflow-") as scratch:
        command = [str(python), "-c", _PROGRAM, str(folder)]
        try:
            done = subprocess.run(
                command,
                env=_variables(project, scratch),
                capture_output=True,
                text=True,
                check=False,
                timeout=LIMIT_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            message = f"the Airflow of {python} does not answer ({type(error).__name__})"
            raise InfrastructureError(message, code="airflow", hint=f"'{python} -m airflow version'") from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        hint = f"'{python} -m airflow version'; docs/airflow.md has the packages of that environment"
        raise InputError(f"the Airflow of {python} does not run: {last}", code="no-airflow", hint=hint) from None
    return answer


def _variables(project: Project, scratch: str) -> dict[str, str]:
    """Return the environment variables for Airflow; it gets a folder of its own where it has none."""
    home = next((place for place in (project.home / "airflow",) if place.is_dir()), Path(scratch))
    variables = {"AIRFLOW_HOME": str(home), "ASSAY_ENV": project.environment.name, **os.environ}
    if not os.environ.get(VARIABLE):  # `make airflow` too gives the code of the checkout to the installed Airflow
        variables["PYTHONPATH"] = str(project.root / "src")
    return variables
