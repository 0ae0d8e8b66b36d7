"""The gate and the challenge: who goes forward, and that nothing passes which was not shown."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.check import Severity, Status
from assay.core.decisions.challenge import ChallengeDecision, judge_challenge
from assay.core.decisions.challenger_tenure import Standing
from assay.core.decisions.gate import GateDecision, judge_gate
from assay.core.evaluation.claims import ClaimOutcome, ClaimRule, gained
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.metrics import METRICS
from assay.core.evaluation.slices import OTHER, SliceRule, holm, judge_slices
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.verdict import Verdict

from ...expect_errors import missing_data, raises_naming
from .scored import labelled

START = date(2013, 3, 1)
POLICY = GatePolicy("roc_auc", margin=0.01)


def contender(
    name: str,
    strength: float,
    *,
    complexity: int = 2,
    days: int = 28,
    rows: int = 300,
    luck: float = 0.0,
    rate: float = 0.3,
    recipe: str = "",
    slices: dict[str, float] | None = None,
    seed: int = 0,
) -> Contender:
    """A model that sees the label with `strength`, on the same rows as every other; `luck` changes it day by day, and
    `slices` gives a carrier another strength."""
    world, own = np.random.default_rng(17), np.random.default_rng([seed, *name.encode()])
    outcomes = {}
    for i in range(days):
        labels, noise = world.random(rows) < rate, world.normal(0, 1, rows)
        carriers = world.choice(["UA", "DL", "AA"], rows, p=[0.6, 0.35, 0.05])
        power = np.full(rows, strength + own.normal(0, luck) if luck else strength)
        for carrier, other in (slices or {}).items():
            power[carriers == carrier] = other
        scores = 1 / (1 + np.exp(-(power * (labels - 0.5) + noise)))
        if name == "constant":
            scores = np.full(rows, rate)
        by_carrier = {str(c): labelled(scores[carriers == c], labels[carriers == c]) for c in np.unique(carriers)}
        outcomes[START + timedelta(days=i)] = OutcomeProfile(labelled(scores, labels), {"carrier": by_carrier})
    kind = name if name in ("constant", "linear") else "candidate"
    level = {"constant": 0, "linear": 1}.get(name, complexity)
    return Contender(name, kind, level, recipe or name, outcomes, identity=f"{name}-{strength}-{seed}")


CONSTANT = contender("constant", 0)
LINEAR = contender("linear", 1.0)


def gate(*contenders: Contender, champion: Contender | None = None, policy: GatePolicy = POLICY) -> GateDecision:
    decision = judge_gate([CONSTANT, *contenders], champion, policy)
    written = json.loads(json.dumps(decision.verdict.to_json(), allow_nan=False))
    assert Verdict.from_json(written).sentence == decision.verdict.sentence
    refused = decision.verdict.action == "refuse"
    blocking = [f for f in decision.verdict.findings if f.status is Status.FAIL and f.severity is Severity.CRITICAL]
    assert refused == bool(blocking)
    return decision


def outcomes(decision: GateDecision) -> dict[tuple[str, str], ClaimOutcome]:
    return {(c.contender, c.incumbent): c.outcome for c in decision.comparisons}


def failed_checks(decision: GateDecision) -> list[str]:
    found = decision.verdict.findings
    return [f.check for f in found if f.status is Status.FAIL and f.severity is Severity.CRITICAL]


def test_a_better_candidate_climbs_the_ladder_and_is_promoted() -> None:
    decision = gate(LINEAR, contender("boosted", 1.3))
    assert (decision.verdict.action, decision.forward, decision.challenger) == ("promote", "boosted", None)
    assert decision.verdict.status is Status.PASS
    assert list(outcomes(decision).values()) == [ClaimOutcome.SHOWN] * 3


def test_a_sentence_says_what_was_shown_with_bound_and_margin() -> None:
    decision = gate(LINEAR, contender("boosted", 1.3))
    found = decision.comparisons[1]
    assert found.difference is not None
    numbers = [f"{number:.3f}" for number in (found.difference.contender_value, found.difference.incumbent_value)]
    gains = [f"{gain:+.3f}" for gain in (found.difference.estimate, found.difference.low)]
    named = ["boosted", "ROC AUC", "linear", "28 days", "8,400 rows", "95 %", "0.010"]
    assert missing_data(found.sentence, *named, *numbers, *gains) == []


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
        (19, 0.3, ["19 days", 20]),
        (28, 0.003, ["positive rows", 28]),
        (28, 0.998, ["negative rows", 28]),
        (0, 0.3, ["0 days", 20]),
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
    found = decision.comparisons[-1].difference
    assert found is not None
    shown = [gained(METRICS["brier"], gain, 3) for gain in (found.estimate, found.low)]
    shown += ["linear", "Brier score", f"{found.contender_value:.3f}"]
    assert missing_data(decision.verdict.sentence, *shown) == []
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
        day: OutcomeProfile(LabelledScores(p.overall.positives, p.overall.negatives, sums={"log_loss": np.nan}))
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


SLICED = GatePolicy("roc_auc", margin=0.01, slices=("carrier",), min_slice_rows=1_000)


def test_a_contender_better_overall_but_shown_worse_for_one_slice_is_refused() -> None:
    champion = contender("version 3", 1.0, recipe="old")
    decision = gate(contender("boosted", 1.4, slices={"DL": 0.7}), champion=champion, policy=SLICED)
    assert decision.verdict.action == "refuse"
    assert failed_checks(decision) == ["gate.slice"]
    [worse] = [f for f in decision.verdict.findings if f.check == "gate.slice" and f.status is Status.FAIL]
    assert worse.sentence in decision.verdict.sentence
    assert missing_data(worse.sentence, "carrier", "DL", "boosted", "ROC AUC") == []


def test_slices_below_the_smallest_are_pooled_and_said() -> None:
    champion = contender("version 3", 1.0, recipe="old")
    decision = gate(contender("boosted", 1.4, slices={"AA": 0.1}), champion=champion, policy=SLICED)
    assert decision.verdict.action == "promote"
    slices = {f.details["value"]: f for f in decision.verdict.findings if f.check == "gate.slice"}
    assert set(slices) == {"UA", "DL", OTHER}
    assert slices[OTHER].details["values"] == ["AA"]
    assert decision.verdict.status is Status.PASS


def test_a_slice_column_that_was_not_measured_fails() -> None:
    policy = GatePolicy("roc_auc", margin=0.01, slices=("origin",))
    decision = gate(contender("boosted", 1.4), champion=contender("version 3", 1.0, recipe="old"), policy=policy)
    assert decision.verdict.action == "refuse"
    assert failed_checks(decision) == ["gate.slice"]
    assert missing_data(decision.verdict.sentence, "origin") == []


def test_slices_of_two_equal_models_are_rarely_shown_worse() -> None:
    rule, refused = SliceRule("roc_auc", ("carrier",), 300, 0.0, 0.95), 0
    for seed in range(20):
        one, two = (contender(n, 1.0, luck=0.3, days=20, rows=100, seed=seed) for n in ("a", "b"))
        findings = judge_slices((one.name, one.days), (two.name, two.days), rule)
        refused += any(f.status is Status.FAIL for f in findings)
    assert refused <= 3


def test_holm_is_never_below_the_raw_and_never_above_one() -> None:
    assert holm([]) == []
    assert holm([0.2, 0.6, 0.001]) == pytest.approx([0.4, 0.6, 0.003])


STANDING = Standing("version 2 (boosted)", "boosted", START)


def test_an_undecided_contender_waits_while_a_challenger_stands_be_it_of_the_same_recipe_or_not() -> None:
    champion = contender("version 3", 1.0, luck=0.6, recipe="old")
    alone = gate(contender("boosted", 1.02, luck=0.6, complexity=1), champion=champion)
    assert (alone.verdict.action, alone.challenger) == ("challenge", "boosted")
    for recipe in ("boosted", "forest"):
        ours = contender("boosted", 1.02, luck=0.6, recipe=recipe, complexity=1)
        decision = judge_gate([CONSTANT, ours], champion, POLICY, STANDING)
        assert (decision.verdict.action, decision.verdict.status, decision.challenger) == ("keep", Status.WARN, None)
        assert (alone.waits, decision.waits) == (None, "boosted")
        [waits] = [f for f in decision.verdict.findings if f.check == "gate.standing"]
        assert waits.sentence in decision.verdict.sentence
        assert waits.details["since"] == str(START)


def test_an_undecided_contender_takes_the_place_of_a_challenger_whose_recipe_is_promoted_and_of_no_other() -> None:
    champion = contender("version 3", 0.6, luck=0.1, recipe="old")
    forward = contender("forest", 1.0, luck=0.6, complexity=1)
    ours = contender("deep", 1.02, luck=0.6, complexity=2)
    for standing, challenger in ((None, "deep"), (STANDING, None), (replace(STANDING, recipe="forest"), "deep")):
        decision = judge_gate([CONSTANT, forward, ours], champion, POLICY, standing)
        assert (decision.verdict.action, decision.forward, decision.challenger) == ("promote", "forest", challenger)
        waits = [f for f in decision.verdict.findings if missing_data(f.sentence, "deep", STANDING.name, START) == []]
        assert bool(waits) == (challenger is None)


def challenge(ours: Contender, theirs: Contender, looks: int = 0, last: int = 0, age: int = 30) -> ChallengeDecision:
    return judge_challenge(ours, theirs, POLICY, looks_taken=looks, last_days=last, age=age, expires=120)


def test_a_challenger_that_is_shown_better_is_promoted_at_the_price_of_its_look() -> None:
    decision = challenge(contender("boosted", 1.4), contender("version 3", 1.0, recipe="old"))
    assert (decision.verdict.action, decision.looks) == ("promote", 1)
    assert decision.spent == pytest.approx(0.025)
    assert "at 97.5 % confidence" in decision.verdict.sentence


def test_a_challenger_that_gains_nothing_is_refused() -> None:
    decision = challenge(contender("boosted", 1.0), contender("version 3", 1.0, recipe="old"))
    assert decision.verdict.action == "refuse"


def test_an_undecided_challenger_is_kept_until_it_expires() -> None:
    ours, theirs = contender("boosted", 1.02, luck=0.6), contender("version 3", 1.0, luck=0.6, recipe="old")
    assert challenge(ours, theirs).verdict.action == "keep"
    assert challenge(ours, theirs, age=120).verdict.action == "expire"


def test_between_looks_nothing_is_judged_and_nothing_spent() -> None:
    ours, theirs = contender("boosted", 1.4), contender("version 3", 1.0, recipe="old")
    decision = challenge(ours, theirs, looks=1, last=20)  # the second look comes at 30 days, and these are 28
    assert (decision.verdict.action, decision.looks, decision.comparison) == ("keep", 1, None)
    assert challenge(ours, theirs, looks=1, last=20, age=121).verdict.action == "expire"


def test_a_look_is_never_spent_on_the_days_of_the_last_one() -> None:
    ours, theirs = contender("boosted", 1.02, luck=0.6), contender("version 3", 1.0, luck=0.6, recipe="old")
    first = challenge(ours, theirs)
    again = challenge(ours, theirs, looks=first.looks, last=first.days)
    assert (again.looks, again.spent, again.comparison) == (first.looks, first.spent, None)


def test_days_with_other_rows_are_left_out_of_a_challenge() -> None:
    ours, theirs = contender("boosted", 1.4), contender("version 3", 1.0, recipe="old")
    other = contender("version 3", 1.0, recipe="old", rows=299)
    mixed = {day: (other if i < 5 else theirs).days[day] for i, day in enumerate(theirs.days)}
    champion = Contender("version 3", "candidate", 2, "old", mixed)
    assert challenge(ours, champion).days == 23


def test_a_challenge_of_equals_promotes_no_more_often_than_its_budget() -> None:
    promoted = 0
    for seed in range(8):
        ours, theirs = (contender(n, 1.0, luck=0.4, days=45, rows=50, seed=seed) for n in ("a", "b"))
        looks = last = 0
        for days in (20, 30, 45):
            sides = [Contender(c.name, c.kind, 2, c.recipe, dict(list(c.days.items())[:days])) for c in (ours, theirs)]
            decision = judge_challenge(
                sides[0], sides[1], POLICY, looks_taken=looks, last_days=last, age=days, expires=120
            )
            looks, last = decision.looks, days
            if decision.verdict.action != "keep":
                promoted += decision.verdict.action == "promote"
                break
    assert promoted <= 2


def test_judging_is_imported_without_scipy_or_anything_heavier() -> None:
    modules = "assay.core.decisions.challenge, assay.core.monitoring.drift"
    code = f"import sys, {modules}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scipy", "pandas", "sklearn", "pyspark", "mlflow"} & set(loaded)
    assert "numpy" in loaded
