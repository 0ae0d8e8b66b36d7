"""An Airflow of three processes, API server, scheduler and DAG processor, in one folder: start, use and stop it."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from assay.errors import InfrastructureError
from assay.orchestration.assay_cli import PYTHON_VARIABLE, REPORTS, REPORTS_VARIABLE
from devtools.hadoop.layout import Layout
from devtools.hadoop.lock import exclusive
from devtools.hadoop.ports import free_port
from devtools.local_airflow.configuration import CONFIGURATION, PASSWORDS, write_configuration
from devtools.local_airflow.daemon import STOP_TIMEOUT_SECONDS, PythonDaemon

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".tools" / "airflow" / "bin" / "python"
USER = "admin"
_TIMEOUT = (5, 30)


class Airflow:
    """The Airflow whose files are all in `home`, with the DAGs of the project at `root`.

    `variables` are those of its processes beside the ones that Airflow sets itself, such as ASSAY_HOME. `more` changes
    the content of airflow.cfg. With more than one of the `schedulers`, `database` has to be a server.
    """

    def __init__(
        self,
        home: Path,
        root: Path = ROOT,
        *,
        variables: Mapping[str, str] | None = None,
        port: int | None = None,
        schedulers: int = 1,
        **more: object,
    ) -> None:
        self.home, self.root = home.resolve(), root.resolve()
        self.layout = Layout(self.home)
        self._variables, self._port, self._schedulers, self._more = dict(variables or {}), port, schedulers, more

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its processes: Assay's source is on the path, Spark's Python is given by name alone."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON", "VIRTUAL"))
        }
        airflow_variables = {
            "AIRFLOW_HOME": str(self.home),
            "PYTHONPATH": str(ROOT / "src"),
            PYTHON_VARIABLE: str(ROOT / ".venv" / "bin" / "python"),
            # No process of Airflow's has a terminal.
            "NO_COLOR": "1",
        }
        if (self.home / CONFIGURATION).is_file():
            airflow_variables[REPORTS_VARIABLE] = self.address + REPORTS
        return {**kept, **airflow_variables, **self._variables}

    @property
    def address(self) -> str:
        """The address of its UI and its API."""
        return self._configuration["api"]["base_url"]

    @property
    def password(self) -> str:
        """The password of the user `admin`, drawn at the first start."""
        passwords: dict[str, str] = json.loads((self.home / PASSWORDS).read_text(encoding="utf-8"))
        return passwords[USER]

    @property
    def daemons(self) -> list[PythonDaemon]:
        """Its processes, in the order in which they start."""
        others = (f"scheduler-{number}" for number in range(2, self._schedulers + 1))
        parts = (
            ("api-server", ("api-server", "--workers", "1"), self._answers),
            ("scheduler", ("scheduler",), self._schedules),
            *((name, ("scheduler", "--skip-serve-logs"), self._schedules) for name in others),
            ("dag-processor", ("dag-processor",), self._processes),
        )
        return [
            PythonDaemon(name, self.layout, (str(PYTHON), "-m", "airflow", *words), self.environment, ready)
            for name, words, ready in parts
        ]

    def start(self) -> list[str]:
        """Start the processes that do not live, and return their names; empty where all of them lived.

        Raises:
            InfrastructureError: A process did not start; the error has the last lines of its log.
        """
        if not PYTHON.is_file():
            raise InfrastructureError("Airflow is not installed", code="no-airflow", hint="make airflow installs it")
        with exclusive(self.layout.lock):
            write_configuration(self.home, self.root, self._port or free_port(), self._more)
            for folder in (self.layout.pid("x").parent, self.layout.log("x").parent):
                folder.mkdir(parents=True, exist_ok=True)
            dead = [daemon for daemon in self.daemons if daemon.pid is None]
            if dead:
                self.command("db", "migrate")
            for daemon in dead:
                daemon.start(seconds=180)
            return [daemon.name for daemon in dead]

    def stop(self, seconds: float = STOP_TIMEOUT_SECONDS) -> list[str]:
        """Stop all processes, and return the names of those that lived; running work has `seconds` to end by itself."""
        living = [daemon for daemon in reversed(self.daemons) if daemon.session]
        for daemon in living:
            daemon.stop(seconds)
        return [daemon.name for daemon in living]

    def __enter__(self) -> Airflow:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def command(self, *arguments: str) -> str:
        """Run `airflow` with these arguments, and return its output.

        Raises:
            InfrastructureError: It failed.
        """
        done = subprocess.run(
            [str(PYTHON), "-m", "airflow", *arguments],
            env=self.environment, cwd=self.home, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            output_tail = (done.stdout + done.stderr)[-2_000:]
            raise InfrastructureError(
                f"airflow {' '.join(arguments)} ended with {done.returncode}:\n{output_tail}", code="airflow"
            )
        return done.stdout

    def ask(self, method: str, path: str, **document: Any) -> Any:
        """Return the answer of its API (`/api/v2`) in plain JSON types.

        Raises:
            requests.HTTPError: The API refused the request.
        """
        answer = requests.request(
            method,
            f"{self.address}/api/v2/{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            json=document or None,
            timeout=_TIMEOUT,
        )
        if not answer.ok:
            raise requests.HTTPError(f"{answer.status_code} {path}: {answer.text}", response=answer)
        return answer.json() if answer.content else None

    @cached_property
    def token(self) -> str:
        """The token of the user for the header `Authorization: Bearer`."""
        credentials = {"username": USER, "password": self.password}
        answer = requests.post(f"{self.address}/auth/token", json=credentials, timeout=_TIMEOUT)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    @property
    def _configuration(self) -> configparser.ConfigParser:
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(self.home / CONFIGURATION, encoding="utf-8")
        return parser

    def _health(self) -> dict[str, Any]:
        try:
            answer = requests.get(f"{self.address}/api/v2/monitor/health", timeout=5)
            health: dict[str, Any] = answer.json() if answer.ok else {}
        except (requests.RequestException, ValueError):
            return {}
        return health

    def _answers(self) -> bool:
        return bool(self._health())

    def _schedules(self) -> bool:
        return self._is_healthy("scheduler")

    def _processes(self) -> bool:
        return self._is_healthy("dag_processor")

    def _is_healthy(self, part: str) -> bool:
        return bool(self._health().get(part, {}).get("status") == "healthy")
