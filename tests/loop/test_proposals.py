"""What a gate proposes serves when somebody says so: once, by name and reason, and never against a newer champion."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from .conftest import TRAINED, Project

DATE = ("--date", str(TRAINED))


@pytest.fixture(scope="module")
def proposed_once(trained: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = trained.copy(tmp_path_factory.mktemp("proposed"))
    done = project.here("gate", "parcels", *DATE, "--propose")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"It waits: 'assay promote parcels --date {TRAINED}' makes it serve." in done.stdout
    return project


@pytest.fixture
def proposed(proposed_once: Project, tmp_path: Path) -> Project:
    return proposed_once.copy(tmp_path / "own")


def test_a_proposal_changes_nobodys_role_until_it_is_carried_out_and_then_once(proposed: Project) -> None:
    assert proposed.context().promotions.current() is None
    assert f"promote parcels --date {TRAINED}" in proposed.here("status", "parcels").stdout
    killed = proposed.assay("promote", "parcels", *DATE, kill_at="promotion:before-ledger")
    assert killed.returncode == -signal.SIGKILL
    again = proposed.here("promote", "parcels", *DATE)
    assert (again.returncode, "done already by promotion 1" in again.stdout) == (0, True)
    ctx = proposed.context()
    [promotion] = ctx.promotions.history()
    assert (promotion.champion, promotion.kind) == (1, "promote")
    assert ctx.registry.aliases()["champion"] == 1
    assert [record.stage for record in ctx.ledger.records()][-2:] == ["gate", "promote"]
    assert "waits" not in proposed.here("status", "parcels").stdout
    scored = proposed.here("score", "parcels", "--date", str(TRAINED - timedelta(days=1)))
    assert scored.returncode == 0, "its bundle and its evidence are found"
    assert "1 day scored by version 1" in scored.stdout


def test_a_declined_proposal_never_serves_and_says_who_declined_it(proposed: Project) -> None:
    unreasoned = proposed.here("decline", "parcels", *DATE)
    assert (unreasoned.returncode, "needs a reason" in unreasoned.stderr) == (2, True)
    assert proposed.here("decline", "parcels", *DATE, "--reason", "it is carnival").returncode == 0
    late = proposed.here("promote", "parcels", *DATE)
    assert (late.returncode, "declined by tester: it is carnival" in late.stderr) == (3, True)
    assert "declined already" in proposed.here("decline", "parcels", *DATE, "--reason", "still").stdout
    assert proposed.context().promotions.current() is None


def test_an_approval_that_the_spec_asks_for_has_a_reason_that_stands_in_the_ledger(
    proposed: Project, tmp_path: Path
) -> None:
    import shutil

    careful = Project(Path(shutil.copytree(proposed.root, tmp_path / "project")), proposed.home)
    careful.edit("score:    {shadow", "promotion: {approval: required}\nscore:    {shadow")
    silent = careful.here("promote", "parcels", *DATE)
    assert (silent.returncode, "a promotion needs a reason" in silent.stderr) == (2, True)
    done = careful.here("promote", "parcels", *DATE, "--reason", "looked at the slices")
    assert done.returncode == 0, done.stderr
    record = careful.context().ledger.records("promote")[-1]
    assert (record.who, record.why) == ("tester", "looked at the slices")
    assert "Approved by tester: looked at the slices" in done.stdout


def test_what_was_judged_against_another_champion_has_lost_its_race(proposed: Project) -> None:
    ctx = proposed.context()
    record = ctx.ledger.records("gate")[-1]
    ctx.promotions.write(0, kind="promote", champion=1, why="by hand", run_id=record.run_id, who="eva")
    lost = proposed.here("promote", "parcels", *DATE)
    assert lost.returncode == 4
    assert "meanwhile: eva made version 1 the champion" in lost.stderr
    assert f"assay gate parcels --date {TRAINED} --force" in lost.stderr


def test_a_gate_that_is_asked_while_the_pipeline_is_paused_proposes_and_promotes_nothing(
    trained: Project, tmp_path: Path
) -> None:
    project = trained.copy(tmp_path / "own")
    assert project.here("pause", "parcels", "--reason", "labels look odd").returncode == 0
    assert "It waits" in project.here("gate", "parcels", *DATE).stdout
    refused = project.here("promote", "parcels", *DATE)
    assert (refused.returncode, "no promotion: parcels is paused by tester" in refused.stderr) == (3, True)
    assert project.here("resume", "parcels", "--reason", "they were right").returncode == 0
    assert project.here("promote", "parcels", *DATE).returncode == 0
