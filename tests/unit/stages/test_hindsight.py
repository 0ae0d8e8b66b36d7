"""What decisions turned out to be worth: the gate beside naive rules, on the fold that followed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assay.core.decisions.looks.comparison import PairComparison
from assay.core.decisions.naive_rules import Hindsight, rule_results
from assay.core.evaluation.jackknife import Insufficient
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.stages.evaluation.gate import gate
from assay.stages.promotion.proposal import carry_out
from assay.stages.reviews.hindsight import hindsight, hindsight_document
from assay.store.ledger.run_details import FoldDetails

from ...kept_models import kept_fold
from .judged_pipeline import FIRST, LEVEL, LUCKY, START, Loop, measured

UNKNOWN = Insufficient("not yet")


def look(contender: str, gain: float, day: int = 1, *, promoted: bool = False) -> Hindsight:
    return Hindsight(date(2024, 1, day), contender, "champion", gain, "undecided", promoted, UNKNOWN)


def test_a_naive_rule_promotes_the_best_of_each_gate_and_the_gate_what_it_promoted() -> None:
    looks = [look("a", 0.004), look("b", 0.003), look("a", 0.02, 2, promoted=True), look("c", -0.01, 3)]
    assert {result.rule: result.promotions for result in rule_results(looks)} == {
        "the gate": 1,
        "new > old": 2,
        "new > old + 0.005": 1,
    }
    assert {(result.known, result.lost, result.total) for result in rule_results(looks)} == {(0, 0, 0)}


def later_fold(loop: Loop, recipe: str, digest: str) -> None:
    """Record the fold after the gate of a recipe, as a later training would."""
    block = Interval(START, START + timedelta(days=28))
    days = {day: measured(day.toordinal(), digest) for day in block.dates()}
    run = f"f-{recipe}"
    reference = kept_fold(loop.ctx, recipe, days, run)
    details = FoldDetails(
        block=block,
        window=Interval(FIRST, START),
        known_on=block.end,
        inputs="i",
        outcomes={recipe: reference.digest},
        names={recipe: recipe},
    )
    loop.ctx.ledger.append(loop.ctx.record(run, "fold", "parcels", block, RunStatus.DONE, details=details))


def test_the_gain_afterwards_is_that_of_the_fold_after_the_gate(loop: Loop) -> None:
    loop.training(START, LUCKY)
    [unknown] = hindsight(loop.ctx)
    assert (unknown.contender, unknown.promoted, unknown.realised) == ("boosted", False, None)
    later_fold(loop, "boosted", f"boosted|0.5|{START}")
    assert hindsight(loop.ctx)[0].realised is None, "the champion's fold is missing"
    later_fold(loop, "old", f"old|{LEVEL}|{FIRST}")
    [known] = hindsight(loop.ctx)
    assert known.gain > 0, "it was lucky"
    assert isinstance(known.afterwards, PairComparison)
    assert known.realised is not None
    assert known.realised < -0.05, "and it is worse in truth"
    [gate, any_gain, _] = hindsight_document([known])["rules"]
    assert (gate["promotions"], any_gain["promotions"], any_gain["lost"]) == (0, 1, 1)
    assert any_gain["total"] == pytest.approx(known.realised)


def test_a_proposal_counts_as_a_promotion_of_the_gate_once_a_person_has_carried_it_out(loop: Loop) -> None:
    loop.proposed()
    gate(replace(loop.ctx, force=True), START, propose=True)
    assert [one.promoted for one in hindsight(loop.ctx)] == [False], "the newest gate of a training counts alone"
    carry_out(replace(loop.ctx, why="it is better"), START)
    assert [one.promoted for one in hindsight(loop.ctx)] == [True]


def test_a_fold_that_was_changed_on_the_disk_leaves_the_gain_unknown(loop: Loop) -> None:
    loop.training(START, LUCKY)
    later_fold(loop, "boosted", f"boosted|0.5|{START}")
    later_fold(loop, "old", f"old|{LEVEL}|{FIRST}")
    loop.ctx.profiles.write("outcomes", "parcels.old", "f-old", {START: measured(1, "old|2.0|x")})
    assert [one.realised for one in hindsight(loop.ctx)] == [None]
