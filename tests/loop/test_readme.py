"""Every command of the README, in its order, on a week of the real flights."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    makes = [command.split()[1] for command in commands() if command.startswith("make ")]
    assert makes == ["demo", "test"]
    assert set(makes) <= targets


@pytest.mark.timeout(900)
def test_every_other_command_runs_as_it_is_written(tmp_path: Path) -> None:
    from flight_delays.landing import write_drops

    project = tmp_path / "project"
    project.mkdir()
    drops = project / ".assay" / "landing"
    write_drops(drops, date(2013, 1, 1), date(2013, 1, 8), arrived_before=date(2013, 1, 8))
    for name in ("conf", "jobs", ".venv"):
        (project / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "uv.lock", project)
    environment = {name: value for name, value in os.environ.items() if name not in ("ASSAY_HOME", "ASSAY_PROJECT")}
    ran = 0
    for command in commands():
        if command.startswith("make "):
            continue
        done = subprocess.run(
            command.split(), cwd=project, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        ran += 1
    assert ran >= 10
