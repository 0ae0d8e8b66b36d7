"""A project of two pipelines: every command takes --pipeline, and none guesses."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from assay.cli.main import cli, invoke
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Action
from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_documents import RECORD
from assay.store.ledger.run_record import RunRecord
from assay.store.users import Actor

from ...kept_models import versions_known
from .command_tree import command_tree, options_of, runnable

PARCELS = Path(__file__).parents[2] / "projects" / "parcels"
OF_NO_PIPELINE = {"schema", "profile", "init", "submission cancel", "help", "completion"}
"""The JSON Schema of specs, a look at one file, a new project, the end of a submission, and the command line itself."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pipelines, alike but for their names, and nothing ran."""
    root = tmp_path / "project"
    shutil.copytree(PARCELS, root, ignore=shutil.ignore_patterns("__pycache__"))
    folder = root / "conf" / "pipelines"
    other = (folder / "parcels.yaml").read_text().replace("pipeline: parcels", "pipeline: letters", 1)
    (folder / "letters.yaml").write_text(other)
    (tmp_path / "home").mkdir()
    for name, value in (("PROJECT", root), ("HOME", tmp_path / "home"), ("USER", "eva")):
        monkeypatch.setenv(f"ASSAY_{name}", str(value))
    monkeypatch.syspath_prepend(str(root))
    return root


@pytest.fixture
def served(project: Path) -> Context:
    """Version 1 served before version 2 does."""
    ctx = Context(load_pipeline(open_project(project), "letters"))
    evidence = versions_known((1, 2))
    for number, version in enumerate((1, 2)):
        ctx.promotions.write(
            number, kind=PromotionKind.PROMOTE, champion=ModelVersion(version), actor=Actor("eva"), why="",
            run_id=f"p{version}", evidence=evidence,
        )  # fmt: skip
        ctx.runs.write(f"p{version}", RECORD, _record(ctx, f"p{version}"))
    return ctx


def _record(ctx: Context, run_id: str) -> RunRecord:
    return ctx.record(run_id, "gate", "letters", Interval.of(date(2024, 2, 5)), Action.PROMOTE)


def champion(ctx: Context) -> int | None:
    state = ctx.promotions.current()
    return None if state is None else state.champion


def test_every_command_takes_the_pipeline_as_an_option() -> None:
    without = {name for name, command in runnable(command_tree(cli)).items() if "--pipeline" not in options_of(command)}
    assert without == OF_NO_PIPELINE


def test_a_version_is_promoted_and_rolled_back_in_the_pipeline_that_the_option_names(served: Context) -> None:
    assert invoke(["promote", "--pipeline", "letters", "1", "--reason", "it is steadier"]) == 0
    assert champion(served) == 1
    assert invoke(["rollback", "--pipeline", "letters", "--reason", "it is not"]) == 0
    assert champion(served) == 2
    assert invoke(["promote", "letters", "1", "--reason", "by position"]) == 0
    assert champion(served) == 1


@pytest.mark.usefixtures("served")
def test_a_pause_and_its_end_go_by_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["pause", "--pipeline", "letters", "--reason", "odd labels"]) == 0
    capsys.readouterr()
    assert invoke(["status", "--pipeline", "letters", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert "odd labels" in about["paused"]
    assert about["last"]["pause"]["from"] is None, "a pause is about no date"
    assert invoke(["status", "--pipeline", "letters"]) == 0
    assert "None" not in capsys.readouterr().out
    assert invoke(["resume", "--pipeline", "letters", "--reason", "they were right"]) == 0


@pytest.mark.parametrize(
    "command",
    [
        ["promote", "1", "--reason", "x"],
        ["promote", "--date", "2024-02-05", "--reason", "x"],
        ["rollback", "--reason", "x"],
        ["pause", "--reason", "x"],
        ["resume", "--reason", "x"],
        ["release", "parcels", "--date", "2024-01-01", "--reason", "x"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_without_a_name_nothing_is_done_and_the_choices_are_named(
    served: Context, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke([*command, *(["--json"] if "--json" not in command else [])]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["error"] in {"usage", "unknown-table"}
    assert "letters" in answer["hint"]
    assert "parcels" in answer["hint"]
    assert champion(served) == 2


@pytest.mark.usefixtures("served")
def test_a_release_goes_to_the_pipeline_that_the_option_names(capsys: pytest.CaptureFixture[str]) -> None:
    release = ["release", "parcels", "--pipeline", "letters", "--date", "2024-01-01", "--reason", "x", "--json"]
    assert invoke(release) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "not-held"


def test_two_names_that_differ_are_a_mistake(served: Context, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["promote", "parcels", "1"], ["release", "parcels", "parcels", "--date", "2024-01-01"]):
        assert invoke([*command, "--pipeline", "letters", "--reason", "x", "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["error"] == "usage"
    assert champion(served) == 2
