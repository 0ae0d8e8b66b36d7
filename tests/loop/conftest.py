"""A small project that is lived through once, and copies of it for the tests that break things."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.evaluation.gate import gate
from assay.stages.operations.run import run, select_stages
from assay.stages.runtime.context import Context
from assay.stages.scoring.score import score
from assay.stages.training.train import train
from assay.store.failpoints import SimulatedCrash

from ..interruptible import INTERRUPTIBLE
from ..lakes import kept_lake

PARCELS = Path(__file__).parent.parent / "projects" / "parcels"
FIRST = date(2024, 1, 1)
TRAINED = date(2024, 2, 8)
LIVED = Interval(FIRST, TRAINED)
WEEK = Interval(date(2024, 2, 1), TRAINED)


@dataclass(frozen=True, slots=True)
class Project:
    """A project's folder and its home, run in this process or as its user would."""

    root: Path
    home: Path

    def context(self, **options: Any) -> Context:
        """A context in this process; `options` as Context takes them."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ASSAY_HOME", str(self.home))
            return Context(load_pipeline(open_project(self.root), "parcels"), claimed="tester", **options)

    def environment(self, **variables: str) -> dict[str, str]:
        """The environment of a user of this project, with `variables` on top."""
        environment = os.environ | {
            "ASSAY_PROJECT": str(self.root),
            "ASSAY_HOME": str(self.home),
            "ASSAY_USER": "tester",
            "PYTHONPATH": str(self.root),
        }
        environment.pop("PYSPARK_GATEWAY_PORT", None)
        environment.pop("PYSPARK_GATEWAY_SECRET", None)
        return environment | variables

    def assay(
        self, *arguments: str, kill_at: str = "", path: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """The command line, in a process of its own; killed at a named point if one is given. `variables`
        are of its environment."""
        environment = self.environment(ASSAY_KILL_AT=kill_at, **variables)
        if path is not None:
            environment["PATH"] = path
            environment.pop("JAVA_HOME", None)
        command = [sys.executable, "-m", "assay.cli.main", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=480, check=False)

    def start(
        self, *arguments: str, stop_at: str = "", new_session: bool = False, **variables: str
    ) -> subprocess.Popen[str]:
        """The command line in a process of its own, not waited for; it stops at a named point if one is given.
        `variables` are of its environment. In a session of its own it can be interrupted."""
        prefix = INTERRUPTIBLE if new_session else ()
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "assay.cli.main", *arguments],
            env=self.environment(ASSAY_STOP_AT=stop_at, **variables),
            start_new_session=new_session,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def here(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line in this process, where Spark runs already."""
        with (
            pytest.MonkeyPatch.context() as patch,
            redirect_stdout(StringIO()) as out,
            redirect_stderr(StringIO()) as err,
        ):
            for name, value in (("PROJECT", str(self.root)), ("HOME", str(self.home)), ("USER", "tester")):
                patch.setenv(f"ASSAY_{name}", value)
            code = invoke(arguments)
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def crashed(self, *arguments: str, at: str) -> None:
        """The command line in this process, which ends at a named point as if it had crashed there."""
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SimulatedCrash):
            patch.setenv("ASSAY_CRASH_AT", at)
            done = self.here(*arguments)
            raise AssertionError(f"it did not reach {at}: {done.stdout}{done.stderr}")

    def lake(self, kind: str, name: str) -> Path:
        """Where a table stands."""
        return self.home / "lake" / kind / name

    def edit(self, old: str, new: str) -> None:
        """Change the pipeline's YAML in one place."""
        path = self.root / "conf" / "pipelines" / "parcels.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def drop(self, day: str = "2024-01-01") -> Path:
        """The file of parcels that landed for a day."""
        return self.home / "landing" / "parcels" / day / "parcels.csv"

    def copy(self, target: Path) -> Project:
        """The same state in another home."""
        shutil.copytree(self.home, target, dirs_exist_ok=True)
        database = target / "mlflow.db"
        if database.exists():
            _move_artifacts(database, self.home, target)
        return Project(self.root, target)


