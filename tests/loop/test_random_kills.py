"""A storm of kills at random moments: whatever they hit, the end is that of an undisturbed run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Project, with_days
from .table_rows import rows_of

KILLS = 50
COMMAND = ["clean", "parcels", "--from", "2024-01-01", "--to", "2024-01-06", "--table", "parcels"]


@pytest.mark.soak
def test_fifty_kills_at_random_moments_lose_and_double_nothing(parcels: Path, tmp_path: Path) -> None:
    project = with_days(parcels, tmp_path / "home", 5)
    chance = random.Random(50)
    for _ in range(KILLS):
        killed_after(project, chance.uniform(0.5, 25))
        days = {row[0] for row in visible(project)}
        assert all(sum(row[0] == day for row in visible(project)) == 120 for day in days), "a day is whole or absent"
    done = project.assay(*COMMAND)
    assert done.returncode == 0, done.stderr
    undisturbed = with_days(parcels, tmp_path / "undisturbed", 5)
    assert undisturbed.assay(*COMMAND).returncode == 0
    assert rows_of(project, "clean", "parcels") == rows_of(undisturbed, "clean", "parcels")


def visible(project: Project) -> list[tuple[object, ...]]:
    if not any(project.lake("clean", "parcels").glob("_delta_log/*.json")):
        return []  # killed before its first commit: files and an empty log, and no table yet
    return rows_of(project, "clean", "parcels")


def killed_after(project: Project, seconds: float) -> None:
    """Start the command in a session of its own and kill all of it after so many seconds, if it still runs."""
    environment = os.environ | {
        "ASSAY_PROJECT": str(project.root),
        "ASSAY_HOME": str(project.home),
        "PYTHONPATH": str(project.root),
    }
    command = [sys.executable, "-m", "assay.cli.main", *COMMAND, "--force"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
