"""The one door, on this machine: the stage's own exit code, and the verdict left for whoever submitted it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from .conftest import Project

DOOR = Path(__file__).parents[2] / "spark-submit.sh"


def submitted(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(DOOR), *arguments]
    return subprocess.run(command, env=project.environment(), capture_output=True, text=True, timeout=480, check=False)


def test_a_held_day_ends_a_submission_with_the_verdicts_code_and_words(owned: Project) -> None:
    drop = owned.drop()
    lines = drop.read_text().splitlines(keepends=True)
    drop.write_text("".join(lines[:3]))
    done = submitted(owned, "clean", "--pipeline", "parcels", "--date", "2024-01-01", "--table", "parcels")
    assert done.returncode == 3, done.stdout + done.stderr
    [place] = owned.home.glob("lake/_assay/parcels/submissions/*/verdict.json")
    left = json.loads(place.read_text())
    assert left["exit_code"] == 3
    assert left["sentence"] in done.stdout
    assert place.parent.name.startswith("assay-parcels-clean-")
    status = owned.here("submission", "status", place.parent.name, "--attempt", left["attempt"])
    assert (status.returncode, status.stdout.strip()) == (3, left["sentence"])
    other = owned.here("submission", "status", place.parent.name, "--attempt", "another", "--state", "killed")
    assert (other.returncode, other.stdout.strip()) == (4, "the driver ended without a verdict (killed)")


def test_what_a_stage_does_not_know_is_refused_before_a_jvm_starts(owned: Project) -> None:
    for arguments in (
        ["clean", "--dat", "2024-01-01"],
        ["cleen"],
        ["clean", "--deploy-mode", "cluster", "--date", "x"],
    ):
        done = submitted(owned, *arguments, "--pipeline", "parcels")
        assert done.returncode == 2, done.stdout + done.stderr
        assert not list(owned.home.glob("lake/_assay/parcels/submissions/*"))


def test_a_scheduler_is_told_the_java_that_was_found(owned: Project) -> None:
    known = {name: value for name, value in owned.environment().items() if "JAVA" not in name}
    command = [str(DOOR), "clean", "--prepare-only", "--pipeline", "parcels", "--date", "2024-01-01"]
    done = subprocess.run(command, env=known, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    variables = json.loads(done.stdout)["variables"]
    assert (Path(variables["JAVA_HOME"]) / "bin" / "java").is_file(), "a worker's PATH need not have it"
