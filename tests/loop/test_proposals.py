"""What a gate proposes serves when somebody says so: once, by name and reason, and never against a newer champion."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

from assay.core.model_versions import ModelVersion
from assay.store.decisions.promotions import PromotionKind
from assay.store.users import Actor

from ..expect_errors import error_codes, missing_data
from .commands import outcomes_of, status_of
from .conftest import TRAINED, Project

DATE = ("--date", str(TRAINED))
PROMOTE = f"assay promote parcels --date {TRAINED}"


def test_a_proposal_changes_nobodys_role_until_it_is_carried_out_and_then_once(proposed: Project) -> None:
    assert proposed.context().promotions.current() is None
    assert [waiting["promote"] for waiting in status_of(proposed)["waits"]] == [PROMOTE]
    assert PROMOTE in proposed.here("status", "parcels").stdout
    killed = proposed.assay("promote", "parcels", *DATE, kill_at="promotion:before-ledger")
    assert killed.returncode == -signal.SIGKILL
    again = proposed.here("promote", "parcels", *DATE)
    assert (again.returncode, missing_data(again.stdout, 1)) == (0, [])
    ctx = proposed.context()
    [promotion] = ctx.promotions.history()
    assert (promotion.champion, promotion.kind) == (1, "promote")
    assert ctx.registry.aliases()["champion"] == 1
    assert [record.stage for record in ctx.ledger.records()][-2:] == ["gate", "promote"]
    assert status_of(proposed)["waits"] == []
    scored = proposed.here("score", "parcels", "--date", str(TRAINED - timedelta(days=1)))
    assert scored.returncode == 0, "its bundle and its evidence are found"
    assert missing_data(scored.stdout, "1 day", "1") == []


def test_a_declined_proposal_never_serves_and_says_who_declined_it(proposed: Project) -> None:
    unreasoned = proposed.here("decline", "parcels", *DATE)
    assert (unreasoned.returncode, error_codes(unreasoned.stderr)) == (2, ["no-reason"])
    assert proposed.here("decline", "parcels", *DATE, "--reason", "it is carnival").returncode == 0
    late = proposed.here("promote", "parcels", *DATE)
    assert (late.returncode, missing_data(late.stderr, "tester", "it is carnival")) == (3, [])
    [outcome] = outcomes_of(proposed, "decline", "parcels", *DATE, "--reason", "still")
    assert (outcome["run_id"], outcome["status"]) == (None, "skipped")
    assert missing_data(outcome["sentence"], "tester", "it is carnival") == []
    assert proposed.context().promotions.current() is None


def test_an_approval_that_the_spec_asks_for_has_a_reason_that_stands_in_the_ledger(
    proposed: Project, tmp_path: Path
) -> None:
    import shutil

    careful = Project(Path(shutil.copytree(proposed.root, tmp_path / "project")), proposed.home)
    careful.edit("score:    {hold", "promotion: {approval: required}\nscore:    {hold")
    silent = careful.here("promote", "parcels", *DATE)
    assert (silent.returncode, error_codes(silent.stderr)) == (2, ["no-reason"])
    done = careful.here("promote", "parcels", *DATE, "--reason", "looked at the slices")
    assert done.returncode == 0, done.stderr
    record = careful.context().ledger.records("promote")[-1]
    assert (record.claimed, record.why) == ("tester", "looked at the slices")
    assert missing_data(done.stdout, "tester", "looked at the slices") == []


def test_what_was_judged_against_another_champion_has_lost_its_race(proposed: Project) -> None:
    ctx = proposed.context()
    record = ctx.ledger.records("gate")[-1]
    ctx.promotions.write(
        0, kind=PromotionKind.PROMOTE, champion=ModelVersion(1), why="by hand", run_id=record.run_id, actor=Actor("eva")
    )
    lost = proposed.here("promote", "parcels", *DATE)
    assert lost.returncode == 4
    assert missing_data(lost.stderr, "eva", 1) == []
    assert f"assay gate parcels --date {TRAINED} --force" in lost.stderr


def test_a_gate_that_is_asked_while_the_pipeline_is_paused_proposes_and_promotes_nothing(
    trained: Project, tmp_path: Path
) -> None:
    project = trained.copy(tmp_path / "own")
    assert project.here("pause", "parcels", "--reason", "labels look odd").returncode == 0
    [outcome] = outcomes_of(project, "gate", "parcels", *DATE)
    assert outcome["status"] == "propose"
    refused = project.here("promote", "parcels", *DATE)
    assert (refused.returncode, error_codes(refused.stderr)) == (3, ["paused"])
    assert missing_data(refused.stderr, "parcels", "tester") == []
    assert project.here("resume", "parcels", "--reason", "they were right").returncode == 0
    assert project.here("promote", "parcels", *DATE).returncode == 0
