"""A verdict of the gate, computed again from what is stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.errors import InfrastructureError, InputError
from assay.stages.evaluation.gate import gate
from assay.stages.reviews.replay import replay
from assay.stages.training.track_record import outcomes_subject
from assay.store.ledger.run_documents import VERDICT

from ...expect_errors import raises_code
from .judged_pipeline import BETTER, LEVEL, LUCKY, START, WEEK, Loop, measured


def judged(loop: Loop) -> str:
    return loop.ctx.ledger.records("gate")[-1].run_id


@pytest.mark.parametrize("strength", [LEVEL, LUCKY, BETTER])
def test_every_verdict_is_computed_again_to_the_last_digit(loop: Loop, strength: str) -> None:
    runs = []
    for week in range(3):
        loop.training(START + week * WEEK, strength)
        runs.append(judged(loop))
    states, promotions = loop.ctx.gate_states.history(), loop.ctx.promotions.history()
    for run in runs:
        outcome = replay(loop.ctx, run)
        assert (outcome.numbers, outcome.exit_code, outcome.run_id) == ({"equal": True}, 0, None), outcome.sentence
    assert (loop.ctx.gate_states.history(), loop.ctx.promotions.history()) == (states, promotions), "nothing is written"
    assert judged(loop) == runs[-1]


def test_a_replay_goes_by_the_policy_that_the_gate_had(loop: Loop) -> None:
    loop.training(START, LUCKY)
    spec = loop.ctx.pipeline.spec
    other = spec.model_copy(update={"gate": spec.gate.model_copy(update={"margin": 0.5, "confidence": 0.6})})
    object.__setattr__(loop.ctx.pipeline, "spec", other)
    assert replay(loop.ctx, judged(loop)).numbers == {"equal": True}


def test_a_changed_verdict_is_named(loop: Loop) -> None:
    loop.training(START, LUCKY)
    stored = loop.ctx.runs.read(judged(loop), VERDICT)
    findings = tuple(replace(one, observed=0.5) if one.check == "gate.pair" else one for one in stored.findings)
    loop.ctx.runs.write(judged(loop), VERDICT, replace(stored, findings=findings))
    outcome = replay(loop.ctx, judged(loop))
    assert (outcome.exit_code, outcome.numbers["equal"]) == (3, False)
    [difference] = outcome.numbers["differences"]
    assert "gate.pair of boosted" in difference


def test_changed_outcomes_of_a_fold_are_refused(loop: Loop) -> None:
    loop.training(START, LUCKY)
    [run] = [record.run_id for record in loop.ctx.ledger.records("train") if record.start == START]
    other = {START - WEEK: measured(1, f"boosted|{BETTER}")}
    loop.ctx.profiles.write("outcomes", outcomes_subject(loop.ctx, "boosted"), run, other)
    with raises_code(InfrastructureError, "fold-changed", run):
        replay(loop.ctx, judged(loop))


def test_what_judged_nothing_cannot_be_replayed(loop: Loop) -> None:
    loop.training(START, BETTER)
    earlier = START - WEEK
    loop.fitted(earlier)
    assert gate(loop.ctx, earlier).exit_code == 3
    with raises_code(InputError, "nothing-judged", earlier + WEEK):
        replay(loop.ctx, judged(loop))
    [training] = [record.run_id for record in loop.ctx.ledger.records("train") if record.start == START]
    with raises_code(InputError, "not-a-gate", training):
        replay(loop.ctx, training)
