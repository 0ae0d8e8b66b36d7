"""A project that `assay init` wrote reaches its first promotion, and the page about it has the commands for that."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.spec.project import load_pipeline, open_project
from assay.stages.operations.run import run, select_stages
from assay.stages.runtime.context import Context

from .test_tutorial import ROOT, commands, execute

PAGE = (ROOT / "docs" / "first-project.md").read_text()
CLEAN_UP = "unset ASSAY_PROJECT"


@pytest.fixture
def _no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASSAY_PROJECT", "ASSAY_HOME"):
        monkeypatch.delenv(name, raising=False)


def context_of(folder: Path, name: str) -> Context:
    return Context(load_pipeline(open_project(folder), name), claimed="reader")


@pytest.mark.usefixtures("_no_project")
def test_the_example_reaches_its_first_promotion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "loop_bakery"
    assert invoke(["init", str(folder), "--example", "--json"]) == 0
    next_run = json.loads(capsys.readouterr().out)["next"][2]
    start, end = re.findall(r"\d{4}-\d{2}-\d{2}", next_run)
    ctx = context_of(folder, "loop_bakery")
    run(ctx, Interval(date.fromisoformat(start), date.fromisoformat(end)), select_stages("land..score"))
    assert [(one.kind, one.champion) for one in ctx.promotions.history()] == [("promote", 1)]


@pytest.mark.system
@pytest.mark.timeout(1800)
def test_the_commands_of_the_page_end_with_a_promotion_and_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = commands(PAGE)
    execute(lines[: lines.index(CLEAN_UP)], tmp_path, ".venv")
    folder = tmp_path / ".assay" / "bakery"
    monkeypatch.delenv("ASSAY_PROJECT", raising=False)
    monkeypatch.delenv("ASSAY_HOME", raising=False)
    assert [one.champion for one in context_of(folder, "bakery").promotions.history()] == [1]
    assert (folder / ".assay" / "report" / "bakery" / "index.html").is_file()


def test_the_page_ends_with_its_own_clean_up() -> None:
    assert commands(PAGE)[-2:] == [CLEAN_UP, "rm -r .assay/bakery"]
