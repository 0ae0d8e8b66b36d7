"""The gate: who goes forward, and that nothing passes which was not shown."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from assay.core.check import Status
from assay.core.decisions.gate import judge_gate
from assay.core.evaluation.claims import ClaimOutcome, ClaimRule, gained
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile

from ...expect_errors import missing_data, raises_naming
from .drawn_contenders import LINEAR, POLICY, contender, failed_checks, gate, outcomes
from .labelled_scores import scores_of


def test_a_better_candidate_climbs_the_ladder_and_is_promoted() -> None:
    decision = gate(LINEAR, contender("boosted", 1.3))
    assert (decision.verdict.action, decision.forward, decision.challenger) == ("promote", "boosted", None)
    assert decision.verdict.status is Status.PASS
    assert list(outcomes(decision).values()) == [ClaimOutcome.SHOWN] * 3


def test_a_sentence_says_what_was_shown_with_bound_and_margin() -> None:
    decision = gate(LINEAR, contender("boosted", 1.3))
    comparison = decision.comparisons[1]
    assert comparison.difference is not None
    numbers = [
        f"{number:.3f}" for number in (comparison.difference.contender_value, comparison.difference.incumbent_value)
    ]
    gains = [f"{gain:+.3f}" for gain in (comparison.difference.estimate, comparison.difference.low)]
    named = ["boosted", "ROC AUC", "linear", "28 days", "8,400 rows", "95 %", "0.010"]
    assert missing_data(comparison.sentence, *named, *numbers, *gains) == []


def test_a_candidate_that_gains_less_than_the_margin_leaves_the_way_to_the_linear_one() -> None:
    decision = gate(LINEAR, contender("boosted", 1.005))
    assert (decision.verdict.action, decision.forward, decision.challenger) == ("promote", "linear", None)
    assert outcomes(decision)["boosted", "linear"] is ClaimOutcome.REFUTED


def test_an_undecided_candidate_becomes_the_challenger_of_the_linear_one_that_is_promoted() -> None:
    decision = gate(LINEAR, contender("boosted", 1.05, luck=0.5))
    assert outcomes(decision)["boosted", "linear"] is ClaimOutcome.UNDECIDED
    assert (decision.verdict.action, decision.forward, decision.challenger) == ("promote", "linear", "boosted")
    assert missing_data(decision.verdict.sentence, "linear", "boosted") == []


def test_a_contender_trained_on_noise_is_refused() -> None:
    decision = gate(contender("linear", 0.0), contender("boosted", 0.01))
    assert (decision.verdict.action, decision.forward, decision.challenger) == ("refuse", None, None)
    assert decision.verdict.status is Status.FAIL
    assert "gate.constant" in failed_checks(decision)
    assert missing_data(decision.verdict.sentence, "constant", "boosted") == []


def test_the_constant_is_never_promoted() -> None:
    decision = gate()
    assert (decision.verdict.action, decision.forward) == ("refuse", None)
    assert failed_checks(decision) == ["gate.constant"]


def test_without_a_constant_nothing_is_judged() -> None:
    decision = judge_gate([LINEAR], None, POLICY)
    assert decision.verdict.action == "refuse"
    assert judge_gate([], None, POLICY).verdict.action == "refuse"


@pytest.mark.parametrize(
    ("days", "rate", "named"),
    [
        (19, 0.3, [19, 20]),
        (28, 0.003, ["positive", 28]),
        (28, 0.998, ["negative", 28]),
        (0, 0.3, [0, 20]),
    ],
)
def test_a_holdout_that_is_too_small_is_insufficient_and_never_passes(
    days: int, rate: float, named: list[object]
) -> None:
    small = [contender(n, s, days=days, rate=rate, rows=300) for n, s in (("constant", 0.0), ("linear", 3.0))]
    decision = judge_gate(small, None, POLICY)
    assert (decision.verdict.action, decision.verdict.status) == ("refuse", Status.FAIL)
    assert [f.check for f in decision.verdict.findings] == ["gate.insufficient"]
    assert missing_data(decision.verdict.sentence, *named) == []


def test_models_scored_on_other_rows_are_not_compared() -> None:
    decision = gate(contender("linear", 1.0, rows=299))
    assert decision.verdict.action == "refuse"
    assert failed_checks(decision) == ["gate.same_rows"]
    assert missing_data(decision.verdict.sentence, "2013-03-01", "linear", "constant") == []


def test_the_floor_is_reached_or_the_gate_refuses() -> None:
    floor = GatePolicy("roc_auc", margin=0.01, at_least=0.9)
    decision = gate(LINEAR, policy=floor)
    assert (decision.verdict.action, decision.forward) == ("refuse", "linear")
    assert failed_checks(decision) == ["gate.at_least"]
    assert missing_data(decision.verdict.sentence, "linear", "0.900") == []
    assert gate(LINEAR, policy=GatePolicy("roc_auc", margin=0.01, at_least=0.6)).verdict.action == "promote"


def test_for_a_loss_lower_is_better_and_the_floor_a_ceiling() -> None:
    policy = GatePolicy("brier", margin=0.01, at_least=0.2)
    decision = gate(contender("linear", 3.0), policy=policy)
    assert decision.verdict.action == "promote"
    difference = decision.comparisons[-1].difference
    assert difference is not None
    shown = [gained(METRICS["brier"], gain, 3) for gain in (difference.estimate, difference.low)]
    assert (
        missing_data(decision.verdict.sentence, "linear", "Brier score", f"{difference.contender_value:.3f}", *shown)
        == []
    )
    strict = gate(contender("linear", 3.0), policy=GatePolicy("brier", margin=0.01, at_least=0.05))
    assert failed_checks(strict) == ["gate.at_least"]
    assert missing_data(strict.verdict.sentence, "linear", "0.050") == []


@pytest.mark.parametrize(
    ("champion", "recipe", "action"),
    [
        (0.7, "old", "promote"),  # a new recipe, shown better
        (1.0, "old", "refuse"),  # a new recipe that gains nothing
        (1.01, "linear", "promote"),  # a refresh that is shown no worse
        (1.5, "linear", "refuse"),  # a refresh that is shown worse
    ],
)
def test_a_new_recipe_must_be_better_than_the_champion_and_a_refresh_no_worse(
    champion: float, recipe: str, action: str
) -> None:
    decision = gate(LINEAR, champion=contender("version 3", champion, recipe=recipe))
    assert decision.verdict.action == action
    rule = decision.comparisons[-1].rule
    assert rule is (ClaimRule.NON_INFERIORITY if recipe == "linear" else ClaimRule.SUPERIORITY)


@pytest.mark.parametrize("recipe", ["old", "linear"])
def test_undecided_against_the_champion_becomes_the_challenger(recipe: str) -> None:
    decision = gate(LINEAR, champion=contender("version 3", 1.07, luck=0.8, recipe=recipe))
    assert (decision.verdict.action, decision.verdict.status) == ("challenge", Status.WARN)
    assert (decision.forward, decision.challenger) == ("linear", "linear")
    assert missing_data(decision.verdict.sentence, "linear", "version 3") == []


def test_when_the_champion_refutes_the_linear_one_an_undecided_refresh_of_it_may_challenge() -> None:
    champion = contender("version 3", 1.12, recipe="boosted")
    decision = gate(LINEAR, contender("boosted", 1.09, luck=0.5), champion=champion)
    assert outcomes(decision)["boosted", "linear"] is ClaimOutcome.UNDECIDED
    assert outcomes(decision)["linear", "version 3"] is ClaimOutcome.REFUTED
    assert (decision.verdict.action, decision.challenger) == ("challenge", "boosted")


def test_a_contender_never_meets_itself() -> None:
    boosted = contender("boosted", 1.3)
    itself = Contender("version 3", "candidate", 2, "boosted", boosted.days, boosted.identity)
    decision = gate(boosted, champion=itself)
    assert decision.verdict.action == "refuse"
    assert decision.verdict.findings[0].check == "gate.itself"
    assert missing_data(decision.verdict.findings[0].sentence, "boosted", "version 3") == []


def test_two_of_one_name_are_a_mistake_of_the_caller() -> None:
    with raises_naming(ValueError, "linear"):
        gate(LINEAR, LINEAR)


def broken(name: str, strength: float) -> Contender:
    model = contender(name, strength)
    days = {
        day: OutcomeProfile(LabelledScores(scores_of(p).positives, scores_of(p).negatives, sums={"log_loss": np.nan}))
        for day, p in model.days.items()
    }
    return Contender(name, model.kind, model.complexity, model.recipe, days, model.identity)


def test_a_candidate_whose_metric_is_not_finite_fails_and_the_others_go_on() -> None:
    decision = gate(contender("linear", 2.0), broken("boosted", 3.0), policy=GatePolicy("log_loss", margin=0.01))
    assert (decision.verdict.action, decision.forward) == ("promote", "linear")
    assert decision.verdict.status is Status.WARN
    failed = [f for f in decision.verdict.findings if f.status is Status.FAIL]
    assert failed[0].check == "gate.metric"
    assert missing_data(failed[0].sentence, "log loss", "boosted") == []


def test_a_champion_whose_metric_is_not_finite_refuses() -> None:
    policy = GatePolicy("log_loss", margin=0.01)
    decision = gate(contender("linear", 2.0), champion=broken("version 3", 1.0), policy=policy)
    assert decision.verdict.action == "refuse"
    assert failed_checks(decision) == ["gate.metric"]
    assert missing_data(decision.verdict.sentence, "log loss", "version 3") == []


def test_judging_is_imported_without_scipy_or_anything_heavier() -> None:
    modules = "assay.core.decisions.challenge, assay.core.monitoring.drift"
    code = f"import sys, {modules}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scipy", "pandas", "sklearn", "pyspark", "mlflow"} & set(loaded)
    assert "numpy" in loaded
