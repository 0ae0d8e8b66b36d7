"""A promotion that is left to people: it waits, is carried out or declined once, and loses every race."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.errors import InputError, LostRace, VerdictFailed
from assay.stages.monitoring.status import status_of
from assay.stages.promotion.promote import promote, rollback
from assay.stages.promotion.proposal import carry_out, decline
from assay.store.ledger.run_details import AnswerDetails, GateDetails

from ...expect_errors import missing_data
from .judged_pipeline import BETTER, START, WEEK, Loop


def test_with_approvals_a_gate_proposes_and_promotes_nothing(loop: Loop) -> None:
    loop.asks_people()
    outcome = loop.training(START, BETTER)
    assert (outcome.status, loop.champion, loop.state.number) == ("propose", 1, 1)
    [record] = loop.ctx.ledger.records("gate")[1:]
    assert record.details_as(GateDetails).against == 1
    [waits] = status_of(loop.ctx)["waits"]
    assert (waits["by"], waits["run_id"], waits["date"]) == ("gate", outcome.run_id, str(START))
    assert waits["promote"] == f"assay promote parcels --date {START} --reason '...'"


def test_a_promotion_that_no_person_has_to_approve_is_carried_out_once(loop: Loop) -> None:
    _, run_id = loop.proposed()
    assert carry_out(loop.ctx, run_id).numbers["champion"] == 2
    again = carry_out(loop.ctx, run_id)
    assert (missing_data(again.sentence, 2), loop.state.number) == ([], 2)
    assert (loop.champion, status_of(loop.ctx)["waits"]) == (2, [])


def test_an_approval_needs_a_reason_that_stands_in_the_ledger(loop: Loop) -> None:
    loop.asks_people()
    day, run_id = loop.proposed()
    with pytest.raises(InputError) as refused:
        carry_out(loop.ctx, run_id)
    assert refused.value.code == "no-reason"
    carry_out(replace(loop.ctx, why="looked at the slices"), run_id)
    record = loop.ctx.ledger.records("promote")[-1]
    assert (record.claimed, record.why, record.start) == ("eva", "looked at the slices", day)
    assert record.details_as(AnswerDetails).judged_by == run_id


def test_a_proposal_that_is_declined_is_over(loop: Loop) -> None:
    loop.asks_people()
    _, run_id = loop.proposed()
    decline(replace(loop.ctx, why="carnival"), run_id)
    assert (loop.champion, status_of(loop.ctx)["waits"]) == (1, [])
    with pytest.raises(VerdictFailed) as late:
        carry_out(replace(loop.ctx, why="now"), run_id)
    assert late.value.code == "declined"
    assert decline(replace(loop.ctx, why="still"), run_id).status == "skipped"


@pytest.mark.parametrize("by", ["a person", "a gate"])
def test_a_proposal_has_lost_its_race_when_another_champion_came(loop: Loop, by: str) -> None:
    day, run_id = loop.proposed()
    if by == "a person":
        promote(replace(loop.ctx, why="by hand"), loop.another_version())
    else:
        loop.training(day + WEEK, BETTER, "forest")
    assert loop.champion == 2
    with pytest.raises(LostRace) as lost:
        carry_out(loop.ctx, run_id)
    assert lost.value.code == "lost-race"
    assert run_id not in {one["run_id"] for one in status_of(loop.ctx)["waits"]}, "no answer to it can count"


def test_a_rollback_to_the_same_champion_leaves_no_proposal_to_carry_out(loop: Loop) -> None:
    _, run_id = loop.proposed()
    promote(replace(loop.ctx, why="by hand"), loop.another_version())
    rollback(replace(loop.ctx, why="it drifts"))
    assert loop.champion == 1, "the very champion that it was judged against, but not without a gap"
    with pytest.raises(LostRace):
        carry_out(loop.ctx, run_id)


def test_a_run_that_proposes_nothing_cannot_be_carried_out(loop: Loop) -> None:
    loop.training(START)
    with pytest.raises(InputError) as wrong:
        carry_out(loop.ctx, f"t{START}-boosted")
    assert wrong.value.code == "no-proposal"
    with pytest.raises(InputError) as unknown:
        carry_out(loop.ctx, "20240304T000000-gate-000000")
    assert unknown.value.code == "unknown-run"


def test_the_command_line_says_what_waits_and_takes_the_answer(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_PROJECT", str(Path(__file__).parents[2] / "projects" / "parcels"))
    day, run_id = loop.proposed()
    assert invoke(["status", "parcels"]) == 0
    command = f"assay promote parcels --date {day}"
    [waits] = [line for line in capsys.readouterr().out.splitlines() if command in line]
    assert missing_data(waits, day) == []
    assert invoke([*command.split()[1:], "--proposal", run_id]) == 2, "two proposals"
    assert invoke(["decline", "parcels", "--reason", "carnival"]) == 2, "none"
    assert invoke(["decline", "parcels", "--proposal", run_id, "--reason", "carnival"]) == 0
    assert invoke(command.split()[1:]) == 3
    assert loop.champion == 1
