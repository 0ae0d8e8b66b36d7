"""The gate with naive baselines: they veto as the constant does, and are simple recipes of the ladder themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from assay.core.decisions.gate import GateDecision
from assay.core.decisions.looks.pair import LookOutcome
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.profiles.from_arrays import residuals_of
from assay.core.profiles.outcome_profile import OutcomeProfile

from ...expect_errors import missing_data
from .drawn_contenders import START, judged, outcomes

POLICY = GatePolicy("mae", margin=0.2, fold=28, folds=1)
LEVEL = {"constant": 0, "naive": 1, "linear": 2}


def forecaster(name: str, error: float, *, tails: float = 0.0, days: int = 28, recipe: str = "") -> Contender:
    """A model of temperatures that errs by `error` degrees; in one row of 25 it errs by `tails` degrees.

    A few large errors weigh more in the squared error than in the absolute one.
    """
    world, own = np.random.default_rng(17), np.random.default_rng([*name.encode()])
    outcome_by_day = {}
    for n in range(days):
        labels, size = world.normal(50, 15, 75), np.full(75, error)
        size[::25] = tails or error
        scores = labels + size * own.choice([-1.0, 1.0], 75) * own.uniform(0.8, 1.2, 75)
        if name == "constant":
            scores = np.full(75, 50.0)
        outcome_by_day[START + timedelta(days=n)] = OutcomeProfile(residuals_of(scores, labels, -1))
    kind = name.split()[0] if name.split()[0] in LEVEL else "candidate"
    return Contender(name, kind, LEVEL.get(kind, 3), recipe or name, outcome_by_day, f"{name}-{error}-{tails}")


CONSTANT = forecaster("constant", 15)
LAST_WEEK = forecaster("naive last_week", 5)
WILD = forecaster("boosted", 3, tails=40)
"""Better than the naive baseline by the absolute error, worse by the squared one; better than the mean by both."""


def gate(*contenders: Contender, champion: Contender | None = None, policy: GatePolicy = POLICY) -> GateDecision:
    return judged([CONSTANT, *contenders], champion, policy)


def test_a_model_that_is_better_than_the_mean_is_vetoed_by_a_naive_baseline() -> None:
    champion = forecaster("version 3", 8, recipe="old")
    assert gate(WILD, champion=champion).forward == "boosted", "the constant alone does not veto"
    vetoed = gate(LAST_WEEK, WILD, champion=champion)
    assert outcomes(vetoed) == {
        "naive last_week": LookOutcome.SHOWN, "boosted": LookOutcome.WORSE_THAN_NAIVE,
    }  # fmt: skip
    assert vetoed.forward == "naive last_week"
    assert vetoed.state is not None
    [closed] = vetoed.state.closed
    assert (closed.name, closed.outcome) == ("boosted", LookOutcome.WORSE_THAN_NAIVE)


def test_the_veto_names_the_naive_baseline_and_both_losses() -> None:
    look = next(one for one in gate(LAST_WEEK, WILD).looks if one.pair.name == "boosted")
    guard = look.finding.details["guard"]
    assert (guard["baseline"], guard["kind"], guard["metric"]) == ("naive last_week", "naive", "rmse")
    assert guard["loss"] > guard["limit"] > 4
    assert json.loads(json.dumps(guard)) == guard
    lost = f"{guard['loss'] - guard['limit']:.3f} worse"
    assert missing_data(look.finding.sentence, "RMSE", "naive last_week", f"{guard['loss']:.3f}", lost) == []


def test_of_several_baselines_the_one_with_the_smallest_loss_guards() -> None:
    yesterday = forecaster("naive yesterday", 20)
    look = next(one for one in gate(yesterday, LAST_WEEK, WILD).looks if one.pair.name == "boosted")
    assert look.finding.details["guard"]["baseline"] == "naive last_week"
    worse_than_both = forecaster("boosted", 15, tails=90)
    by_constant = gate(yesterday, worse_than_both, champion=forecaster("version 3", 30, recipe="old"))
    assert outcomes(by_constant)["boosted"] is LookOutcome.GUARDED


def test_a_naive_baseline_is_promoted_where_it_is_the_simplest_within_a_margin() -> None:
    decision = gate(LAST_WEEK, forecaster("linear", 4.9), forecaster("boosted", 4.85))
    assert set(outcomes(decision).values()) == {LookOutcome.SHOWN}
    assert (decision.verdict.action, decision.forward) == ("promote", "naive last_week")
    better = gate(LAST_WEEK, forecaster("linear", 4.0), forecaster("boosted", 3.9))
    assert better.forward == "linear"


def test_of_two_naive_baselines_within_a_margin_the_better_one_is_promoted() -> None:
    decision = gate(LAST_WEEK, forecaster("naive yesterday", 4.95), forecaster("linear", 4.9))
    assert decision.forward == "naive yesterday"
    looks = {look.pair.name: look for look in decision.looks}
    assert looks["naive last_week"].outcome is LookOutcome.WORSE_THAN_NAIVE, "the other one guards against it"
    guard = looks["naive yesterday"].finding.details["guard"]
    assert guard["baseline"] == "naive last_week", "no baseline is compared with itself"


def test_a_naive_champion_is_refreshed_and_beaten_like_any_other() -> None:
    champion = replace(LAST_WEEK, name="version 3", identity="another")
    refreshed = gate(LAST_WEEK, champion=champion)
    assert (refreshed.verdict.action, refreshed.forward, refreshed.looks) == ("promote", "naive last_week", ())
    beaten = gate(LAST_WEEK, forecaster("boosted", 3), champion=champion)
    assert beaten.forward == "boosted"


@pytest.mark.parametrize("days", [20, 28])
def test_the_guard_compares_on_the_days_that_all_have(days: int) -> None:
    short = forecaster("naive last_week", 5, days=days)
    look = next(one for one in gate(short, WILD).looks if one.pair.name == "boosted")
    assert look.comparison is not None
    assert look.comparison.evidence.days == days
