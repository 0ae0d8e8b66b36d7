"""The account never spends more than a year's error; a pair has four looks; a refresh serves unless shown worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.decisions.looks.error_account import YEARLY, ErrorAccount
from assay.core.decisions.looks.gate_state import GateState, closed_by
from assay.core.decisions.looks.pair import WEIGHTS, LookOutcome, Pair, choose, keep_best, take_look
from assay.core.decisions.looks.paired_evidence import PairedEvidence, paired_evidence
from assay.core.decisions.looks.planner import chances
from assay.core.decisions.looks.refresh import shown_worse

FIRST = date(2013, 1, 1)
END = FIRST + timedelta(days=84)
PAIR = Pair("5e1f", "boosted", "flights", 0.004, FIRST)


def evidence(estimate: float, error: float, days: int = 84) -> PairedEvidence:
    return PairedEvidence(estimate, error, days / 3, days, float(days), 0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(1, 5)), max_size=60))
def test_no_365_days_in_a_row_spend_more_than_the_years_error(trainings: list[tuple[int, int]]) -> None:
    account, day, spent = ErrorAccount.opened(FIRST), FIRST, list[tuple[date, float]]()
    for passed, pairs in trainings:
        day += timedelta(days=passed)
        account, level = account.on(day).spend(pairs)
        spent.append((day, level * pairs))
    for first, _ in spent:
        window = sum(one for at, one in spent if first <= at < first + timedelta(days=365))
        assert window <= YEARLY + 1e-12


def test_an_account_accrues_by_days_up_to_its_cap_and_nothing_backwards() -> None:
    account, level = ErrorAccount.opened(FIRST).spend(2)
    assert (account.balance, level) == pytest.approx((0.005, 0.0025))
    assert account.on(FIRST + timedelta(days=10)).balance == pytest.approx(0.005 + 10 * 0.04 / 365)
    assert account.on(FIRST + timedelta(days=400)).balance == pytest.approx(0.01)
    assert account.on(FIRST - timedelta(days=10)) == account
    with pytest.raises(ValueError):
        account.spend(0)


@pytest.mark.parametrize(
    ("judged", "guard", "outcome"),
    [
        (evidence(0.02, 0.004), 0.01, LookOutcome.SHOWN),
        (evidence(0.02, 0.004), -0.001, LookOutcome.GUARDED),
        (evidence(0.004, 0.0002), 0.01, LookOutcome.BELOW_MARGIN),
        (evidence(0.004, 0.02), 0.01, LookOutcome.PAYS_TOO_LITTLE),
        (evidence(0.012, 0.006), 0.01, LookOutcome.OPEN),
    ],
)
def test_a_look_has_one_outcome(judged: PairedEvidence, guard: float, outcome: LookOutcome) -> None:
    after, seen = take_look(PAIR, judged, END, margin=0.01, guard=guard)
    assert seen is outcome
    assert (after.looks, after.until, after.estimate) == (1, END, judged.estimate)
    assert outcome.closes == (outcome is not LookOutcome.OPEN)


def test_a_pair_has_four_looks_and_ends_undecided_after_them() -> None:
    pair, levels, outcomes = PAIR, [], []
    for fold in range(4):
        end = END + timedelta(days=28 * fold)
        assert pair.due(end, 28)
        assert fold == 0 or not pair.due(end - timedelta(days=1), 28), "the first look is due at once"
        levels.append(pair.next_level)
        pair, outcome = take_look(pair, evidence(0.012, 0.006), end, margin=0.01, guard=0.0)
        outcomes.append(outcome)
    assert levels == [PAIR.level * weight for weight in WEIGHTS]
    assert outcomes == [LookOutcome.OPEN] * 3 + [LookOutcome.UNDECIDED_TO_THE_END]
    assert not pair.due(END + timedelta(days=1_000), 28)


def test_with_a_claim_of_the_margin_more_has_to_be_shown() -> None:
    judged = evidence(0.02, 0.005)
    assert take_look(PAIR, judged, END, margin=0.01, guard=0.0)[1] is LookOutcome.SHOWN
    assert take_look(PAIR, judged, END, margin=0.01, guard=0.0, claim=0.01)[1] is LookOutcome.OPEN


def test_of_several_that_are_shown_the_simplest_near_the_best_is_chosen() -> None:
    assert choose([(0.05, 2, "large"), (0.041, 1, "small"), (0.039, 0, "tiny")], margin=0.01) == "small"
    assert choose([(0.05, 1, "one"), (0.06, 1, "two")], margin=0.1) == "two"


def test_a_pair_without_a_look_is_never_the_one_that_leaves_first() -> None:
    looked = [replace(PAIR, recipe=f"old {n}", looks=1, estimate=n / 100) for n in range(4)]
    new = replace(PAIR, recipe="new", first_day=FIRST + timedelta(days=30))
    kept, left = keep_best([*looked, new], most=4)
    assert (len(kept), [pair.recipe for pair in left]) == (4, ["old 0"])
    assert new in kept


def test_new_pairs_share_half_of_the_account_and_a_closed_recipe_rests() -> None:
    state = GateState(ErrorAccount.opened(FIRST)).opened([replace(PAIR, recipe=name) for name in ("one", "two")])
    assert [pair.level for pair in state.pairs] == pytest.approx([0.0025, 0.0025])
    assert state.account.balance == pytest.approx(0.005)
    one = replace(state.pairs[0], looks=1, until=END)
    after = state.after_looks([state.pairs[1]], [closed_by(one, LookOutcome.BELOW_MARGIN)], most=4)
    assert ([pair.recipe for pair in after.pairs], [pair.recipe for pair in after.closed]) == (["two"], ["one"])
    later = END + timedelta(days=83)
    assert [pair.recipe for pair in after.on(later, later, 84, 0.05).closed] == ["one"]
    later = END + timedelta(days=84)
    assert after.on(later, later, 84, 0.05).closed == ()


def test_a_refresh_is_refused_where_it_is_shown_worse_by_more_than_half_a_margin() -> None:
    assert not shown_worse(evidence(-0.02, 0.02), 0.01), "it may be noise"
    assert not shown_worse(evidence(-0.004, 0.0001), 0.01), "it is sure, and too little"
    assert shown_worse(evidence(-0.02, 0.004), 0.01)


def walked(gain: float, error: float, level: float, margin: float, runs: int = 20_000) -> list[float]:
    """The share that is shown by each look, of walks of independent normal days."""
    rng, shown, days = np.random.default_rng(1), np.zeros(4), (84, 112, 140, 168)
    for _ in range(runs):
        pair, series = replace(PAIR, level=level), gain + error * np.sqrt(84) * rng.standard_normal(168)
        for look, number in enumerate(days):
            part = series[:number]
            judged = paired_evidence(float(part.mean()), part - part.mean())
            assert isinstance(judged, PairedEvidence)
            pair, outcome = take_look(pair, judged, END, margin=margin, guard=0.0)
            if outcome is LookOutcome.SHOWN:
                shown[look:] += 1
            if outcome.closes:
                break
    return list(shown / runs)


@pytest.mark.parametrize(
    ("gain", "error", "level"), [(0.02, 0.005, 0.00077), (0.01, 0.005, 0.0033), (0.02, 0.008, 0.01)]
)
def test_the_plan_is_the_share_of_walks_that_are_shown(gain: float, error: float, level: float) -> None:
    planned = chances(gain, error, level=level, margin=0.01)
    assert planned == sorted(planned)
    assert planned == pytest.approx(walked(gain, error, level, 0.01, 4_000), abs=0.03)


def test_a_plan_without_an_error_or_a_level_is_refused() -> None:
    for error, level in ((0.0, 0.01), (0.01, 0.0), (0.01, 1.0)):
        with pytest.raises(ValueError):
            chances(0.01, error, level=level, margin=0.01)
