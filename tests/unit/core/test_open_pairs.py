"""The pairs that stay open from gate to gate: which are closed, which go on, and what they still stand for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.gate_state import GateState
from assay.core.decisions.looks.pair import LookOutcome, Pair, take_look
from assay.core.decisions.looks.paired_evidence import PairedEvidence

from .drawn_contenders import POLICY, START, contender, gate, outcomes

END = START + timedelta(days=28)
CHAMPION = contender("version 3", 1.0, recipe="old")
LUCKY = contender("boosted", 1.1, luck=0.3)
BETTER = contender("forest", 1.4)
PAIR = Pair("forest", "forest", "flights", 0.005, START)


def state(*pairs: Pair) -> GateState:
    return GateState(ErrorAccount.opened(END), pairs)


def test_a_later_look_that_does_not_show_takes_the_earlier_verdict_back() -> None:
    shown = replace(PAIR, looks=1, until=START, shown_against="old")
    weak = PairedEvidence(0.012, 0.01, 20.0, 84, 84.0, 0.0, 0.0)
    after, outcome = take_look(shown, weak, END, margin=0.01, guard=0.0)
    assert (outcome, after.shown_against) == (LookOutcome.OPEN, "")


@pytest.mark.parametrize(
    ("against", "outcome"), [("old", LookOutcome.SHOWN), ("another", LookOutcome.UNDECIDED_TO_THE_END)]
)
def test_after_the_last_look_a_pair_is_open_only_while_the_champion_is_that_of_its_verdict(
    against: str, outcome: LookOutcome
) -> None:
    last = replace(PAIR, looks=4, until=END, shown_against=against)
    decision = gate(BETTER, champion=CHAMPION, state=state(last))
    assert outcomes(decision) == {"forest": outcome}
    assert decision.state is not None
    assert [pair.outcome for pair in decision.state.closed] == ([] if outcome is LookOutcome.SHOWN else [outcome])


def test_what_is_to_be_promoted_takes_no_place_of_the_undecided() -> None:
    policy = replace(POLICY, challengers=1)
    decision = gate(BETTER, LUCKY, champion=CHAMPION, policy=policy)
    assert decision.forward == "forest"
    assert outcomes(decision)["boosted"] is LookOutcome.OPEN
    assert decision.state is not None
    assert {pair.recipe for pair in decision.state.pairs} == {"boosted", "forest"}
    assert decision.challengers == ("boosted",)


@pytest.mark.parametrize(("until", "open_pairs"), [(END, 1), (END - timedelta(days=28), 0)])
def test_the_pair_of_a_side_training_is_closed_when_its_days_are_old(until: date, open_pairs: int) -> None:
    side = replace(PAIR, recipe="side", name="side", subject="flights.side", looks=1, until=until)
    decision = gate(LUCKY, champion=CHAMPION, state=state(side))
    assert decision.state is not None
    assert [pair.recipe for pair in decision.state.pairs].count("side") == open_pairs
    assert [pair.outcome for pair in decision.state.closed if pair.recipe == "side"] == [LookOutcome.GONE] * (
        1 - open_pairs
    )


def test_a_refresh_that_was_compared_with_nothing_is_not_taken_for_judged() -> None:
    fresh = contender("fresh", 1.0, recipe="old", seed=5)
    first = gate(fresh, champion=CHAMPION)
    assert (first.forward, first.state is not None and first.state.refresh) == ("fresh", None)
    served = contender("what was served", 1.6, recipe="")
    assert gate(fresh, champion=CHAMPION, state=first.state, beside=[served]).verdict.action == "refuse"
