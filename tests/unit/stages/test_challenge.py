"""A challenge over many nights and trainings: it keeps its place, takes its looks, and ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ChallengeState
from assay.core.verdict import Action
from assay.stages.evaluation.challenge import challenge
from assay.stages.operations.run import run
from assay.stages.promotion.challenger_tenure import challenge_of
from assay.stages.runtime.context import StageOutcome
from assay.store.ledger.run_details import GateDetails

from ...expect_errors import missing_data
from .challenged_pipeline import BETTER, NINETEEN, START, WEEK, Loop


@pytest.mark.parametrize("every", [1, 7])
def test_a_standing_challenger_reaches_its_first_look_however_often_one_trains(loop: Loop, every: int) -> None:
    statuses, looks = [], []
    for i in range(56):
        day = START + timedelta(days=i)
        if i % every == 0:
            statuses.append(loop.training(day).status)
        loop.night(day)
        looks.append(challenge(loop.ctx).status)
        if loop.state.evidence.challenge is not None and loop.state.evidence.challenge.looks:
            break
    assert (statuses[0], set(statuses[1:])) == ("challenge", {"keep"})
    assert (looks.index(Action.KEEP), len(looks)) == (0, 20), "a look at 20 days, with the first night among them"
    assert loop.roles == (1, 2), "the first contender that was undecided"
    assert challenge_of(loop.state).days == 20


def test_an_undecided_contender_that_waits_is_no_version_and_its_verdict_says_who_challenges_since_when(
    loop: Loop,
) -> None:
    loop.training(START)
    outcome = loop.training(START + WEEK, name="forest")
    assert (outcome.status, outcome.exit_code) == ("keep", 0)
    assert missing_data(outcome.sentence, "forest", "version 2 (boosted)", START) == []
    record = loop.ctx.ledger.records("gate")[-1]
    details = record.details_as(GateDetails)
    assert (record.status, details.challenger, details.promotion) == ("keep", None, None)
    assert sorted(loop.state.evidence.versions) == [1, 2]
    assert loop.state.number == 2


def test_a_challenge_goes_on_against_a_new_champion_of_another_recipe_with_its_age_and_no_look(loop: Loop) -> None:
    loop.training(START)
    after = loop.nights(START, 25)
    assert challenge(loop.ctx).status == "keep"
    assert challenge_of(loop.state).looks == 1
    assert loop.training(after, BETTER, "forest").status == "promote"
    assert loop.roles == (3, 2)
    assert challenge_of(loop.state) == ChallengeState(START, champion_since=after)
    after = loop.nights(after, 19)
    assert challenge(loop.ctx).status == "keep"
    assert challenge_of(loop.state).looks == 0, "19 days of the new champion are no 44"
    loop.night(after)
    assert challenge(loop.ctx).status == "keep"
    assert challenge_of(loop.state) == ChallengeState(START, 1, 20, champion_since=after - NINETEEN)


def test_a_challenge_expires_by_its_own_age_whoever_became_champion_meanwhile(loop: Loop) -> None:
    expires = loop.ctx.pipeline.spec.gate.expires
    loop.challenged()
    loop.night(START + timedelta(days=expires - 2))
    assert loop.training(START + timedelta(days=expires - 1), BETTER, "forest").status == "promote"
    loop.night(START + timedelta(days=expires))
    assert challenge(loop.ctx).status == "expire"
    assert loop.roles == (4, None)


def test_a_promotion_of_the_challengers_own_recipe_ends_its_challenge(loop: Loop) -> None:
    loop.training(START)
    assert loop.training(START + WEEK, BETTER).status == "promote"
    assert (loop.roles, loop.state.evidence.challenge) == ((3, None), None)


def test_a_challenge_that_is_shown_better_is_promoted_at_once_where_no_person_is_to_be_asked(loop: Loop) -> None:
    loop.challenged()
    day = loop.nights(START, 20)
    assert challenge(loop.ctx, day).status == "promote"
    assert loop.roles == (2, None)


@pytest.mark.parametrize(("exit_code", "status"), [(0, "promote"), (3, "skipped")])
def test_a_run_whose_monitor_asks_for_a_downgrade_takes_no_look(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, exit_code: int, status: str
) -> None:
    loop.challenged()
    day = loop.nights(START, 20)
    monitored = StageOutcome("monitor", "parcels", None, "", exit_code=exit_code)
    monkeypatch.setattr("assay.stages.operations.training_steps.monitor", lambda *_: monitored)
    outcomes = run(loop.ctx, Interval.of(day), ["monitor", "challenge"])
    assert [outcome.status for outcome in outcomes] == ["done", status]
