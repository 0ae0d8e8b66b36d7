"""A promotion that is left to people: it waits, is carried out or declined once, and loses every race."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.core.model_versions import ModelVersion
from assay.errors import InputError, LostRace, VerdictFailed
from assay.stages.evaluation.challenge import challenge
from assay.stages.monitoring.status import status_of
from assay.stages.promotion.promote import promote, rollback
from assay.stages.promotion.proposal import carry_out, decline
from assay.store.ledger.run_details import AnswerDetails, ChallengeDetails
from assay.store.ledger.run_record import RunRecord

from ...expect_errors import missing_data
from .challenged_pipeline import BETTER, LUCKY, START, WEEK, Loop


def test_with_approvals_a_challenge_proposes_and_promotes_nothing(loop: Loop) -> None:
    loop.asks_people()
    loop.challenged()
    day = loop.nights(START, 20)
    outcome = challenge(loop.ctx, day)
    assert (outcome.status, loop.roles, loop.state.number) == ("propose", (1, 2), 2)
    [record] = loop.ctx.ledger.records("challenge")
    assert (record.details_as(ChallengeDetails).against, record.counts["looks"]) == (2, 1)
    [waits] = status_of(loop.ctx)["waits"]
    assert (waits["by"], waits["run_id"], waits["date"]) == ("challenge", outcome.run_id, str(day))
    assert waits["promote"] == f"assay promote parcels --proposal {outcome.run_id} --reason '...'"


@pytest.mark.parametrize("later", [0, 1])
def test_while_a_proposal_waits_no_other_look_is_taken(loop: Loop, later: int) -> None:
    loop.asks_people()
    day, run_id = loop.proposed()
    loop.nights(day, 15)
    again = challenge(replace(loop.ctx, force=True), day + timedelta(days=later))
    assert (again.status, again.run_id) == (("propose", "waits")[later], run_id), "one question to one person"
    assert len(loop.ctx.ledger.records("challenge")) == 1


def test_a_promotion_that_no_person_has_to_approve_is_proposed_until_it_is_carried_out(loop: Loop) -> None:
    day, run_id = loop.proposed()
    later = challenge(loop.ctx, day + WEEK, propose=True)
    assert (later.status, later.run_id) == ("propose", run_id)
    assert carry_out(loop.ctx, run_id).numbers["champion"] == 2
    again = carry_out(loop.ctx, run_id)
    assert (missing_data(again.sentence, 3), loop.state.number) == ([], 3)
    assert (loop.roles, status_of(loop.ctx)["waits"]) == ((2, None), [])
    assert challenge(loop.ctx, day + WEEK, propose=True).status == "skipped"


def test_an_approval_of_a_challenge_needs_a_reason_that_stands_in_the_ledger(loop: Loop) -> None:
    loop.asks_people()
    day, run_id = loop.proposed()
    with pytest.raises(InputError) as refused:
        carry_out(loop.ctx, run_id)
    assert refused.value.code == "no-reason"
    carry_out(replace(loop.ctx, why="looked at the slices"), run_id)
    record = loop.ctx.ledger.records("promote")[-1]
    assert (record.claimed, record.why, record.start) == ("eva", "looked at the slices", day)
    assert record.details_as(AnswerDetails).judged_by == run_id


def test_a_challenge_whose_proposal_is_declined_is_over(loop: Loop) -> None:
    loop.asks_people()
    day, run_id = loop.proposed()
    decline(replace(loop.ctx, why="carnival"), run_id)
    assert (loop.roles, loop.state.kind, status_of(loop.ctx)["waits"]) == ((1, None), "expire", [])
    with pytest.raises(VerdictFailed) as late:
        carry_out(replace(loop.ctx, why="now"), run_id)
    assert late.value.code == "declined"
    assert decline(replace(loop.ctx, why="still"), run_id).status == "skipped"
    assert challenge(loop.ctx, day).status == "skipped"
    assert loop.training(day).status == "challenge", "its place is free"


def test_a_proposal_that_is_not_answered_in_time_is_declined_by_the_next_run(loop: Loop) -> None:
    loop.asks_people(expires="1 second")
    day, run_id = loop.proposed()
    old(loop, run_id)
    answered = challenge(loop.ctx, day + timedelta(days=1))
    assert (answered.status, loop.roles) == ("declined", (1, None))
    [record] = loop.ctx.ledger.records("promote")
    assert (record.status, missing_data(record.why, "2024-03-25 03:00")) == ("declined", [])


def old(loop: Loop, run_id: str) -> None:
    """Let the proposal be of long ago."""
    records = loop.ctx.ledger.records
    made = replace(loop.ctx.ledger.record(run_id), at="2024-03-25T03:00:00Z")

    def aged(*which: str) -> list[RunRecord]:
        return [made if record.run_id == run_id else record for record in records(*which)]

    object.__setattr__(loop.ctx.ledger, "records", aged)


@pytest.mark.parametrize("by", ["a person", "a gate"])
def test_a_proposal_has_lost_its_race_when_another_champion_came_and_the_challenge_goes_on(loop: Loop, by: str) -> None:
    day, run_id = loop.proposed()
    if by == "a person":
        promote(replace(loop.ctx, why="by hand"), ModelVersion(3))
    else:
        loop.training(day, BETTER, "forest")
    assert loop.roles == ({"a person": 3, "a gate": 4}[by], 2)
    with pytest.raises(LostRace) as lost:
        carry_out(loop.ctx, run_id)
    assert lost.value.code == "lost-race"
    assert status_of(loop.ctx)["waits"] == [], "no answer to it can count"
    assert challenge(loop.ctx, day).status == "keep"


def test_a_look_at_the_challenger_leaves_the_proposal_of_a_gate_to_be_carried_out(loop: Loop) -> None:
    loop.challenged(LUCKY)
    day = loop.nights(START, 20)
    loop.asks_people()
    assert loop.training(day, BETTER, "forest").status == "propose"
    assert challenge(loop.ctx, day).status == "keep"
    assert loop.state.number == 3, "a look was taken"
    carry_out(replace(loop.ctx, why="it is better"), day)
    assert loop.roles == (4, 2)


def test_a_rollback_ends_the_challenge_and_what_it_proposed(loop: Loop) -> None:
    _, run_id = loop.proposed()
    promote(replace(loop.ctx, why="by hand"), ModelVersion(3))
    rollback(replace(loop.ctx, why="it drifts"))
    assert loop.roles == (1, None), "the very champion that it was judged against, but not without a gap"
    with pytest.raises(LostRace):
        carry_out(loop.ctx, run_id)


def test_a_run_that_proposes_nothing_cannot_be_carried_out(loop: Loop) -> None:
    loop.training(START)
    with pytest.raises(InputError) as wrong:
        carry_out(loop.ctx, f"t{START}-boosted")
    assert wrong.value.code == "no-proposal"
    with pytest.raises(InputError) as unknown:
        carry_out(loop.ctx, "20240304T000000-challenge-000000")
    assert unknown.value.code == "unknown-run"


def test_the_command_line_says_what_waits_and_takes_the_answer(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_PROJECT", str(Path(__file__).parents[2] / "projects" / "parcels"))
    day, run_id = loop.proposed()
    assert invoke(["status", "parcels"]) == 0
    command = f"assay promote parcels --proposal {run_id}"
    [waits] = [line for line in capsys.readouterr().out.splitlines() if command in line]
    assert missing_data(waits, day) == []
    assert invoke(["gate", "parcels", "--challenger", "--propose", "--date", str(day), "--json"]) == 0
    [outcome] = json.loads(capsys.readouterr().out)["outcomes"]
    assert (outcome["status"], outcome["run_id"]) == ("propose", run_id)
    assert invoke([*command.split()[1:], "--date", str(day)]) == 2, "two proposals"
    assert invoke(["decline", "parcels", "--reason", "carnival"]) == 2, "none"
    assert invoke(["decline", "parcels", "--proposal", run_id, "--reason", "carnival"]) == 0
    assert invoke(command.split()[1:]) == 3
    assert loop.roles == (1, None)
