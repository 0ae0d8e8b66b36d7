"""Overrides: a person makes a contender serve that the gate did not show, with a reason and a last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from assay.errors import InputError, VerdictFailed
from assay.stages.evaluation.gate import gate
from assay.stages.monitoring.status import status_of
from assay.stages.promotion.override import override
from assay.stages.promotion.pause import pause
from assay.stages.promotion.promote import rollback
from assay.store.failpoints import SimulatedCrash

from ...expect_errors import raises_code
from .judged_pipeline import BETTER, LEVEL, LUCKY, START, WEEK, Loop

TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=30)


def reasoned(loop: Loop, why: str = "the depot moved") -> None:
    loop.ctx.why = why


def test_a_contender_that_is_undecided_serves_by_an_override_and_the_status_names_who_why_and_until_when(
    loop: Loop,
) -> None:
    assert loop.training(START, LUCKY).status == "keep"
    reasoned(loop)
    outcome = override(loop.ctx, START, "boosted", LATER)
    assert (loop.champion, outcome.numbers["expires"]) == (2, str(LATER))
    assert (loop.state.expires, loop.state.evidence.versions[outcome.numbers["champion"]].anchor) == (LATER, 1)
    about = status_of(loop.ctx)["override"]
    assert (about["version"], about["expires"], about["expired"]) == (2, str(LATER), False)
    assert about["why"] == "the depot moved"
    assert "eva" in about["who"]


def test_an_override_that_has_expired_is_listed_as_such_and_a_later_promotion_ends_it(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.training(START, LUCKY)
    reasoned(loop)
    override(loop.ctx, START, "boosted", LATER)
    with monkeypatch.context() as patch:
        patch.setattr("assay.stages.promotion.override._today", lambda _: LATER + timedelta(days=1))
        assert status_of(loop.ctx)["override"]["expired"] is True
    rollback(loop.ctx)
    assert (loop.champion, status_of(loop.ctx)["override"]) == (1, None)


def test_after_an_override_the_gate_goes_on_with_the_contender_as_the_champion(loop: Loop) -> None:
    loop.training(START, LUCKY)
    reasoned(loop)
    override(loop.ctx, START, "boosted", LATER)
    outcome = loop.training(START + WEEK, LUCKY)
    assert (outcome.status, loop.champion) == ("promote", 3), "a refresh of it"
    assert (loop.state.expires, status_of(loop.ctx)["override"]["why"]) == (LATER, "the depot moved"), "it goes on"
    assert loop.champion is not None
    assert loop.state.evidence.versions[loop.champion].anchor == 1, "what was never shown is no anchor"


@pytest.mark.parametrize("at", ["promotion:before-promotion", "promotion:before-ledger", "promotion:before-alias"])
def test_an_override_that_is_killed_and_given_again_gives_the_role_once(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    loop.training(START, LUCKY)
    reasoned(loop)
    with monkeypatch.context() as patch, pytest.raises(SimulatedCrash):
        patch.setenv("ASSAY_CRASH_AT", at)
        override(loop.ctx, START, "boosted", LATER)
    override(loop.ctx, START, "boosted", LATER)
    assert len(loop.ctx.promotions.history()) == 2
    assert [record.stage for record in loop.ctx.ledger.records()].count("promote") == 1
    assert status_of(loop.ctx)["override"]["version"] == loop.champion


def test_what_an_override_needs(loop: Loop) -> None:
    loop.fitted(START, LEVEL)
    with raises_code(InputError, "no-reason"):
        override(loop.ctx, START, "boosted", LATER)
    reasoned(loop)
    with raises_code(InputError, "not-judged", START):
        override(loop.ctx, START, "boosted", LATER)
    gate(loop.ctx, START)
    with raises_code(InputError, "unknown-contender", "boosted"):
        override(loop.ctx, START, "bosted", LATER)
    with raises_code(InputError, "unknown-contender", "constant"):
        override(loop.ctx, START, "constant", LATER)
    with raises_code(InputError, "bad-date", "2020-01-01"):
        override(loop.ctx, START, "boosted", date(2020, 1, 1))
    pause(loop.ctx)
    with raises_code(VerdictFailed, "paused"):
        override(loop.ctx, START, "boosted", LATER)
    assert loop.champion == 1


def test_an_override_answers_the_proposal_of_its_gate(loop: Loop) -> None:
    loop.proposed(BETTER)
    override(replace(loop.ctx, why="no time"), START, "boosted", LATER)
    assert status_of(loop.ctx)["waits"] == []
