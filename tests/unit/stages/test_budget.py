"""The budget of error: what gates spent and what is left, from the memory of the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.decisions.error_budget import FoldCalendar, Judgement, error_budget
from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.gate_state import GateState
from assay.core.decisions.looks.pair import Pair
from assay.stages.evaluation.gate import gate
from assay.stages.planning.windows import windows_for
from assay.stages.promotion.proposal import decline
from assay.stages.reviews.budget import budget_document, budget_lines, budget_of

from .judged_pipeline import BETTER, START, WEEK, Loop

CALENDAR = FoldCalendar(28, 3, 2)
DELAY = timedelta(days=1)
"""Of the labels of the pipeline."""


def test_before_any_gate_nothing_is_spent(loop: Loop) -> None:
    assert budget_of(loop.ctx) is None
    assert budget_document("parcels", None) == {"pipeline": "parcels", "day": None}
    budget = budget_of(loop.ctx, START)
    assert budget is not None
    assert [budget.balance, budget.spent] == pytest.approx([0.01, 0.0])


def test_a_gate_spends_half_of_the_balance_on_its_new_recipes(loop: Loop) -> None:
    loop.training(START)
    budget = budget_of(loop.ctx)
    assert budget is not None
    assert budget.day == START
    assert [budget.spent, budget.balance] == pytest.approx([0.005, 0.005])
    [spending] = budget.spendings
    assert spending.names == ("boosted",)
    [pair] = budget.pairs
    assert pair.pair.looks == 1
    assert [spending.level, pair.next_level] == pytest.approx([0.005, 0.005 / 4])
    later = budget_of(loop.ctx, START + timedelta(days=365))
    assert later is not None
    assert later.balance == pytest.approx(later.most) == pytest.approx(0.01)


def test_the_next_look_is_promised_for_the_first_training_that_has_a_further_fold(loop: Loop) -> None:
    loop.training(START)
    budget, spec = budget_of(loop.ctx), loop.ctx.pipeline.spec
    assert budget is not None
    [pair] = budget.pairs
    assert pair.next_day is not None
    ends = [
        windows_for(spec, day, date(2023, 1, 1)).folds[-1].block.end
        for day in (pair.next_day, pair.next_day - timedelta(days=1))
    ]
    assert [pair.pair.due(end, spec.gate.fold) for end in ends] == [True, False]


def test_the_budget_of_an_earlier_date_knows_no_later_judgement(loop: Loop) -> None:
    loop.training(START)
    loop.training(START + WEEK, name="forest")
    before, now = budget_of(loop.ctx, START), budget_of(loop.ctx)
    assert before is not None
    assert now is not None
    assert [[name for one in budget.spendings for name in one.names] for budget in (before, now)] == [
        ["boosted"],
        ["boosted", "forest"],
    ]
    assert before.balance > now.balance


def test_the_recipe_that_serves_is_no_challenger(loop: Loop) -> None:
    loop.training(START, BETTER)
    state, budget = loop.ctx.gate_states.current(), budget_of(loop.ctx)
    assert state is not None
    assert budget is not None
    assert [pair.recipe for pair in state.pairs] == ["boosted"], "until the next gate closes it"
    assert budget.pairs == ()
    assert [one.names for one in budget.spendings] == [("boosted",)]


def test_a_training_that_is_judged_again_or_whose_proposal_is_declined_counts_once(loop: Loop) -> None:
    loop.proposed(BETTER)
    gate(replace(loop.ctx, force=True), START, propose=True)
    decline(replace(loop.ctx, why="carnival"), START)
    budget = budget_of(loop.ctx)
    assert budget is not None
    assert [one.names for one in budget.spendings] == [("boosted",)]
    assert budget.spent == pytest.approx(0.005)
    assert [(one.pair.name, one.until - one.pair.until) for one in budget.resting] == [("boosted", 3 * WEEK + DELAY)]


def test_the_document_and_the_lines_name_what_is_spent_and_when_the_next_look_comes(loop: Loop) -> None:
    loop.training(START)
    budget = budget_of(loop.ctx)
    document, lines = budget_document("parcels", budget), "\n".join(budget_lines("parcels", budget))
    [challenger] = document["challengers"]
    assert [document["spent_in_365_days"], document["yearly"]] == pytest.approx([0.005, 0.05])
    assert [challenger["name"], str(challenger["next_training"])] == ["boosted", challenger["next_training"]]
    assert "0.5 %" in lines
    assert challenger["next_training"] in lines
    assert document["spendings"][0]["run"] in lines


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), min_size=1, max_size=60))
def test_any_365_days_spend_at_most_the_error_of_a_year(trainings: list[tuple[int, int]]) -> None:
    day, history = date(2024, 1, 1), list[Judgement]()
    state: GateState | None = None
    for number, (gap, new) in enumerate(trainings):
        day += timedelta(days=gap)
        before = state
        opened = state or GateState(ErrorAccount.opened(day))
        names = [f"{number}.{n}" for n in range(new)]
        pairs = [Pair(name, name, "flights", 0.0, day) for name in names]
        after = opened.on(day, day, 84, 0.05).opened(pairs)
        state = replace(after, pairs=after.pairs[-4:])
        history.append(Judgement(f"g{number}", f"t{number}", before, state))
    for end in range(1, len(history) + 1):
        budget = error_budget(history[:end], CALENDAR, yearly=0.05)
        assert budget.spent <= 0.05 + 1e-12
        assert 0 <= budget.balance <= budget.most + 1e-12
    levels = sum(one.spent for one in budget.spendings)
    accrued = 0.01 + (day - history[0].after.account.day).days * 0.04 / 365
    assert levels <= accrued + 1e-12, "no more than what was there at first and what accrued"
