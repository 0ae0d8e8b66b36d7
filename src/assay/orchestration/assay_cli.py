"""Assay's command line, in the environment that has Spark and MLflow: a scheduler runs it and imports neither."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.spec.project import Environment, open_project

PYTHON_VARIABLE = "ASSAY_PYTHON"
"""The environment variable that names the Python of the environment in which Assay is installed."""

REPORTS_VARIABLE = "ASSAY_REPORTS"
"""The environment variable with the address under which a worker's folder of reports is served."""

REPORTS = "/assay/reports"
"""The path below which Airflow's own API server serves them."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command: its exit code, the document that it printed, and what it wrote to standard error."""

    exit_code: int
    document: dict[str, Any] = field(default_factory=dict)
    stderr_text: str = ""

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """The outcomes of what it did, what went wrong first; empty where an error ended it before."""
        return sorted(self.document.get("outcomes", []), key=lambda outcome: -int(outcome.get("exit_code", 0)))

    @property
    def sentence(self) -> str:
        """The sentences of its outcomes; without outcomes that of its error."""
        summary = "; ".join(str(outcome["sentence"]) for outcome in self.outcomes)
        return summary or str(self.document.get("message") or self.stderr_text.strip() or f"exit {self.exit_code}")

    @property
    def statuses(self) -> set[str]:
        """The statuses of what it did."""
        return {str(outcome["status"]) for outcome in self.document.get("outcomes", [])}


@dataclass(frozen=True, slots=True)
class AssayCli:
    """A project, the environment of it that is worked in, and the Python that has Assay."""

    root: Path
    env: str

    @property
    def python(self) -> Path:
        """$ASSAY_PYTHON, or that of the project's own .venv.

        Raises:
            InputError: Neither exists.
        """
        named = os.environ.get(PYTHON_VARIABLE)
        python = Path(named) if named else self.root / ".venv" / "bin" / "python"
        if not python.is_file():
            raise InputError(
                f"there is no Python at {python}",
                code="no-python",
                hint=f"let {PYTHON_VARIABLE} name the one with Assay",
            )
        return python

    @property
    def environment(self) -> Environment:
        """The environment of the project: where it runs, and where it keeps its files.

        Raises:
            InputError: The environment's file has a mistake.
        """
        return open_project(self.root, env=self.env).environment

    @property
    def home(self) -> Path:
        """The folder of the project's own files, such as the reports.

        Raises:
            InputError: The environment's file has a mistake.
        """
        return open_project(self.root, env=self.env).home

    def run(
        self, arguments: Sequence[str], *, user: str = "", log: Callable[[str], None] | None = None
    ) -> CommandResult:
        """Run the command and wait for it.

        Args:
            arguments: The command and its options, without `--env` and `--json`.
            user: The name for the ledger.
            log: Receives the lines of progress and errors when the command has ended.
        """
        environment = self._variables | ({"ASSAY_USER": user} if user else {})
        done = subprocess.run(self._command(arguments), env=environment, capture_output=True, text=True, check=False)
        if log is not None:
            for line in done.stderr.splitlines():
                log(line)
        return CommandResult(done.returncode, _document(done.stdout), done.stderr)

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Start the command in a session of its own, so that it outlives this process; its stderr is a pipe."""
        return subprocess.Popen(
            self._command(arguments), env=self._variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    @property
    def _variables(self) -> dict[str, str]:
        return os.environ | {"ASSAY_PROJECT": str(self.root)}

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [str(self.python), "-m", "assay.cli.main", *arguments, "--env", self.env, "--json"]


def _document(text: str) -> dict[str, Any]:
    """Return the JSON document that ends a command's output, empty where there is none."""
    at = 0 if text.startswith("{") else text.find("\n{") + 1
    try:
        document = json.loads(text[at:])
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
