"""The memory of the gate: what a look spends is spent once, whatever is killed, forced or judged again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assay.core.decisions.looks.gate_state import GateState
from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.model_versions import ModelVersion, VersionEntry
from assay.errors import LostRace
from assay.stages.evaluation.gate import gate
from assay.stages.monitoring.status import status_of
from assay.stages.promotion.promote import rollback
from assay.stages.promotion.proposal import carry_out, decline
from assay.store.failpoints import SimulatedCrash
from assay.store.ledger.run_details import GateDetails

from ...expect_errors import raises_code
from .judged_pipeline import BETTER, LEVEL, LUCKY, START, WEEK, Loop, model

ONE = ModelVersion(1)


def state_of(loop: Loop) -> GateState:
    state = loop.ctx.gate_states.current()
    assert state is not None
    return state


def serving(loop: Loop) -> VersionEntry:
    assert loop.champion is not None
    return loop.state.evidence.versions[loop.champion]


def challengers(loop: Loop) -> list[tuple[str, int]]:
    return [(one["name"], one["looks"]) for one in status_of(loop.ctx)["challengers"]]


@pytest.mark.parametrize(
    ("strength", "at"),
    [
        (LUCKY, "gate:before-state"),
        (LUCKY, "gate:after-state"),
        (BETTER, "gate:before-state"),
        (BETTER, "gate:after-state"),
        (BETTER, "promotion:before-promotion"),
        (BETTER, "promotion:before-ledger"),
        (BETTER, "promotion:before-alias"),
    ],
)
def test_a_gate_that_is_killed_anywhere_and_run_again_leaves_what_an_undisturbed_one_does(
    loop: Loop, undisturbed: Loop, monkeypatch: pytest.MonkeyPatch, strength: str, at: str
) -> None:
    undisturbed.training(START, strength)
    loop.fitted(START, strength)
    with monkeypatch.context() as patch, pytest.raises(SimulatedCrash):
        patch.setenv("ASSAY_CRASH_AT", at)
        gate(loop.ctx, START)
    gate(loop.ctx, START)
    assert state_of(loop) == state_of(undisturbed), "the balance, the pairs and all else"
    assert state_of(loop).account.balance == pytest.approx(0.005), "half of a fifth of the year's 5 %"
    assert challengers(loop) == ([("boosted", 1)] if strength == LUCKY else [])
    assert [one.number for one in loop.ctx.gate_states.history()] == [1]
    assert serving(loop).digest == serving(undisturbed).digest
    judged = [record.details_as(GateDetails) for record in loop.ctx.ledger.records("gate")[1:]]
    assert [(details.state, details.forward) for details in judged] == [(1, "boosted" if strength == BETTER else None)]


def test_the_same_training_judged_again_by_force_spends_nothing_again(loop: Loop) -> None:
    loop.training(START)
    before = state_of(loop)
    again = gate(replace(loop.ctx, force=True), START)
    assert (again.status, again.run_id is not None) == ("keep", True), "it was judged, not passed over"
    assert (state_of(loop), challengers(loop)) == (before, [("boosted", 1)])
    assert len(loop.ctx.gate_states.history()) == 1


def test_a_gate_that_refused_refuses_again_with_its_exit_code_and_names_changed_settings(loop: Loop) -> None:
    loop.fitted(START, LEVEL)
    first, again = gate(loop.ctx, START), gate(loop.ctx, START)
    assert (first.status, first.exit_code) == (again.status, again.exit_code) == ("refuse", 3)
    assert again.run_id is None
    assert "--force" not in again.sentence
    spec = loop.ctx.pipeline.spec
    other = spec.model_copy(update={"gate": spec.gate.model_copy(update={"margin": 0.5})})
    object.__setattr__(loop.ctx.pipeline, "spec", other)
    assert "--force" in gate(loop.ctx, START).sentence


def test_a_recipe_is_looked_at_again_when_there_is_a_new_fold_and_not_before(loop: Loop) -> None:
    for day, looks in ((START, 1), (START + timedelta(days=1), 1), (START + WEEK, 2)):
        assert loop.training(day).status == "keep"
        assert challengers(loop) == [("boosted", looks)]
    assert [one.training for one in loop.ctx.gate_states.history()] == [
        f"t{day}-boosted" for day in (START, START + timedelta(days=1), START + WEEK)
    ]
    first, second = (loop.ctx.gate_states.history()[at].after for at in (0, 1))
    assert second.pairs == first.pairs, "the level of a pair is spent when it is opened, and by its looks"
    assert second.account.balance > first.account.balance, "a day accrues"


def test_the_status_lists_the_challengers_with_their_looks_and_days(loop: Loop) -> None:
    assert status_of(loop.ctx)["challengers"] == []
    loop.training(START)
    [pair], [challenger] = state_of(loop).pairs, status_of(loop.ctx)["challengers"]
    assert (challenger["name"], challenger["recipe"], challenger["gain"]) == ("boosted", "boosted", pair.estimate)
    assert (challenger["looks"], challenger["most_looks"]) == (1, 4)
    days = (date.fromisoformat(challenger["to"]) - date.fromisoformat(challenger["from"])).days + 1
    assert days == 21, "three folds of a week"
    loop.training(START + WEEK, BETTER)
    assert (loop.champion, status_of(loop.ctx)["challengers"]) == (2, [])


def test_a_refresh_descends_from_the_version_that_was_shown_better(loop: Loop) -> None:
    loop.training(START, BETTER)
    for refresh in (1, 2):
        assert loop.training(START + refresh * WEEK, BETTER).status == "promote"
        details = loop.ctx.ledger.records("gate")[-1].details_as(GateDetails)
        assert (details.forward, details.claim, details.champion) == ("boosted", PromotionClaim.REFRESH, 1 + refresh)
    anchors = {version: entry.anchor for version, entry in loop.state.evidence.versions.items()}
    assert (loop.champion, anchors) == (4, {1: None, 2: None, 3: 2, 4: 2})


def test_a_refresh_that_people_approve_has_the_same_anchor(loop: Loop) -> None:
    loop.training(START, BETTER)
    loop.asks_people()
    assert loop.training(START + WEEK, BETTER).status == "propose"
    carry_out(replace(loop.ctx, why="newer data"), START + WEEK)
    assert (loop.champion, serving(loop).anchor) == (3, 2)


def test_of_two_gates_at_once_one_is_told_that_it_lost_and_leaves_nothing(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.training(START)
    states, after = loop.ctx.gate_states, state_of(loop)
    with monkeypatch.context() as patch:

        def while_another_writes() -> str:
            patch.undo()
            states.write("t9", ONE, "g9", after)
            return "2024-02-05T01:00:00Z"

        patch.setattr("assay.store.decisions.gate_states.now_utc", while_another_writes)
        with raises_code(LostRace, "lost-race", 2):
            states.write("t8", ONE, "g8", after)
    assert [one.training for one in states.history()] == [f"t{START}-boosted", "t9"]


def test_the_same_judgement_is_written_once_and_another_one_of_the_same_training_starts_where_it_did(
    loop: Loop,
) -> None:
    run = f"t{START}-boosted"
    loop.training(START)
    states, after = loop.ctx.gate_states, state_of(loop)
    assert (states.write(run, ONE, "again", after), len(states.history())) == (1, 1)
    assert states.write(run, ONE, "otherwise", replace(after, pairs=())) == 2
    assert [one.before for one in states.history()] == [None, None]
    assert (states.before(run, ONE), states.before("another", ONE)) == (None, replace(after, pairs=()))


def test_a_recipe_that_is_shown_and_waits_for_a_person_is_proposed_again_by_the_next_training(loop: Loop) -> None:
    loop.asks_people()
    for day in (START, START + WEEK):
        assert loop.training(day, BETTER).status == "propose"
        [waits] = status_of(loop.ctx)["waits"]
        assert waits["date"] == str(day), "the newest model of the recipe"
    decline(replace(loop.ctx, why="carnival"), loop.ctx.ledger.records("gate")[-1].run_id)
    assert [(pair.recipe, pair.outcome) for pair in state_of(loop).closed] == [("boosted", "declined by a person")]
    assert loop.training(START + 2 * WEEK, BETTER).status == "refuse", "it rests"


def test_a_gate_that_was_killed_promotes_also_after_another_training_was_judged(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.fitted(START, BETTER)
    with monkeypatch.context() as patch, pytest.raises(SimulatedCrash):
        patch.setenv("ASSAY_CRASH_AT", "gate:after-state")
        gate(loop.ctx, START)
    loop.ctx.gate_states.write("another training", ONE, "another run", state_of(loop))
    assert gate(loop.ctx, START).status == "promote"


@pytest.mark.parametrize("weeks", [0, 1])
def test_a_recipe_that_was_rolled_back_is_not_promoted_again_by_the_next_training(loop: Loop, weeks: int) -> None:
    loop.training(START, BETTER)
    for week in range(1, weeks + 1):
        loop.training(START + week * WEEK, BETTER)
    rollback(replace(loop.ctx, why="it drifts"), ModelVersion(1))
    for later in (timedelta(days=1), WEEK):
        assert loop.training(START + weeks * WEEK + later, BETTER).status == "refuse"
    assert loop.champion == 1
    assert [(pair.recipe, pair.outcome) for pair in state_of(loop).closed] == [("boosted", "shown better")]


def test_a_training_that_is_judged_again_against_another_champion_gets_no_error_back(loop: Loop) -> None:
    loop.training(START, BETTER)
    spent = state_of(loop).account.balance
    gate(replace(loop.ctx, force=True), START)
    assert state_of(loop).account.balance <= spent
    assert [pair.recipe for pair in state_of(loop).pairs] == [], "what serves has no pair"
    assert [pair.recipe for pair in state_of(loop).closed] == ["boosted"]


@pytest.mark.parametrize("at", ["decline:before-state", "decline:before-ledger"])
def test_a_refusal_that_is_killed_and_given_again_lets_the_recipe_rest(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    loop.proposed(BETTER)
    loop.ctx.why = "carnival"
    with monkeypatch.context() as patch, pytest.raises(SimulatedCrash):
        patch.setenv("ASSAY_CRASH_AT", at)
        decline(loop.ctx, START)
    decline(loop.ctx, START)
    assert status_of(loop.ctx)["waits"] == []
    assert [(pair.recipe, pair.outcome) for pair in state_of(loop).closed] == [("boosted", "declined by a person")]
    assert loop.training(START + WEEK, BETTER).status == "refuse"


def test_a_proposal_that_got_no_answer_is_over_and_its_recipe_does_not_rest(loop: Loop) -> None:
    loop.asks_people()
    assert loop.training(START, BETTER).status == "propose"
    assert decline(replace(loop.ctx, why="no answer came"), START, unanswered=True).status != "skipped"
    assert status_of(loop.ctx)["waits"] == []
    assert state_of(loop).closed == ()
    assert loop.training(START + WEEK, BETTER).status == "propose", "the next training requests an answer again"


def test_a_training_without_a_fold_is_refused_as_insufficient(loop: Loop) -> None:
    loop.folds = 0
    loop.trained(START, constant=model("constant", "0"), boosted=model("boosted", BETTER))
    outcome = gate(loop.ctx, START)
    assert (outcome.status, outcome.exit_code) == ("refuse", 3)
    assert loop.ctx.gate_states.history() == []
