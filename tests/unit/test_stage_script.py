"""Which script `spark-submit` is given for a stage, and what the wheel's own script refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.core.operations.submission import JOBS
from assay.errors import InputError
from assay.jobs.stage import main
from assay.submission.submit import Job, job_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("stage", JOBS)
def test_a_project_without_scripts_runs_each_stage_by_the_wheels(stage: str, tmp_path: Path) -> None:
    job = job_of(tmp_path, stage)
    assert (job.script.name, job.entry) == ("stage.py", (stage,))
    assert job.script.is_file()


@pytest.mark.parametrize("stage", JOBS)
def test_this_projects_own_scripts_go_first(stage: str) -> None:
    assert job_of(ROOT, stage) == Job(ROOT / "jobs" / f"{stage}.py")


def test_each_script_of_this_project_is_of_a_stage() -> None:
    assert {path.stem for path in (ROOT / "jobs").glob("*.py")} == set(JOBS)


def test_a_stage_without_a_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        job_of(tmp_path, "cleen")
    assert error.value.code == "unknown-stage"


@pytest.mark.parametrize("arguments", [[], ["cleen"], ["--help"], ["rollback", "parcels"]])
def test_the_wheels_script_runs_nothing_but_a_stage(arguments: list[str]) -> None:
    assert main(arguments) == 2
