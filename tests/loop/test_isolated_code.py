"""A version keeps its code: the user's package is edited, and what was trained before is scored as it always was."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.stages.models.served_outcomes import measurements
from assay.stages.monitoring.monitor import monitor
from assay.stages.promotion.promote import promote
from assay.stages.scoring.score import score

from ..another_version import another_version
from ..edited_features import EDITED
from ..expect_errors import error_codes, missing_data
from .commands import finished
from .conftest import TRAINED, Project
from .table_rows import rows_of

WEEK = Interval(date(2024, 2, 1), TRAINED)
SPEC = "conf/pipelines/parcels.yaml"
SCORE = ["score", "parcels", "--from", "2024-02-01", "--to", "2024-02-08"]


@pytest.fixture(scope="module")
def undisturbed(lived: Project, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The predictions of the week, where nobody edited anything."""
    project = lived.copy(tmp_path_factory.mktemp("undisturbed") / "home")
    score(project.context(), WEEK)
    return rows_of(project, "predictions", "parcels")


@pytest.fixture
def edited(own: Project, tmp_path: Path) -> Project:
    """What was lived, with a copy of the user's project to edit."""
    root = tmp_path / "edited"
    shutil.copytree(own.root, root, ignore=shutil.ignore_patterns("__pycache__"))
    return Project(root, own.home)


def edit(project: Project, before: str, after: str, file: str = "parcel_code/features.py") -> None:
    path = project.root / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def append(project: Project, code: str) -> None:
    with (project.root / "parcel_code" / "features.py").open("a") as file:
        file.write(code)


def test_after_an_edit_of_the_features_section_a_killed_score_ends_as_if_undisturbed(
    edited: Project, undisturbed: list[tuple[object, ...]]
) -> None:
    edit(edited, "{deliveries: 5 days}", "{deliveries: 1 day}", SPEC)
    command = ["score", "parcels", "--date", "2024-02-01"]
    killed = edited.assay(*command, kill_at="score:after-commit")
    assert killed.returncode == 4, killed.stdout + killed.stderr
    assert "process-ended" in error_codes(killed.stderr)
    assert "Traceback" not in killed.stderr
    [outcome] = json.loads(finished(edited, *command, "--json"))["outcomes"]
    assert outcome["run_id"] is None, "its commit is found and recorded"
    assert rows_of(edited, "predictions", "parcels") == undisturbed[:120]


def test_new_code_is_judged_against_the_old_champion_and_each_scores_with_its_own(
    edited: Project, undisturbed: list[tuple[object, ...]]
) -> None:
    append(edited, EDITED)
    edit(edited, "* * MON", "* * THU", SPEC)
    judged = edited.assay("run", "parcels", "--date", str(TRAINED), "--select", "train..gate", "--force")
    assert judged.returncode == 3, "the same model in other units gains nothing: " + judged.stdout + judged.stderr
    assert missing_data(judged.stdout, "1") == []
    other = another_version(edited.context(), TRAINED, edited.context().ledger.records("train")[-1])
    state = edited.context().promotions.current()
    assert state is not None
    assert state.champion == 1
    assert len({state.evidence.versions[version].code for version in (state.champion, other)}) == 2

    edit(edited, "return 1000.0 - weight", "raise RuntimeError('a worker imported the code of today')")
    for file in (edited.home / "cache" / "code").glob("*/parcel_code/features.py"):
        file.write_text("raise RuntimeError('the unpacked code was changed')\n")
    stdout_text = finished(edited, *SCORE)
    assert missing_data(stdout_text, "7 days", 1, "840 rows") == []
    assert rows_of(edited, "predictions", "parcels") == undisturbed
    promote(edited.context(why="it is as good"), other)
    finished(edited, *SCORE, "--force")
    again = rows_of(edited, "predictions", "parcels")
    assert {row[-1] for row in again} == {str(other)}
    assert [row[:2] for row in again] == [row[:2] for row in undisturbed], "the same parcels"

    ctx = edited.context()
    monitor(ctx, WEEK)
    assert sorted(measurements(ctx, other)) == WEEK.dates()


def test_the_error_of_a_versions_own_process_is_shown_as_any_other(edited: Project) -> None:
    append(edited, "# a harmless edit\n")
    shutil.rmtree(edited.lake("clean", "deliveries"))
    failed = edited.assay(*SCORE)
    assert failed.returncode == 2
    assert failed.stdout == ""
    assert failed.stderr.startswith("error[missing-partition]:")
    assert missing_data(failed.stderr, "deliveries") == []
    assert "Traceback" not in failed.stderr
