"""Every command of docs/tutorial.md and of one README, in order and in one shell, as their readers would run them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from assay.spec.project import load_pipeline, open_project
from assay.stages.runtime.context import Context

from ..fresh_variables import fresh_variables

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
HOURLY = (ROOT / "examples" / "hourly_temperature" / "README.md").read_text()
CLEAN_UP = "unset ASSAY_PROJECT PYTHONPATH"


def commands(page: str = TUTORIAL) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def execute(lines: list[str], folder: Path, *names: str) -> None:
    """Execute the lines of a page in a folder that has links to some of the project's own folders."""
    for name in names:
        (folder / name).symlink_to(ROOT / name)
    done = subprocess.run(
        ["bash", "-exc", "\n".join(lines)],
        cwd=folder,
        env=fresh_variables(),
        capture_output=True,
        text=True,
        timeout=1700,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.system
@pytest.mark.timeout(1800)
def test_the_commands_of_the_tutorial_end_with_a_rollback_and_a_promotion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(commands()[: commands().index(CLEAN_UP)], tmp_path, ".venv", "tests")
    project = tmp_path / ".assay" / "tutorial"
    monkeypatch.delenv("ASSAY_PROJECT", raising=False)
    monkeypatch.delenv("ASSAY_HOME", raising=False)
    monkeypatch.syspath_prepend(str(project))
    pipeline = load_pipeline(open_project(project), "parcels")
    assert pipeline.spec.gate.margin == 0.05, "the page says so"
    history = Context(pipeline, claimed="reader").promotions.history()
    assert [(one.kind, one.champion) for one in history] == [
        ("promote", 1), ("promote", 2), ("rollback", 1), ("promote", 2),
    ]  # fmt: skip


@pytest.mark.system
@pytest.mark.timeout(1800)
def test_the_commands_of_the_second_examples_readme_end_with_a_report(tmp_path: Path) -> None:
    execute(commands(HOURLY), tmp_path, ".venv", "conf", "examples")
    assert (tmp_path / ".assay" / "report" / "hourly_temperature" / "index.html").is_file()


def test_the_tutorial_ends_with_its_own_clean_up() -> None:
    assert commands()[-2:] == [CLEAN_UP, "rm -r .assay/tutorial"]
