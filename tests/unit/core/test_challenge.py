"""A challenge: shown better at the price of its look, refused, kept or expired, and rarely promoted by chance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.core.check import Status
from assay.core.decisions.challenge import ChallengeDecision, judge_challenge
from assay.core.decisions.challenger_tenure import Standing
from assay.core.decisions.gate import judge_gate
from assay.core.evaluation.contender import Contender

from ...expect_errors import missing_data
from .drawn_contenders import CONSTANT, POLICY, START, contender, gate

STANDING = Standing("version 2 (boosted)", "boosted", START)


def test_an_undecided_contender_waits_while_a_challenger_stands_be_it_of_the_same_recipe_or_not() -> None:
    champion = contender("version 3", 1.0, luck=0.6, recipe="old")
    alone = gate(contender("boosted", 1.02, luck=0.6, complexity=1), champion=champion)
    assert (alone.verdict.action, alone.challenger) == ("challenge", "boosted")
    for recipe in ("boosted", "forest"):
        undecided = contender("boosted", 1.02, luck=0.6, recipe=recipe, complexity=1)
        decision = judge_gate([CONSTANT, undecided], champion, POLICY, STANDING)
        assert (decision.verdict.action, decision.verdict.status, decision.challenger) == ("keep", Status.WARN, None)
        assert (alone.waits, decision.waits) == (None, "boosted")
        [waits] = [f for f in decision.verdict.findings if f.check == "gate.standing"]
        assert waits.sentence in decision.verdict.sentence
        assert waits.details["since"] == str(START)


def test_an_undecided_contender_takes_the_place_of_a_challenger_whose_recipe_is_promoted_and_of_no_other() -> None:
    champion = contender("version 3", 0.6, luck=0.1, recipe="old")
    forward = contender("forest", 1.0, luck=0.6, complexity=1)
    undecided = contender("deep", 1.02, luck=0.6, complexity=2)
    for standing, challenger in ((None, "deep"), (STANDING, None), (replace(STANDING, recipe="forest"), "deep")):
        decision = judge_gate([CONSTANT, forward, undecided], champion, POLICY, standing)
        assert (decision.verdict.action, decision.forward, decision.challenger) == ("promote", "forest", challenger)
        waits = [f for f in decision.verdict.findings if missing_data(f.sentence, "deep", STANDING.name, START) == []]
        assert bool(waits) == (challenger is None)


def challenge(
    challenger: Contender, champion: Contender, looks: int = 0, last: int = 0, age: int = 30
) -> ChallengeDecision:
    return judge_challenge(challenger, champion, POLICY, looks_taken=looks, last_days=last, age=age, expires=120)


def test_a_challenger_that_is_shown_better_is_promoted_at_the_price_of_its_look() -> None:
    decision = challenge(contender("boosted", 1.4), contender("version 3", 1.0, recipe="old"))
    assert (decision.verdict.action, decision.looks) == ("promote", 1)
    assert decision.spent == pytest.approx(0.025)
    assert decision.comparison is not None
    assert decision.comparison.difference is not None
    assert decision.comparison.difference.confidence == pytest.approx(0.975)
    assert missing_data(decision.verdict.sentence, "97.5 %") == []


def test_a_challenger_that_gains_nothing_is_refused() -> None:
    decision = challenge(contender("boosted", 1.0), contender("version 3", 1.0, recipe="old"))
    assert decision.verdict.action == "refuse"


def test_an_undecided_challenger_is_kept_until_it_expires() -> None:
    challenger, champion = contender("boosted", 1.02, luck=0.6), contender("version 3", 1.0, luck=0.6, recipe="old")
    assert challenge(challenger, champion).verdict.action == "keep"
    assert challenge(challenger, champion, age=120).verdict.action == "expire"


def test_between_looks_nothing_is_judged_and_nothing_spent() -> None:
    challenger, champion = contender("boosted", 1.4), contender("version 3", 1.0, recipe="old")
    decision = challenge(challenger, champion, looks=1, last=20)  # the second look comes at 30 days, and these are 28
    assert (decision.verdict.action, decision.looks, decision.comparison) == ("keep", 1, None)
    assert challenge(challenger, champion, looks=1, last=20, age=121).verdict.action == "expire"


def test_a_look_is_never_spent_on_the_days_of_the_last_one() -> None:
    challenger, champion = contender("boosted", 1.02, luck=0.6), contender("version 3", 1.0, luck=0.6, recipe="old")
    first = challenge(challenger, champion)
    again = challenge(challenger, champion, looks=first.looks, last=first.days)
    assert (again.looks, again.spent, again.comparison) == (first.looks, first.spent, None)


def test_days_with_other_rows_are_left_out_of_a_challenge() -> None:
    challenger, champion = contender("boosted", 1.4), contender("version 3", 1.0, recipe="old")
    other = contender("version 3", 1.0, recipe="old", rows=299)
    mixed = {day: (other if i < 5 else champion).days[day] for i, day in enumerate(champion.days)}
    mixed_champion = Contender("version 3", "candidate", 2, "old", mixed)
    assert challenge(challenger, mixed_champion).days == 23


def test_a_challenge_of_equals_promotes_no_more_often_than_its_budget() -> None:
    promoted = 0
    for seed in range(8):
        equals = [contender(n, 1.0, luck=0.4, days=45, rows=50, seed=seed) for n in ("a", "b")]
        looks = last = 0
        for days in (20, 30, 45):
            sides = [Contender(c.name, c.kind, 2, c.recipe, dict(list(c.days.items())[:days])) for c in equals]
            decision = judge_challenge(
                sides[0], sides[1], POLICY, looks_taken=looks, last_days=last, age=days, expires=120
            )
            looks, last = decision.looks, days
            if decision.verdict.action != "keep":
                promoted += decision.verdict.action == "promote"
                break
    assert promoted <= 2
