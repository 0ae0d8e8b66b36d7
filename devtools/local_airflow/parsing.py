"""Parse a project's dags folder with Airflow's own Python."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from assay.errors import InfrastructureError
from devtools.local_airflow.standalone import PYTHON, ROOT


def parsed(root: Path, home: Path) -> dict[str, Any]:
    """Return the DAGs of the project at `root` and its import errors.

    The result also has the seconds that parsing took beyond Airflow's own import, and the foreign packages that were
    imported.

    Raises:
        InfrastructureError: Airflow failed; the error has the end of its output.
    """
    environment = os.environ | {"AIRFLOW_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    command = [str(PYTHON), str(Path(__file__).parent / "parse.py"), str(root / "dags")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InfrastructureError(f"Airflow could not read {root / 'dags'}:\n{done.stderr[-2_000:]}", code="airflow")
    parsing: dict[str, Any] = json.loads(done.stdout[done.stdout.index('{"dags"') :])
    return parsing
