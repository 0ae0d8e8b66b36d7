"""A real Airflow with the small project of parcels: five weeks have landed and were cleaned before it starts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from devtools.hadoop.process import arguments_of, living
from devtools.hadoop.waiting import wait_until as wait
from devtools.local_airflow import runs
from devtools.local_airflow.standalone import PYTHON, ROOT, Airflow

PARCELS = ROOT / "tests" / "projects" / "parcels"
FIRST, TRAINED, LANDED = date(2024, 1, 1), date(2024, 2, 8), date(2024, 2, 20)
OPERATED = "\noperate: {retry_after: 10 seconds}\n"


def wait_until(
    condition: Callable[[], bool],
    what: str,
    seconds: float,
    *,
    details: Callable[[], str] = lambda: "",
    pause: float = 1.0,
) -> None:
    """As Hadoop's, but asking each second: an answer of Airflow's API costs more than a look at a process."""
    wait(condition, what, seconds, details=details, pause=pause)


@dataclass(frozen=True, slots=True)
class Night:
    """A project with a home, and the Airflow that works on it."""

    root: Path
    home: Path
    airflow: Airflow
    database: str

    def context(self) -> Context:
        """What happened, from the ledger."""
        return context_of(self.root, self.home)

    def assay(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line."""
        environment = os.environ | {
            "ASSAY_PROJECT": str(self.root),
            "ASSAY_HOME": str(self.home),
            "ASSAY_USER": "tester",
            "PYTHONPATH": str(self.root),
        }
        command = [sys.executable, "-m", "assay.cli.main", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)

    def trigger(self, dag: str, **conf: object) -> str:
        """The run id of a run that was triggered by hand."""
        return runs.trigger(self.airflow, dag, **conf)

    def state(self, dag: str, run: str) -> str:
        """The state of a run."""
        return runs.state(self.airflow, dag, run)

    def ended(self, dag: str, run: str, seconds: float = 600) -> dict[str, str]:
        """The state of each task of a run, once it is over."""
        return runs.ended(self.airflow, dag, run, seconds, details=lambda: self.diagnosis(dag, run))

    def tasks(self, dag: str, run: str) -> dict[str, str]:
        """The state of each task of a run."""
        return runs.tasks(self.airflow, dag, run)

    def note(self, dag: str, run: str) -> str:
        """The note of a run, empty where it has none."""
        return str(self.airflow.ask("GET", f"dags/{dag}/dagRuns/{run}")["note"] or "")

    def clear(self, dag: str, run: str, task: str) -> None:
        """Let a task and those behind it run again."""
        runs.clear(self.airflow, dag, run, task)

    def instance(self, dag: str, run: str, task: str) -> Mapping[str, Any]:
        """One task of a run, as the API describes it."""
        return dict(self.airflow.ask("GET", f"dags/{dag}/dagRuns/{run}/taskInstances/{task}"))

    def verdict(self, dag: str, run: str, task: str) -> Mapping[str, Any]:
        """What a task told: its XCom."""
        path = f"dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/verdict"
        value = self.airflow.ask("GET", path)["value"]
        return dict(json.loads(value) if isinstance(value, str) else value)

    def log(self, dag: str, run: str, task: str) -> str:
        """All that the last try of a task said."""
        number = self.instance(dag, run, task)["try_number"]
        reply = self.airflow.ask(
            "GET", f"dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{number}?full_content=true"
        )
        return "\n".join(str(one.get("event", one) if isinstance(one, dict) else one) for one in reply["content"])

    def diagnosis(self, dag: str, run: str) -> str:
        """The states of the tasks, and the end of the log of the first that is not well."""
        states = self.tasks(dag, run)
        worst = next((task for task, state in states.items() if state in {"failed", "up_for_retry", "running"}), None)
        return f"{states}\n{self.log(dag, run, worst)[-3_000:] if worst else ''}"


def quiet(states: Mapping[str, str]) -> bool:
    """Whether a night went well."""
    return dict(states) == dict.fromkeys(states, "success")


def submitting(job: str) -> list[int]:
    """The processes of spark-submit for a job of this project."""
    pids = []
    for pid in living():
        words = arguments_of(pid)
        scripts = [words[at : at + 2] for at, word in enumerate(words) if word.endswith("jobs/stage.py")]
        if any(job in script for script in scripts) and words[0].endswith("java"):
            pids.append(pid)
    return pids


def leaders_of(home: Path) -> set[int]:
    """The processes that were started for an Airflow: what they start stays in their sessions, whatever its name."""
    return {int(file.read_text().split()[0]) for file in (home / "run").glob("*.pid")}


def living_in(sessions: set[int]) -> list[int]:
    """The processes that live in a session."""
    pids = []
    for pid in living():
        with suppress(ProcessLookupError):
            if os.getsid(pid) in sessions and any(arguments_of(pid)):
                pids.append(pid)
    return pids


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project with a dags folder."""
    root = tmp_path_factory.mktemp("airflow") / "project"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("dags", "plugins"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    spec = root / "conf" / "pipelines" / "parcels.yaml"
    # A DAG that is switched on has its last run at once, which would be one of today.
    spec.write_text(spec.read_text().replace(', train: "0 3 * * MON"', "") + OPERATED)
    sys.path.insert(0, str(root))
    yield root
    sys.path.remove(str(root))


@pytest.fixture(scope="session")
def cleaned(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which days have landed until LANDED, and those before TRAINED are clean."""
    from parcel_code.landing import write_drops

    from assay.stages.operations.run import run, select_stages

    home = tmp_path_factory.mktemp("cleaned") / "home"
    write_drops(home / "landing", FIRST, (LANDED - FIRST).days)
    ctx = context_of(project, home)
    run(ctx, Interval(FIRST, TRAINED), select_stages("land..validate"))
    ctx.spark.stop()
    return home


def context_of(root: Path, home: Path) -> Context:
    """The context of the parcels in a home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HOME", str(home))
        return Context(load_pipeline(open_project(root), "parcels"), claimed="tester")


@contextmanager
def database() -> Iterator[str]:
    """The address of a PostgreSQL, which lives as long as the block runs."""
    command = [str(PYTHON), "-W", "ignore", "-m", "devtools.local_airflow.database"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address, "PostgreSQL did not start"
        yield address


@contextmanager
def airflow_on(root: Path, cleaned: Path, folder: Path, **more: Any) -> Iterator[Night]:
    """An Airflow on a copy of the cleaned home, as long as the block runs; `more` is for it.

    Where its database is a file, Airflow may refuse to make a backfill's runs beside its scheduler.
    """
    home = folder / "home"
    shutil.copytree(cleaned, home)
    variables = {"ASSAY_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}:{root}"}
    with (
        database() as address,
        Airflow(folder / "airflow", root, variables=variables, parse=5, database=address, **more) as airflow,
    ):
        wait_until(
            lambda: airflow.ask("GET", "dags")["total_entries"] == 4, "the four DAGs", 120,
            details=lambda: str(airflow.ask("GET", "importErrors")["import_errors"]),
        )  # fmt: skip
        yield Night(root, home, airflow, address)


@pytest.fixture(scope="session")
def night(project: Path, cleaned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """Nothing was trained, and Airflow runs."""
    with airflow_on(project, cleaned, tmp_path_factory.mktemp("night")) as night:
        yield night
