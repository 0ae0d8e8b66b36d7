"""A command that changes who serves answers first, and lets MLflow's aliases follow then, whatever MLflow does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.verdict import Action
from assay.spec.project import load_pipeline, open_project
from assay.stages.promotion.aliases import DEADLINE_SECONDS, AliasLag, alias_lag
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import GateDetails

from ...kept_models import a_version

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"

COMMAND_LINE = """
import shutil, sys
from assay.stages.promotion import aliases

answer, snapshot, seconds, *arguments = sys.argv[1:]

class FirstImport:
    def find_spec(self, name, path=None, target=None):
        if name == "mlflow" and "mlflow" not in sys.modules:
            shutil.copyfile(answer, snapshot)

sys.meta_path.insert(0, FirstImport())
aliases.DEADLINE_SECONDS = float(seconds)
sys.argv = ["assay", *arguments]
from assay.cli.main import main
main()
"""
"""The command line, which copies what has left its standard output when MLflow's import begins."""

REMARKS = {
    "works": """
class MlflowClient:
    def __init__(self, *_): pass
    def search_registered_models(self, _): return []
    def search_model_versions(self, _, max_results): return []
    def set_registered_model_alias(self, *_): pass
""",
    "is broken": "raise RuntimeError('half of it is missing')",
    "hangs": "import threading; threading.Event().wait()",
}
"""Modules in the place of mlflow.tracking, for what the real one cannot be made to do."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How a command ended, and what had left its standard output when MLflow's import began: None if it never did."""

    exit_code: int
    stdout: str
    stderr_lines: list[str]
    before_mlflow: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """Version 2 serves in place of 1, and a gate proposes a promotion."""

    root: Path
    home: Path

    @property
    def context(self) -> Context:
        return Context(load_pipeline(open_project(self.root), "parcels"), claimed="tester")

    def track_at(self, address: str) -> None:
        """Let the environment name another MLflow."""
        path = self.root / "conf" / "environments" / "local.yaml"
        text = path.read_text()
        path.write_text(text.replace("sqlite:///${ASSAY_HOME}/mlflow.db", address))
        assert path.read_text() != text

    def assay(self, *arguments: str, mlflow: str = "", seconds: float = DEADLINE_SECONDS) -> Answered:
        """The command line in a process of its own; `mlflow` is what is there in place of the real one, if any is."""
        answer, snapshot, path = self.home / "answer", self.home / "snapshot", str(self.root)
        if mlflow:
            package = self.home / "packages" / "mlflow"
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
            (package / "tracking.py").write_text(REMARKS[mlflow])
            path = f"{package.parent}{os.pathsep}{path}"
        command = [sys.executable, "-c", COMMAND_LINE, str(answer), str(snapshot), str(seconds), *arguments]
        with answer.open("w") as stdout:
            done = subprocess.run(
                command, env=os.environ | {"PYTHONPATH": path}, stdout=stdout, stderr=subprocess.PIPE, text=True,
                timeout=120, check=False,
            )  # fmt: skip
        before = snapshot.read_text() if snapshot.exists() else None
        return Answered(done.returncode, answer.read_text(), done.stderr.splitlines(), before)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    for name, value in (("PROJECT", root), ("HOME", home)):
        monkeypatch.setenv(f"ASSAY_{name}", str(value))
    monkeypatch.syspath_prepend(str(root))
    made, day = Project(root, home), Interval.of(date(2024, 2, 5))
    ctx = made.context
    versions = {ModelVersion(1): a_version(digest="a"), ModelVersion(2): a_version(digest="b")}
    for number, champion in enumerate((1, 2)):
        ctx.promotions.write(
            number,
            kind=PromotionKind.PROMOTE,
            champion=ModelVersion(champion),
            why="",
            run_id=f"p{number}",
            evidence=Evidence(versions),
        )
        ctx.ledger.append(ctx.record(f"p{number}", "gate", "parcels", day, Action.PROMOTE))
    details = GateDetails(
        training="t", forward="boosted", claim=PromotionClaim.BETTER, champion=ModelVersion(2), state=1,
        promotion=None, against=2,
    )  # fmt: skip
    ctx.ledger.append(ctx.record("proposal", "gate", "parcels", day, Action.PROMOTE, why="better", details=details))
    return made


ROLLBACK = ("rollback", "parcels", "--reason", "odd scores since noon")
CHANGES = {
    "rollback": ROLLBACK,
    "promote": ("promote", "parcels", "1", "--reason", "the first one was better"),
    "decline": ("decline", "parcels", "--proposal", "proposal", "--reason", "not now"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_whole_answer_has_left_before_the_import_of_mlflow_begins(project: Project, change: str) -> None:
    done = project.assay(*CHANGES[change], mlflow="works")
    assert (done.exit_code, done.stderr_lines) == (0, [])
    assert done.before_mlflow == done.stdout != ""
    assert alias_lag(project.context) is None


def test_the_json_document_is_complete_before_the_import_of_mlflow_begins(project: Project) -> None:
    done = project.assay(*ROLLBACK, "--json", mlflow="works")
    assert done.before_mlflow == done.stdout
    numbers = json.loads(done.stdout)["outcomes"][0]["numbers"]
    assert (numbers["promotion"], numbers["champion"], numbers["reach"]["version"]) == (3, 1, 2)


def test_status_imports_no_mlflow_and_shows_the_lag(project: Project) -> None:
    done = project.assay("status", "parcels")
    assert (done.exit_code, done.before_mlflow) == (0, None)
    assert AliasLag(2, 0).sentence in done.stdout
    lag = json.loads(project.assay("status", "parcels", "--json").stdout)["alias_lag"]
    assert (lag["promotion"], lag["aligned"]) == (2, 0)


@pytest.mark.parametrize("point", ["promotion:before-alias", "aliases:before-note"])
def test_killed_around_the_aliases_the_next_command_lets_them_follow(
    project: Project, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setenv("ASSAY_KILL_AT", point)
    assert project.assay(*ROLLBACK, mlflow="works").exit_code == -signal.SIGKILL
    assert alias_lag(project.context) == AliasLag(3, 0)
    monkeypatch.delenv("ASSAY_KILL_AT")
    again = project.assay("promote", "parcels", "1", "--reason", "to be sure", mlflow="works")
    assert (again.exit_code, len(project.context.promotions.history())) == (0, 3), "it is the champion already"
    assert alias_lag(project.context) is None


@pytest.fixture(params=["is broken", "hangs", "locked", "dead"])
def faulty(request: pytest.FixtureRequest, project: Project) -> Iterator[Callable[..., Answered]]:
    """The command line beside an MLflow with a fault."""
    if request.param == "locked":
        with closing(sqlite3.connect(project.home / "mlflow.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield project.assay
    elif request.param == "dead":
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # taken, and nobody listens
            project.track_at(f"http://127.0.0.1:{taken.getsockname()[1]}")
            yield project.assay
    else:
        yield partial(project.assay, mlflow=request.param, seconds=0.5)


def test_a_fault_of_mlflow_is_one_line_after_the_answer_and_no_failure(
    project: Project, faulty: Callable[..., Answered]
) -> None:
    done = faulty(*ROLLBACK, "--json")
    assert done.exit_code == 0
    assert done.before_mlflow == done.stdout
    assert json.loads(done.stdout)["exit_code"] == 0
    [line] = done.stderr_lines
    assert AliasLag(3, 0).sentence in line
    assert alias_lag(project.context) == AliasLag(3, 0)
