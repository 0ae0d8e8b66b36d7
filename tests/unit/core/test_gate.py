"""The gate: who goes forward, and that nothing passes which was not shown."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from assay.core.check import Status
from assay.core.decisions.looks.look import Look
from assay.core.decisions.looks.pair import LookOutcome
from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.evaluation.claims import gained
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.metrics import METRICS
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile

from ...expect_errors import missing_data, raises_naming
from .drawn_contenders import LINEAR, POLICY, contender, failed_checks, gate, judged, outcomes
from .labelled_scores import scores_of


def gain_of(look: Look) -> float:
    return look.pair.estimate


LOG_LOSS = GatePolicy("log_loss", margin=0.01, fold=28, folds=1)


def test_the_simplest_contender_within_a_margin_of_the_best_is_promoted() -> None:
    decision = gate(LINEAR, contender("boosted", 1.3))
    assert (decision.verdict.action, decision.forward, decision.claim) == ("promote", "boosted", PromotionClaim.BETTER)
    assert decision.verdict.status is Status.PASS
    assert outcomes(decision) == {"linear": LookOutcome.SHOWN, "boosted": LookOutcome.SHOWN}
    near = gate(LINEAR, contender("boosted", 1.005))
    assert (near.forward, near.challengers) == ("linear", ("boosted",)), "the other goes on against the new champion"


def test_a_sentence_says_what_was_shown_with_interval_level_and_margin() -> None:
    decision = gate(LINEAR, contender("boosted", 1.3))
    look = decision.looks[1]
    assert look.comparison is not None
    low, high = look.comparison.interval
    numbers = [f"{number:.3f}" for number in look.comparison.values]
    gains = [f"{gain:+.3f}" for gain in (look.comparison.evidence.estimate, low, high)]
    named = ["boosted", "ROC AUC", "constant", "28 days", "8,400 rows", "90 %", "0.01", "look 1 of 4"]
    assert missing_data(look.finding.sentence, *named, *numbers, *gains) == []
    assert look.finding.sentence in decision.verdict.sentence
    half_of_the_account, pairs, first_look = 0.005, 2, 0.5
    assert look.finding.details["level"] == pytest.approx(half_of_the_account / pairs * first_look)


def test_a_contender_trained_on_noise_is_refused() -> None:
    decision = judged([contender(name, 0.0, days=84) for name in ("constant", "linear", "boosted")])
    assert (decision.verdict.action, decision.forward) == ("refuse", None)
    assert decision.verdict.status is Status.FAIL
    assert "gate.nothing_shown" in failed_checks(decision)
    assert missing_data(decision.verdict.sentence, "constant", max(decision.looks, key=gain_of).pair.name) == []


def test_the_constant_is_never_promoted() -> None:
    decision = gate()
    assert (decision.verdict.action, decision.forward) == ("refuse", None)
    assert failed_checks(decision) == ["gate.nothing_shown"]


def test_without_a_constant_nothing_is_judged() -> None:
    for contenders in ([LINEAR], []):
        decision = judged(contenders)
        assert (decision.verdict.action, decision.state) == ("refuse", None)


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
    decision = judged(small)
    assert (decision.verdict.action, decision.verdict.status) == ("refuse", Status.FAIL)
    assert [f.check for f in decision.verdict.findings] == ["gate.insufficient"]
    assert missing_data(decision.verdict.sentence, *named) == []


def test_models_scored_on_other_rows_are_not_compared() -> None:
    decision = gate(contender("linear", 1.0, rows=299))
    assert decision.verdict.action == "refuse"
    assert failed_checks(decision) == ["gate.same_rows"]
    assert missing_data(decision.verdict.sentence, "2013-03-01", "linear", "constant") == []


def test_a_contender_that_is_shown_better_and_short_of_the_floor_is_refused() -> None:
    decision = gate(LINEAR, policy=replace(POLICY, at_least=0.9))
    assert (decision.verdict.action, decision.forward) == ("refuse", None)
    assert outcomes(decision) == {"linear": LookOutcome.BELOW_LIMIT}
    assert missing_data(decision.verdict.sentence, "linear", "0.900") == []
    assert gate(LINEAR, policy=replace(POLICY, at_least=0.6)).verdict.action == "promote"


def test_for_a_loss_lower_is_better_and_the_floor_a_ceiling() -> None:
    policy = GatePolicy("brier", margin=0.01, at_least=0.2, fold=28, folds=1)
    decision = gate(contender("linear", 3.0), policy=policy)
    assert decision.verdict.action == "promote"
    compared = decision.looks[0].comparison
    assert compared is not None
    shown = [gained(METRICS["brier"], gain, 3) for gain in (compared.evidence.estimate, *compared.interval)]
    assert missing_data(decision.verdict.sentence, "linear", "Brier score", f"{compared.values[0]:.3f}", *shown) == []
    strict = gate(contender("linear", 3.0), policy=replace(policy, at_least=0.05))
    assert outcomes(strict) == {"linear": LookOutcome.BELOW_LIMIT}
    assert missing_data(strict.verdict.sentence, "linear", "0.050") == []


@pytest.mark.parametrize(
    ("champion", "action", "outcome"),
    [
        (0.7, "promote", LookOutcome.SHOWN),
        (1.0, "refuse", LookOutcome.BELOW_MARGIN),
        (1.5, "refuse", LookOutcome.BELOW_MARGIN),
    ],
)
def test_a_new_recipe_must_be_better_than_the_champion(champion: float, action: str, outcome: LookOutcome) -> None:
    decision = gate(LINEAR, champion=contender("version 3", champion, recipe="old"))
    assert (decision.verdict.action, outcomes(decision)) == (action, {"linear": outcome})
    assert missing_data(decision.verdict.sentence, "linear", "version 3") == []


@pytest.mark.parametrize(("served", "action"), [(0.7, "promote"), (1.01, "promote"), (1.5, "refuse")])
def test_a_refresh_serves_unless_it_is_shown_worse_than_what_was_served(served: float, action: str) -> None:
    champion = contender("version 3", 1.0, recipe="linear")
    beside = contender("what was served", served, recipe="none")
    decision = gate(LINEAR, champion=champion, beside=[beside])
    assert (decision.verdict.action, decision.looks) == (action, ())
    assert decision.claim == (PromotionClaim.REFRESH if action == "promote" else None)
    assert missing_data(decision.verdict.sentence, "linear", "what was served") == []
    [compared] = decision.beside
    assert compared.incumbent == "what was served"


def test_a_refresh_with_nothing_to_compare_it_with_serves() -> None:
    decision = gate(LINEAR, champion=contender("version 3", 1.0, recipe="linear"))
    assert (decision.verdict.action, decision.forward, decision.beside) == ("promote", "linear", ())


def test_a_refresh_is_judged_once_for_the_same_folds() -> None:
    champion = contender("version 3", 1.0, recipe="linear")
    worse, better = (contender("what was served", strength, recipe="none") for strength in (1.5, 0.7))
    first = gate(LINEAR, champion=champion, beside=[worse])
    again = gate(LINEAR, champion=champion, beside=[better], state=first.state)
    assert (first.verdict.action, again.verdict.action, again.beside) == ("refuse", "refuse", ())


def test_a_new_recipe_that_is_shown_better_is_promoted_before_a_refresh() -> None:
    champion = contender("version 3", 1.0, recipe="linear")
    decision = gate(LINEAR, contender("boosted", 1.4), champion=champion)
    assert (decision.forward, decision.claim) == ("boosted", PromotionClaim.BETTER)


def test_an_undecided_recipe_stays_open_and_the_champion_stays() -> None:
    champion = contender("version 3", 1.0, recipe="old")
    decision = gate(contender("boosted", 1.1, luck=0.3), champion=champion)
    assert outcomes(decision) == {"boosted": LookOutcome.OPEN}
    assert (decision.verdict.action, decision.verdict.status) == ("keep", Status.WARN)
    assert decision.challengers == ("boosted",)
    assert missing_data(decision.verdict.sentence, "boosted", "version 3") == []


def test_a_slice_that_is_shown_worse_vetoes() -> None:
    policy = replace(POLICY, slices=("carrier",), min_slice_rows=200)
    champion = contender("version 3", 1.0, recipe="old")
    decision = gate(contender("boosted", 2.2, slices={"DL": 0.4}), champion=champion, policy=policy)
    assert outcomes(decision) == {"boosted": LookOutcome.SLICE_WORSE}
    assert missing_data(decision.verdict.sentence, "DL") == []


def test_the_guard_vetoes_a_model_that_is_worse_than_the_constant_by_its_loss() -> None:
    boastful = {
        day: OutcomeProfile(replace(scores_of(profile), sums={"log_loss": 900 * 2**30}))
        for day, profile in contender("boosted", 1.4).days.items()
    }
    decision = gate(Contender("boosted", "candidate", 2, "boosted", boastful, "b"))
    assert outcomes(decision) == {"boosted": LookOutcome.GUARDED}
    assert decision.verdict.action == "refuse"


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
    decision = gate(contender("linear", 2.0), broken("boosted", 3.0), policy=LOG_LOSS)
    assert (decision.verdict.action, decision.forward) == ("promote", "linear")
    assert decision.verdict.status is Status.WARN
    failed = [f for f in decision.verdict.findings if f.status is Status.FAIL]
    assert failed[0].check == "gate.metric"
    assert missing_data(failed[0].sentence, "log loss", "boosted") == []


def test_a_champion_whose_metric_is_not_finite_refuses() -> None:
    decision = gate(contender("linear", 2.0), champion=broken("version 3", 1.0), policy=LOG_LOSS)
    assert decision.verdict.action == "refuse"
    assert failed_checks(decision) == ["gate.metric"]
    assert missing_data(decision.verdict.sentence, "log loss", "version 3") == []


def test_judging_is_imported_without_scipy_or_anything_heavier() -> None:
    modules = "assay.core.decisions.gate, assay.core.monitoring.drift"
    code = f"import sys, {modules}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scipy", "pandas", "sklearn", "pyspark", "mlflow"} & set(loaded)
    assert "numpy" in loaded
