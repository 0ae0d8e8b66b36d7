"""Regression models at the gate and in service: lower is better, and every sentence reads so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.check import Finding, Status
from assay.core.decisions.gate import GateDecision
from assay.core.decisions.looks.pair import LookOutcome
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.evaluation.jackknife import MetricDifference, compare
from assay.core.evaluation.slices import judge_slices
from assay.core.monitoring.served_model import Served, decide_action, judge_served
from assay.core.profiles.from_arrays import residuals_of
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.residuals import Residuals

from ...expect_errors import missing_data
from .drawn_contenders import judged

START = date(2013, 3, 1)
POLICY = GatePolicy("rmse", margin=0.5, at_least=9.0)


def contender(
    name: str,
    error: float,
    *,
    days: int = 28,
    rows: int = 72,
    luck: float = 0.0,
    recipe: str = "",
    slices: dict[str, float] | None = None,
) -> Contender:
    """A model of temperatures that is off by `error` degrees as a rule; `luck` moves it whole days, and `slices` gives
    an airport another error. All see the same rows."""
    world, own = np.random.default_rng(17), np.random.default_rng([*name.encode()])
    outcomes = {}
    for n in range(days):
        labels = world.normal(50, 15, rows)
        airports = world.choice(["EWR", "JFK", "LGA"], rows)
        power = np.full(rows, error)
        for airport, other in (slices or {}).items():
            power[airports == airport] = other
        scores = labels + power * own.normal(0, 1, rows) + own.normal(0, luck)
        if name == "constant":
            scores = np.full(rows, 50.0)
        by_airport = {
            str(a): residuals_of(scores[airports == a], labels[airports == a], -1) for a in np.unique(airports)
        }
        outcomes[START + timedelta(days=n)] = OutcomeProfile(
            residuals_of(scores, labels, -1), {"origin": dict(by_airport)}
        )
    kind = name if name in ("constant", "linear") else "candidate"
    level = {"constant": 0, "linear": 1}.get(name, 2)
    return Contender(name, kind, level, recipe or name, outcomes, f"{name}-{error}")


def spoil(model: Contender) -> Contender:
    """The same model, with two rows a day whose label is no number."""
    days = {}
    for day, profile in model.days.items():
        assert isinstance(profile.overall, Residuals)
        days[day] = OutcomeProfile(replace(profile.overall, unusable=2), profile.slices)
    return replace(model, days=days)


CONSTANT, LINEAR = contender("constant", 15), contender("linear", 6)


def gate(*contenders: Contender, champion: Contender | None = None, policy: GatePolicy = POLICY) -> GateDecision:
    return judged([CONSTANT, *contenders], champion, policy)


def named(findings: list[Finding] | tuple[Finding, ...], check: str) -> Finding:
    return next(finding for finding in findings if finding.check == check)


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_the_model_with_smaller_errors_is_promoted_by_every_metric(metric: str) -> None:
    decision = gate(LINEAR, contender("boosted", 4), policy=GatePolicy(metric, margin=0.02))
    assert (decision.verdict.action, decision.forward, decision.verdict.status) == ("promote", "boosted", Status.PASS)


def test_a_sentence_tells_a_gain_as_better_and_a_loss_as_worse() -> None:
    compared = gate(contender("boosted", 4), champion=contender("version 3", 6, recipe="old")).looks[0].comparison
    assert compared is not None
    low, high = compared.interval
    assert 1.5 < low < compared.evidence.estimate < high < 2.5
    values = [f"{value:.3f}" for value in compared.values]
    named = ["boosted", "RMSE", "version 3", "28 days", "2,016 rows", f"between {low:.3f} better", f"{high:.3f} better"]
    assert missing_data(compared.sentence, *named, *values) == []
    worse = gate(LINEAR, champion=contender("version 3", 4, recipe="old"))
    lost = worse.looks[0].comparison
    assert (worse.verdict.action, lost is not None) == ("refuse", True)
    assert lost is not None
    assert missing_data(worse.verdict.sentence, f"{-lost.evidence.estimate:.3f} worse", "0.5") == []


def test_the_ceiling_is_kept_or_the_gate_refuses() -> None:
    strict = gate(LINEAR, policy=replace(POLICY, at_least=5.0))
    assert strict.verdict.action == "refuse"
    [look] = strict.looks
    assert look.outcome is LookOutcome.BELOW_LIMIT
    assert look.comparison is not None
    assert missing_data(strict.verdict.sentence, "RMSE", "linear", f"{look.comparison.values[0]:.3f}", "5.000") == []


def test_a_contender_that_learned_nothing_does_not_beat_the_constant() -> None:
    decision = gate(contender("linear", 15), contender("shuffled", 15.2))
    assert (decision.verdict.action, decision.forward) == ("refuse", None)


def test_too_few_days_or_labelled_rows_are_insufficient() -> None:
    short = judged([contender(n, 6, days=19) for n in ("constant", "linear")], None, POLICY)
    assert missing_data(short.verdict.sentence, 19) == []
    few = judged([contender(n, 6, rows=5) for n in ("constant", "linear")], None, POLICY)
    assert missing_data(few.verdict.sentence, 140, 28, 200) == []
    assert [f.check for f in (*short.verdict.findings, *few.verdict.findings)] == ["gate.insufficient"] * 2
    assert {short.verdict.action, few.verdict.action} == {"refuse"}


def test_models_with_other_labels_are_not_compared() -> None:
    moved = {day: OutcomeProfile(residuals_of(np.full(72, 50.0), np.full(72, 51.0), -1)) for day in LINEAR.days}
    decision = gate(replace(LINEAR, days=moved))
    assert named(decision.verdict.findings, "gate.same_rows").status is Status.FAIL
    assert missing_data(decision.verdict.sentence, "2013-03-01", "linear", "72 rows") == []


def test_labels_that_are_no_number_are_noted_and_stop_nothing() -> None:
    decision = judged([spoil(CONSTANT), spoil(LINEAR)], None, POLICY)
    assert decision.verdict.action == "promote"
    noted = named(decision.verdict.findings, "gate.labels")
    assert noted.observed == 56
    served = judge_served(Served(3, spoil(LINEAR).days, LINEAR.days), POLICY)
    assert named(served, "served.labels").observed == 56
    assert decide_action(served).status is Status.PASS


def test_a_slice_that_got_worse_is_shown_worse() -> None:
    rule = replace(POLICY, slices=("origin",), min_slice_rows=200).slice_rule(0.95)
    boosted = contender("boosted", 4, slices={"JFK": 8})
    findings = judge_slices(("boosted", boosted.days), ("linear", LINEAR.days), rule)
    by_value = {finding.details["value"]: finding for finding in findings}
    assert {value for value, finding in by_value.items() if finding.status is Status.FAIL} == {"JFK"}
    lost, won = (by_value[value].details["difference"] for value in ("JFK", "EWR"))
    worse = [f"{lost['ours']:.3f}", f"{-lost['high']:.3f} worse"]
    assert missing_data(by_value["JFK"].sentence, "origin", "JFK", "boosted", "RMSE", *worse) == []
    assert missing_data(by_value["EWR"].sentence, f"{won['high']:.3f} better") == []


@pytest.mark.parametrize(
    ("error", "action", "outcome"),
    [
        (4.0, "promote", LookOutcome.SHOWN),
        (6.0, "refuse", LookOutcome.BELOW_MARGIN),
        (7.5, "refuse", LookOutcome.BELOW_MARGIN),
    ],
)
def test_a_new_recipe_is_decided_by_the_errors_of_both_on_the_same_days(
    error: float, action: str, outcome: LookOutcome
) -> None:
    decision = gate(contender("boosted", error), champion=contender("version 3", 6, recipe="old"))
    [look] = decision.looks
    assert look.comparison is not None
    assert (decision.verdict.action, look.outcome, look.comparison.evidence.days) == (action, outcome, 28)


def test_a_model_in_service_misses_its_ceiling_and_declines_in_words() -> None:
    promised = contender("version 3", 6).days
    good = judge_served(Served(3, contender("served", 6, days=20).days, promised), POLICY)
    assert [finding.status for finding in good] == [Status.PASS] * 3
    assert missing_data(named(good, "served.metric").sentence, 9) == []
    bad = judge_served(Served(3, contender("served", 12, days=20).days, promised), POLICY)
    missed, declined = named(bad, "served.metric"), named(bad, "served.decline")
    assert missing_data(missed.sentence, "RMSE", f"{missed.observed:.3f}", 9) == []
    assert missing_data(declined.sentence, f"{-declined.observed:.3f} worse", f"{declined.details['reach']:.3f}") == []
    assert named(bad, "served.decline").status is named(bad, "served.metric").status is Status.FAIL


def test_the_clustered_error_is_that_of_leaving_out_one_day_of_raw_rows() -> None:
    boosted, linear = contender("boosted", 5, luck=1.0, days=12), contender("linear", 6, luck=1.0, days=12)
    overall = [{day: profile.overall for day, profile in model.days.items()} for model in (boosted, linear)]
    difference = compare("mae", overall[0], overall[1], 0.95)
    assert isinstance(difference, MetricDifference)

    def gain(days: list[date]) -> float:
        totals = [sum(side[day].sums["absolute_error"] for day in days) for side in overall]
        return float((totals[1] - totals[0]) / sum(overall[0][day].rows for day in days))

    days = list(overall[0])
    left_out = np.array([gain([other for other in days if other != day]) for day in days])
    error = np.sqrt(11 / 12 * np.sum((left_out - left_out.mean()) ** 2))
    assert difference.estimate == pytest.approx(gain(days))
    assert difference.error == pytest.approx(error)