def _move_artifacts(database: Path, old: Path, new: Path) -> None:
    """MLflow keeps absolute places: let the copy's point into the copy."""
    import sqlite3

    with sqlite3.connect(database) as connection:
        for table, column in (
            ("experiments", "artifact_location"),
            ("runs", "artifact_uri"),
            ("logged_models", "artifact_location"),
            ("model_versions", "source"),
            ("model_versions", "storage_location"),
        ):
            connection.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (str(old), str(new)))
    connection.close()


@pytest.fixture(scope="session")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("parcels") / "project"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    sys.path.insert(0, str(root))
    yield root
    sys.path.remove(str(root))


@pytest.fixture
def fresh(parcels: Path, tmp_path: Path) -> Project:
    """Two days have landed, and nothing ran."""
    return with_days(parcels, tmp_path / "home", 2)


def with_days(root: Path, home: Path, days: int) -> Project:
    """A home into which some days have landed."""
    from parcel_code.landing import write_drops

    write_drops(home / "landing", FIRST, days)
    return Project(root, home)


@pytest.fixture(scope="session")
def trained(parcels: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Five weeks landed and were cleaned, and contenders were trained; nothing was judged."""
    kept = Project(parcels, kept_lake("trained", lambda home: train_on(with_days(parcels, home, len(LIVED)))))
    return kept.copy(tmp_path_factory.mktemp("trained") / "home")


def train_on(project: Project) -> None:
    """Clean all days and train."""
    ctx = project.context(why="the tests need a champion")
    run(ctx, LIVED, select_stages("land..validate"))
    train(ctx, TRAINED)


@pytest.fixture(scope="session")
def lived(parcels: Path, trained: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """There is a champion, and the last week waits to be scored."""
    kept = Project(parcels, kept_lake("lived", lambda home: gate(trained.copy(home).context(), TRAINED)))
    return kept.copy(tmp_path_factory.mktemp("lived") / "home")


@pytest.fixture(scope="session")
def proposed_once(trained: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The gate proposes a promotion, and nothing was answered."""
    project = trained.copy(tmp_path_factory.mktemp("proposed"))
    done = project.here("gate", "parcels", "--date", str(TRAINED), "--propose", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    [outcome] = json.loads(done.stdout)["outcomes"]
    assert outcome["status"] == "propose"
    assert f"assay promote parcels --date {TRAINED}" in outcome["sentence"], "the command that makes it serve"
    return project


@pytest.fixture
def proposed(proposed_once: Project, tmp_path: Path) -> Project:
    """A copy of what was proposed, to answer."""
    return proposed_once.copy(tmp_path / "proposed")


@pytest.fixture
def owned(parcels: Path, tmp_path: Path) -> Project:
    """A project whose YAML may be changed, with two days landed."""
    root = tmp_path / "project"
    shutil.copytree(parcels, root)
    return with_days(root, tmp_path / "home", 2)


@pytest.fixture
def own(lived: Project, tmp_path: Path) -> Project:
    """A copy of what was lived, to break."""
    return lived.copy(tmp_path / "own")


@pytest.fixture
def serving(own: Project) -> Project:
    """What was lived, and the champion has served one day: the next days are scored together."""
    score(own.context(), Interval(date(2024, 1, 31), WEEK.start))
    return own


@pytest.fixture
def editable(own: Project, tmp_path: Path) -> Project:
    """What was lived, with a YAML that may be changed."""
    root = tmp_path / "project"
    shutil.copytree(own.root, root)
    return Project(root, own.home)


def killed(project: Project, *arguments: str, at: str) -> None:
    """The command in a process of its own, which SIGKILL ends at the point."""
    done = project.assay(*arguments, kill_at=at)
    assert done.returncode == -signal.SIGKILL, f"it was not killed at {at}: {done.stdout}{done.stderr}"


@pytest.fixture(params=["one by SIGKILL", pytest.param("each by SIGKILL", marks=pytest.mark.system)])
def ended(request: pytest.FixtureRequest) -> Callable[..., None]:
    """End a command at a point: in this process, or by SIGKILL where it is `real`, which every stage has once."""

    def end(project: Project, *arguments: str, at: str, real: bool = False) -> None:
        if real or request.param == "each by SIGKILL":
            killed(project, *arguments, at=at)
        else:
            project.crashed(*arguments, at=at)

    return end
